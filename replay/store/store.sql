-- What a store has of each run. A log is added by recount-replay store add; nothing here can tell more of a run than its log.
-- These statements are run whenever something is added, so that a store of an earlier version gets the tables that it lacks.
CREATE TABLE IF NOT EXISTS run (
  run_id          INTEGER PRIMARY KEY,
  run_uuid        TEXT NOT NULL UNIQUE,
  log             TEXT NOT NULL,     -- the name of its file
  start_unix_ns   INTEGER NOT NULL,
  duration_ns     INTEGER,
  outcome         TEXT NOT NULL,     -- passed, failed, unfinished: the recorder was killed
  ending          TEXT NOT NULL,     -- in words: "exit code 2", "timed out after 3 s"
  argv            TEXT NOT NULL,
  hostname        TEXT NOT NULL,
  repository      TEXT,              -- these four by the run's tags
  branch          TEXT,
  "commit"        TEXT,
  job             TEXT,
  processes       INTEGER NOT NULL,
  failed          INTEGER NOT NULL,  -- processes
  lines           INTEGER NOT NULL,
  lines_hit       INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS test (
  test_id INTEGER PRIMARY KEY,
  name    TEXT NOT NULL,
  runner  TEXT NOT NULL,
  UNIQUE (name, runner)
);
CREATE TABLE IF NOT EXISTS result (
  run_id      INTEGER NOT NULL,
  test_id     INTEGER NOT NULL,
  result      TEXT NOT NULL,         -- passed, failed, skipped, unknown
  duration_ns INTEGER,
  cpu_us      INTEGER,
  processes   INTEGER NOT NULL,      -- more than one: it ran again, or its parts are processes of their own
  PRIMARY KEY (run_id, test_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS signature (
  signature_id INTEGER PRIMARY KEY,
  text         TEXT NOT NULL UNIQUE  -- the same for failures that are alike, in whichever run
);
CREATE TABLE IF NOT EXISTS failure (               -- those that the run failed of, and those of its tests
  run_id       INTEGER NOT NULL,
  signature_id INTEGER NOT NULL,
  count        INTEGER NOT NULL,
  PRIMARY KEY (run_id, signature_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS file (
  file_id INTEGER PRIMARY KEY,
  path    TEXT NOT NULL UNIQUE       -- beneath the folder of the run's sources; whole where it is elsewhere
);
CREATE TABLE IF NOT EXISTS file_lines (
  run_id    INTEGER NOT NULL,
  file_id   INTEGER NOT NULL,
  lines     INTEGER NOT NULL,
  lines_hit INTEGER NOT NULL,
  PRIMARY KEY (run_id, file_id)
) WITHOUT ROWID;
-- Which lines ran, of the files whose text the log has: without the text, numbers of lines mean nothing. A run that was added before there were
-- these three tables has no rows in them.
CREATE TABLE IF NOT EXISTS source_text (
  text_id INTEGER PRIMARY KEY,
  hash    TEXT NOT NULL UNIQUE       -- SHA-256 of the text, hexadecimal
);
CREATE TABLE IF NOT EXISTS line_set (  -- each set once, in whichever runs and files
  set_id INTEGER PRIMARY KEY,
  lines  BLOB NOT NULL UNIQUE        -- packed by zstd: bit N % 8 of byte N / 8 is set if line N is in the set
);
CREATE TABLE IF NOT EXISTS text_lines (
  run_id  INTEGER NOT NULL,
  file_id INTEGER NOT NULL,
  text_id INTEGER NOT NULL,
  code    INTEGER NOT NULL,          -- line_set: the lines that count
  ran     INTEGER NOT NULL,          -- line_set: those of them that ran
  PRIMARY KEY (run_id, file_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS result_test ON result (test_id);

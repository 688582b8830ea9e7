-- What a store has of each run. A log is added by recount-replay store add; nothing here can tell more of a run than its log.
CREATE TABLE run (
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
CREATE TABLE test (
  test_id INTEGER PRIMARY KEY,
  name    TEXT NOT NULL,
  runner  TEXT NOT NULL,
  UNIQUE (name, runner)
);
CREATE TABLE result (
  run_id      INTEGER NOT NULL,
  test_id     INTEGER NOT NULL,
  result      TEXT NOT NULL,         -- passed, failed, skipped, unknown
  duration_ns INTEGER,
  cpu_us      INTEGER,
  processes   INTEGER NOT NULL,      -- more than one: it ran again, or its parts are processes of their own
  PRIMARY KEY (run_id, test_id)
) WITHOUT ROWID;
CREATE TABLE signature (
  signature_id INTEGER PRIMARY KEY,
  text         TEXT NOT NULL UNIQUE  -- the same for failures that are alike, in whichever run
);
CREATE TABLE failure (               -- those that the run failed of, and those of its tests
  run_id       INTEGER NOT NULL,
  signature_id INTEGER NOT NULL,
  count        INTEGER NOT NULL,
  PRIMARY KEY (run_id, signature_id)
) WITHOUT ROWID;
CREATE TABLE file (
  file_id INTEGER PRIMARY KEY,
  path    TEXT NOT NULL UNIQUE       -- beneath the folder of the run's sources; whole where it is elsewhere
);
CREATE TABLE file_lines (
  run_id    INTEGER NOT NULL,
  file_id   INTEGER NOT NULL,
  lines     INTEGER NOT NULL,
  lines_hit INTEGER NOT NULL,
  PRIMARY KEY (run_id, file_id)
) WITHOUT ROWID;
CREATE INDEX result_test ON result (test_id);

-- Many runs for a store that has one, to see what a store of that size costs: hourly, of 20 tests each, the same in every try. So many as wanted says:
--
--   recount-replay store add big.db run.db
--   sqlite3 -cmd 'CREATE TEMP TABLE wanted AS SELECT 10000 AS runs' big.db < tools/fleet/many_runs.sql
--
-- Two runs in a row are of one commit. A twentieth of the files has other lines in a run than in all runs before, and half of these another text. Of the
-- tests, 3 is flaky, 7 fails since the last 50 runs, 11 is slower in the last run, and each of the others fails twice in a thousand runs.
BEGIN;
CREATE TEMP TABLE made AS
  WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < (SELECT runs FROM wanted))
  SELECT n, (SELECT MAX(run_id) FROM run) + n AS run_id, CASE WHEN n % 5 = 4 THEN 'topic-' || (n / 40) ELSE 'main' END AS branch,
         CASE n % 3 WHEN 0 THEN 'asan' ELSE 'test' END AS job,
         printf('%08x%08x', (n / 2 * 2654435761) % 4294967296, (n / 2 * 40503 + 7) * 7919 % 4294967296) AS revision
  FROM numbers;
CREATE TEMP TABLE chosen_test AS
  WITH RECURSIVE numbers(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM numbers WHERE k < 19)
  SELECT k, printf('suite_%d.case_%02d', k / 5, k) AS name, 'ctest' AS runner, 2000000 * (1 + k * k) AS usual_ns FROM numbers;
-- Something between 0 and 999 for each run and test.
CREATE TEMP TABLE chance (n INTEGER, k INTEGER, one INTEGER, other INTEGER, PRIMARY KEY (n, k)) WITHOUT ROWID;
INSERT INTO chance
  SELECT n, k, ((n * 7919 + k * 104729 + 12345) * 2654435761 % 4294967296) / 65536 % 1000 AS one,
         ((n * 6271 + k * 15485863 + 54321) * 2246822519 % 4294967296) / 65536 % 1000 AS other
  FROM made JOIN chosen_test;
INSERT OR IGNORE INTO test (name, runner) SELECT name, runner FROM chosen_test;
INSERT INTO run
  SELECT m.run_id, printf('%08x-made', m.n * 2654435761 % 4294967296), 'logs/' || m.n || '.db', 1700000001000000000 + m.n * 3600000000000,
         u.duration_ns + u.duration_ns * c.one / 5000, 'passed', 'exit code 0', u.argv, u.hostname,
         'made', m.branch, m.revision, m.job, u.processes, 0, u.lines, u.lines_hit
  FROM made m JOIN chance c ON c.n = m.n AND c.k = 0 JOIN (SELECT * FROM run ORDER BY run_id LIMIT 1) u;
INSERT INTO result
  SELECT m.run_id, t.test_id,
         CASE WHEN c.k = 3 AND c.other < 100 OR c.k = 7 AND m.n > (SELECT runs FROM wanted) - 50 OR c.k NOT IN (3, 7) AND c.other < 2 THEN 'failed'
              ELSE 'passed' END,
         CASE WHEN c.k = 11 AND m.n = (SELECT runs FROM wanted) THEN s.usual_ns * 2 ELSE s.usual_ns + s.usual_ns / 10000 * c.one END,
         s.usual_ns / 2000, 1
  FROM chance c JOIN made m ON m.n = c.n JOIN chosen_test s ON s.k = c.k JOIN test t ON t.name = s.name AND t.runner = s.runner;
UPDATE run SET outcome = 'failed', ending = 'exit code 8'
  WHERE repository = 'made' AND run_id IN (SELECT run_id FROM result WHERE result = 'failed');
INSERT INTO signature (text) SELECT 'exit code 1 of ' || name FROM chosen_test;
INSERT INTO failure
  SELECT r.run_id, g.signature_id, 1 FROM result r JOIN test t ON t.test_id = r.test_id JOIN signature g ON g.text = 'exit code 1 of ' || t.name
  WHERE r.result = 'failed';
-- A set of its own is that of the first run and a frame that zstd skips.
CREATE TEMP TABLE first_lines AS
  SELECT x.file_id, x.text_id, x.code, x.ran, s.hash, c.lines AS code_lines, r.lines AS ran_lines, f.lines, f.lines_hit,
         ROW_NUMBER() OVER (ORDER BY x.file_id) AS place
  FROM text_lines x JOIN source_text s ON s.text_id = x.text_id JOIN line_set c ON c.set_id = x.code JOIN line_set r ON r.set_id = x.ran
  JOIN file_lines f ON f.run_id = x.run_id AND f.file_id = x.file_id
  WHERE x.run_id = (SELECT MIN(run_id) FROM run);
CREATE TEMP TABLE own AS
  SELECT m.n, m.run_id, l.file_id, l.text_id, l.code, (m.n + l.place * 7) % 20 = 0 AS has_own_lines, (m.n + l.place * 7) % 40 = 0 AS has_own_text,
         l.hash || '-' || m.n AS own_hash,
         CAST(l.code_lines || x'502A4D1808000000' || printf('%08d', m.n) AS BLOB) AS own_code,
         CAST(l.ran_lines || x'502A4D1808000000' || printf('%08d', m.n) AS BLOB) AS own_ran, l.ran, l.lines, l.lines_hit
  FROM made m JOIN first_lines l;
INSERT OR IGNORE INTO source_text (hash) SELECT own_hash FROM own WHERE has_own_text;
INSERT OR IGNORE INTO line_set (lines) SELECT own_code FROM own WHERE has_own_text;
INSERT OR IGNORE INTO line_set (lines) SELECT own_ran FROM own WHERE has_own_lines;
INSERT INTO file_lines SELECT run_id, file_id, lines, MAX(0, lines_hit - n % 3) FROM own;
INSERT INTO text_lines
  SELECT o.run_id, o.file_id, COALESCE(t.text_id, o.text_id), COALESCE(c.set_id, o.code), COALESCE(r.set_id, o.ran)
  FROM own o
  LEFT JOIN source_text t ON o.has_own_text AND t.hash = o.own_hash
  LEFT JOIN line_set c ON o.has_own_text AND c.lines = o.own_code
  LEFT JOIN line_set r ON o.has_own_lines AND r.lines = o.own_ran;
UPDATE run SET lines = l.lines, lines_hit = l.lines_hit
  FROM (SELECT run_id, SUM(lines) AS lines, SUM(lines_hit) AS lines_hit FROM file_lines GROUP BY run_id) l
  WHERE l.run_id = run.run_id AND repository = 'made';
COMMIT;

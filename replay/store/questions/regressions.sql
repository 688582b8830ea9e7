-- Tests that failed ever since a run, on one branch and in one job: which commit failed first, and which passed last.
WITH
  considered AS (
    SELECT r.test_id, r.result, u.repository, u.branch, u.job, u."commit", u.start_unix_ns
    FROM result r JOIN run u ON u.run_id = r.run_id
    WHERE r.result IN ('passed', 'failed')
      AND (?1 IS NULL OR u.start_unix_ns >= (SELECT MIN(start_unix_ns) FROM run WHERE substr("commit", 1, length(?1)) = ?1))
      AND (?2 IS NULL OR u.start_unix_ns <= (SELECT MAX(start_unix_ns) FROM run WHERE substr("commit", 1, length(?2)) = ?2))),
  passed AS (
    SELECT test_id, repository, branch, job, "commit", MAX(start_unix_ns) AS at FROM considered WHERE result = 'passed'
    GROUP BY test_id, repository, branch, job),
  failed AS (
    SELECT c.test_id, c.repository, c.branch, c.job, c."commit", MIN(c.start_unix_ns) AS at, COUNT(*) AS runs,
           p."commit" AS passed_commit
    FROM considered c
    LEFT JOIN passed p ON p.test_id = c.test_id AND p.repository IS c.repository AND p.branch IS c.branch AND p.job IS c.job
    WHERE c.result = 'failed' AND (p.at IS NULL OR c.start_unix_ns > p.at)
    GROUP BY c.test_id, c.repository, c.branch, c.job)
SELECT t.name AS test, t.runner, f.repository, f.branch, f.job, substr(f."commit", 1, 12) AS first_failed,
       datetime(f.at / 1000000000, 'unixepoch') AS started, substr(f.passed_commit, 1, 12) AS last_passed, f.runs
FROM failed f JOIN test t ON t.test_id = f.test_id
ORDER BY f.at DESC, t.name, t.runner;

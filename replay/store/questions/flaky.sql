-- Tests that both passed and failed at one commit, or went back and forth three times and more.
WITH
  ordered AS (
    SELECT r.test_id, r.result, u.repository, u."commit",
           LAG(r.result) OVER (PARTITION BY r.test_id, u.repository, u.branch, u.job ORDER BY u.start_unix_ns, u.run_id) AS before
    FROM result r JOIN run u ON u.run_id = r.run_id
    WHERE r.result IN ('passed', 'failed')),
  one_commit AS (
    SELECT test_id FROM ordered WHERE "commit" IS NOT NULL
    GROUP BY test_id, repository, "commit" HAVING COUNT(DISTINCT result) = 2),
  counted AS (
    SELECT test_id, COUNT(*) AS runs, SUM(result = 'failed') AS failed,
           SUM(before IS NOT NULL AND before <> result) AS changes
    FROM ordered GROUP BY test_id),
  both_ways AS (SELECT test_id, COUNT(*) AS commits FROM one_commit GROUP BY test_id)
SELECT t.name AS test, t.runner, c.runs, c.failed, COALESCE(b.commits, 0) AS commits_with_both, c.changes
FROM counted c JOIN test t ON t.test_id = c.test_id LEFT JOIN both_ways b ON b.test_id = c.test_id
WHERE b.commits > 0 OR c.changes >= 3
ORDER BY commits_with_both DESC, c.changes DESC, t.name, t.runner;

-- Tests that both passed and failed at one commit, or went back and forth three times and more.
WITH
  ordered AS (
    SELECT test, runner, failed, lagInFrame(failed) OVER (
             PARTITION BY test, runner, repository, branch, job ORDER BY start_unix_ns, run_uuid
             ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS before
    FROM result WHERE failed IS NOT NULL),
  counted AS (
    SELECT test, runner, count() AS runs, countIf(failed = 1) AS failed_runs, countIf(before IS NOT NULL AND before != failed) AS changes
    FROM ordered GROUP BY test, runner),
  one_commit AS (
    SELECT test, runner FROM result WHERE commit IS NOT NULL AND failed IS NOT NULL
    GROUP BY test, runner, repository, commit HAVING uniqExact(failed) = 2),
  both_ways AS (SELECT test, runner, count() AS commits FROM one_commit GROUP BY test, runner)
SELECT c.test AS test, c.runner AS runner, c.runs AS runs, c.failed_runs AS failed, b.commits AS commits_with_both, c.changes AS changes
FROM counted AS c LEFT JOIN both_ways AS b ON b.test = c.test AND b.runner = c.runner
WHERE b.commits > 0 OR c.changes >= 3
ORDER BY commits_with_both DESC, changes DESC, test, runner;

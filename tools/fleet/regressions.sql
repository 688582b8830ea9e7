-- Tests that failed ever since a run, on one branch and in one job: which commit failed first, and which passed last.
WITH
  passed AS (
    SELECT test, runner, repository, branch, job, argMax(commit, start_unix_ns) AS commit, max(start_unix_ns) AS at
    FROM result WHERE failed = 0 GROUP BY test, runner, repository, branch, job),
  since AS (
    SELECT c.test AS test, c.runner AS runner, c.repository AS repository, c.branch AS branch, c.job AS job, c.commit AS commit,
           c.start_unix_ns AS start_unix_ns, p.commit AS passed_commit
    FROM result AS c
    LEFT JOIN passed AS p ON p.test = c.test AND p.runner = c.runner AND p.repository IS NOT DISTINCT FROM c.repository
      AND p.branch IS NOT DISTINCT FROM c.branch AND p.job IS NOT DISTINCT FROM c.job
    WHERE c.failed = 1 AND (p.at IS NULL OR p.at = 0 OR c.start_unix_ns > p.at))
SELECT test, runner, repository, branch, job, substring(argMin(commit, start_unix_ns), 1, 12) AS first_failed,
       toDateTime(intDiv(min(start_unix_ns), 1000000000), 'UTC') AS started, substring(any(passed_commit), 1, 12) AS last_passed, count() AS runs
FROM since
GROUP BY test, runner, repository, branch, job
ORDER BY min(start_unix_ns) DESC, test, runner;

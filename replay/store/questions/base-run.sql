-- The run that another one is compared with: the newest good one of its repository (?3), branch (?4) and job (?5), as far as its tags say; with ?1,
-- one that has lines. Never itself (?2).
SELECT run_id, run_uuid, log, datetime(start_unix_ns / 1000000000, 'unixepoch') AS started, repository, branch, "commit"
FROM run u
WHERE outcome = 'passed' AND COALESCE(?2, '') <> u.run_uuid AND (?1 = '' OR lines > 0)
  AND COALESCE(?3, '') IN ('', u.repository) AND COALESCE(?4, '') IN ('', u.branch) AND COALESCE(?5, '') IN ('', u.job)
ORDER BY start_unix_ns DESC, run_id DESC
LIMIT 1;

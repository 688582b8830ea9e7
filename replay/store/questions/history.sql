-- The runs, the newest first.
SELECT datetime(u.start_unix_ns / 1000000000, 'unixepoch') AS started, u.repository, u.branch, substr(u."commit", 1, 12) AS "commit",
       u.job, u.outcome, u.ending, ROUND(u.duration_ns / 1e6, 1) AS ms, COUNT(r.test_id) AS tests,
       COALESCE(SUM(r.result = 'failed'), 0) AS failed, ROUND(100.0 * u.lines_hit / NULLIF(u.lines, 0), 1) AS percent, u.log
FROM run u LEFT JOIN result r ON r.run_id = u.run_id
GROUP BY u.run_id
ORDER BY u.start_unix_ns DESC, u.run_id DESC;

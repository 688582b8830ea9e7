-- The results of one test, the newest first.
SELECT datetime(u.start_unix_ns / 1000000000, 'unixepoch') AS started, u.repository, u.branch, substr(u."commit", 1, 12) AS "commit",
       u.job, r.result, ROUND(r.duration_ns / 1e6, 3) AS ms, ROUND(r.cpu_us / 1e3, 3) AS cpu_ms, t.runner, u.log
FROM test t JOIN result r ON r.test_id = t.test_id JOIN run u ON u.run_id = r.run_id
WHERE t.name = ?1
ORDER BY u.start_unix_ns DESC, u.run_id DESC, t.runner;

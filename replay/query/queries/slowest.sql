-- The 20 processes that took longest.
SELECT upid, pid, ROUND(duration_ns / 1e6, 3) AS duration_ms, ROUND(start_ns / 1e6, 3) AS start_ms, exit_code, term_signal, argv
FROM process
WHERE duration_ns IS NOT NULL
ORDER BY duration_ns DESC, upid
LIMIT 20;

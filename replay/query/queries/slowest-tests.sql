-- The 20 tests that took longest, with the processor time and the memory that they took.
SELECT test, runner, ROUND(duration_ns / 1e6, 3) AS duration_ms, ROUND((user_us + system_us) / 1e3, 3) AS cpu_ms, max_rss_kib,
       failed, processes, run_uuid
FROM test
WHERE duration_ns IS NOT NULL
ORDER BY duration_ns DESC, test
LIMIT 20;

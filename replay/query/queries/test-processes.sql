-- The processes that are a test, or the topmost of one.
SELECT t.test, t.runner, t.upid, p.pid, p.exit_code, p.term_signal, ROUND(p.duration_ns / 1e6, 3) AS duration_ms, p.argv
FROM test_process t
JOIN process p ON p.upid = t.upid
ORDER BY t.test, t.upid;

-- The processes without an end in the log: left running, let go, or the log was cut short.
SELECT upid, pid, parent_upid, ROUND(start_ns / 1e6, 3) AS start_ms, argv
FROM process
WHERE end_ns IS NULL
ORDER BY upid;

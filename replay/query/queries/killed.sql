-- The processes that died of a signal, and the sender of it.
SELECT s.signal_name, ROUND(s.time_ns / 1e6, 3) AS time_ms, p.upid, p.pid, p.argv, s.sender_pid,
       k.upid AS sender_upid, k.argv AS sender_argv
FROM signal s
JOIN process p ON p.upid = s.upid
LEFT JOIN process k ON k.pid = s.sender_pid AND k.run_uuid = p.run_uuid
  AND k.start_ns <= s.time_ns AND COALESCE(k.end_ns, s.time_ns) >= s.time_ns
WHERE s.fatal
ORDER BY s.seq;

-- The last line that each process that ended badly ran for its first time.
SELECT p.upid, p.pid, p.exit_code, p.term_signal, h.file, h.line, h.function, MAX(h.seq) AS seq, p.argv
FROM process p JOIN hit h ON h.upid = p.upid
WHERE p.exit_code <> 0 OR p.term_signal IS NOT NULL
GROUP BY p.upid
ORDER BY p.run_uuid, p.end_ns, p.upid;

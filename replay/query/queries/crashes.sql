-- The signal that each process died of, the innermost function of ours (the first with a known line), and what it aborted with.
SELECT c.signal_name, p.pid, p.argv, b.function, b.file, b.line, c.words
FROM crash c JOIN process p ON p.upid = c.upid
LEFT JOIN backtrace b ON b.seq = c.seq AND b.tid = c.tid AND b.level =
  (SELECT MIN(n.level) FROM backtrace n WHERE n.seq = c.seq AND n.tid = c.tid AND n.file LIKE '/%')
WHERE c.fatal
ORDER BY c.seq;

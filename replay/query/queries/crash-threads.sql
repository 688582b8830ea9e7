-- The threads of processes that crashed or were killed: what each calls itself, and where it was.
SELECT c.upid, n.tid, n.name, b.function
FROM crash_thread n
JOIN crash c ON c.seq = n.seq
LEFT JOIN backtrace b ON b.seq = n.seq AND b.tid = n.tid AND b.level = 0
ORDER BY n.seq, n.tid;

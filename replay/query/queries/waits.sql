-- What the threads of processes that crashed or were killed waited for, and who holds it.
SELECT c.upid, w.tid, w.call, w.object, w.holder_tid
FROM crash_wait w
JOIN crash c ON c.seq = w.seq
ORDER BY w.seq, w.tid;

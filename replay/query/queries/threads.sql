-- The processes with the most threads.
SELECT t.upid, p.pid, COUNT(*) AS threads, p.argv
FROM thread t JOIN process p ON p.upid = t.upid
GROUP BY t.upid
ORDER BY threads DESC, t.upid
LIMIT 20;

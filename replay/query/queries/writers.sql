-- The processes that wrote most to standard output and standard error: how many bytes, and in how many writes.
SELECT p.upid, p.pid, SUM(o.bytes) AS bytes, COUNT(*) AS writes, p.argv
FROM output o JOIN process p ON p.upid = o.upid
GROUP BY p.upid
ORDER BY bytes DESC, p.upid
LIMIT 20;

-- The programs that started the most processes.
SELECT p.path, COUNT(*) AS children, COUNT(DISTINCT p.upid) AS parents
FROM process c JOIN process p ON p.upid = c.parent_upid
GROUP BY p.path
ORDER BY children DESC, p.path
LIMIT 20;

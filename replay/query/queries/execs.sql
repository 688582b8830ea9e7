-- The programs by how often they were exec'ed.
SELECT path, COUNT(*) AS execs, COUNT(DISTINCT upid) AS processes
FROM exec
GROUP BY path
ORDER BY execs DESC, path;

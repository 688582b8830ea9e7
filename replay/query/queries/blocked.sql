-- Which programs others waited for, and for how long in all.
WITH waiting AS (
  SELECT upid, child_upid, duration_ns
  FROM blocked
)
SELECT p.path, c.path AS child_path, COUNT(*) AS children, ROUND(SUM(w.duration_ns) / 1e6, 3) AS blocked_ms
FROM waiting w
JOIN process p ON p.upid = w.upid
JOIN process c ON c.upid = w.child_upid
GROUP BY p.path, c.path
ORDER BY SUM(w.duration_ns) DESC, p.path, c.path;

-- The processes that outlived their parent.
SELECT c.upid, c.pid, c.parent_upid, ROUND(p.end_ns / 1e6, 3) AS parent_end_ms, ROUND(c.end_ns / 1e6, 3) AS end_ms, c.argv
FROM process c JOIN process p ON p.upid = c.parent_upid
WHERE p.end_ns < COALESCE(c.end_ns, p.end_ns + 1)
ORDER BY c.upid;

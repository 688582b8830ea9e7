-- The programs and libraries without probes, and why they have none.
SELECT path, reason, COUNT(*) AS images
FROM image
WHERE NOT instrumented
GROUP BY path, reason
ORDER BY path, reason;

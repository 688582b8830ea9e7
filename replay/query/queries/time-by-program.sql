-- The programs by the time that their processes took, added up.
SELECT path, COUNT(*) AS processes, ROUND(SUM(duration_ns) / 1e6, 3) AS total_ms, ROUND(AVG(duration_ns) / 1e6, 3) AS mean_ms,
       ROUND(MAX(duration_ns) / 1e6, 3) AS longest_ms, SUM(exit_code <> 0 OR term_signal IS NOT NULL) AS failed
FROM process
WHERE duration_ns IS NOT NULL
GROUP BY path
ORDER BY SUM(duration_ns) DESC, path;

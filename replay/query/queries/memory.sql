-- The 20 processes with the highest peak of memory, including the children that each waited for.
SELECT upid, pid, ROUND(max_rss_kib / 1024.0, 1) AS max_rss_mib, ROUND(duration_ns / 1e6, 3) AS duration_ms, argv
FROM process
WHERE max_rss_kib IS NOT NULL
ORDER BY max_rss_kib DESC, upid
LIMIT 20;

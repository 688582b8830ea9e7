-- The 20 programs and libraries with the most probes, and how many of these were hit.
SELECT i.path, i.probes, COUNT(DISTINCT h.probe_id) AS probes_hit, i.build_id
FROM image i LEFT JOIN hit h ON h.image_id = i.image_id AND h.run_uuid = i.run_uuid
WHERE i.instrumented
GROUP BY i.run_uuid, i.image_id, i.path
ORDER BY i.probes DESC, i.path
LIMIT 20;

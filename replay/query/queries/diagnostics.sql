-- The recorder's remarks about the recording, the worst first.
SELECT severity, key, ROUND(time_ns / 1e6, 3) AS time_ms, message, remedy
FROM diagnostic
ORDER BY CASE severity WHEN 'error' THEN 0 WHEN 'data_loss' THEN 1 WHEN 'notice' THEN 2 ELSE 3 END, run_uuid, time_ns;

-- The names that user, CI, git and machine gave to the runs.
SELECT run_uuid, key, value
FROM run_tag
ORDER BY run_uuid, key;

-- What the runs are called by their user, their CI, git and the machine.
SELECT run_uuid, key, value
FROM run_tag
ORDER BY run_uuid, key;

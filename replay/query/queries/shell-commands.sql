-- The commands that were given to a shell with -c, in the order in which they were run.
SELECT upid, ROUND(time_ns / 1e6, 3) AS time_ms, path AS shell, command, cwd
FROM (SELECT *, CASE WHEN json_valid(argv) AND json_type(argv) = 'array' THEN (
        SELECT later.value FROM json_each(argv) flag JOIN json_each(argv) later ON later.key = flag.key + 1
        WHERE flag.key > 0 AND flag.value GLOB '-*c' AND flag.value NOT GLOB '--*' ORDER BY flag.key LIMIT 1) END AS command
      FROM exec
      WHERE replace(path, rtrim(path, replace(path, '/', '')), '') IN ('sh', 'bash', 'dash', 'ash', 'ksh', 'zsh', 'busybox'))
WHERE command IS NOT NULL
ORDER BY seq;

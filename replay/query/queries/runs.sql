-- The runs of the log: command, duration and end.
SELECT run_uuid, status, exit_code, term_signal, ROUND(duration_ns / 1e9, 3) AS duration_s, events, hostname, cwd, argv
FROM run
ORDER BY start_unix_ns, run_uuid;

-- The runs for the page of a store, in the order in which they began.
SELECT start_unix_ns, duration_ns, outcome, ending, repository, branch, "commit", job, argv, log, processes, lines, lines_hit, run_uuid
FROM run
ORDER BY start_unix_ns, run_id;

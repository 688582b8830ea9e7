-- The processes that ended badly, in the order of their ends.
SELECT upid, pid, parent_upid, exit_code, term_signal, core_dumped, ROUND(end_ns / 1e6, 3) AS end_ms, argv
FROM process
WHERE exit_code <> 0 OR term_signal IS NOT NULL
ORDER BY run_uuid, end_ns, upid;

-- The runs, the newest first.
SELECT toDateTime(intDiv(r.start_unix_ns, 1000000000), 'UTC') AS started, r.repository, r.branch, substring(r.commit, 1, 12) AS revision,
       multiIf(r.exit_code = 0, 'passed', r.exit_code IS NULL AND r.term_signal IS NULL, 'unfinished', 'failed') AS outcome,
       round(r.duration_ns / 1e6, 1) AS ms, t.tests, t.failed, r.run_uuid
FROM run AS r FINAL
LEFT JOIN (SELECT run_uuid, count() AS tests, countIf(failed = 1) AS failed FROM result GROUP BY run_uuid) AS t ON t.run_uuid = r.run_uuid
ORDER BY r.start_unix_ns DESC, r.run_uuid DESC;

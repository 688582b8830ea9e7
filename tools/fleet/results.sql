-- What the questions are asked of: the job of each run, and one row for each run and test. Made once, after the tables.
CREATE VIEW IF NOT EXISTS run_job AS
SELECT run_uuid, coalesce(anyIf(value, key = 'cicd.pipeline.task.name'), anyIf(value, key = 'cicd.pipeline.name')) AS job
FROM run_tag FINAL GROUP BY run_uuid;
CREATE VIEW IF NOT EXISTS result AS
SELECT t.test AS test, t.runner AS runner, t.failed AS failed, t.duration_ns AS duration_ns, r.run_uuid AS run_uuid,
       r.repository AS repository, r.branch AS branch, r.commit AS commit, j.job AS job, r.start_unix_ns AS start_unix_ns
FROM test AS t FINAL
JOIN run AS r FINAL ON r.run_uuid = t.run_uuid
LEFT JOIN run_job AS j ON j.run_uuid = t.run_uuid;

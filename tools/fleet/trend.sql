-- The coverage of each run, the newest first, and how it moved since the run before on the same branch and in the same job.
WITH each_run AS (
  SELECT r.start_unix_ns AS at, r.run_uuid AS run_uuid, r.repository AS repository, r.branch AS branch, r.commit AS commit, j.job AS job,
         sum(f.lines) AS lines, sum(f.lines_hit) AS hit, 100 * hit / lines AS share
  FROM file_coverage AS f FINAL JOIN run AS r FINAL ON r.run_uuid = f.run_uuid
  LEFT JOIN run_job AS j ON j.run_uuid = f.run_uuid
  GROUP BY ALL)
SELECT toDateTime(intDiv(at, 1000000000), 'UTC') AS started, repository, branch, substring(commit, 1, 12) AS revision, job, lines, hit AS lines_hit,
       round(share, 2) AS percent,
       round(share - lagInFrame(toNullable(share)) OVER (
         PARTITION BY repository, branch, job ORDER BY at, run_uuid ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING), 2) AS moved
FROM each_run
ORDER BY at DESC, run_uuid DESC;

-- The coverage of each run, the newest first, and how it moved since the run before on the same branch and in the same job.
WITH
  counted AS (
    SELECT u.run_id, SUM(l.lines) AS lines, SUM(l.lines_hit) AS lines_hit
    FROM run u JOIN file_lines l ON l.run_id = u.run_id JOIN file f ON f.file_id = l.file_id
    WHERE ?1 IS NULL OR f.path = ?1 OR substr(f.path, 1, length(?1) + 1) = ?1 || '/'
    GROUP BY u.run_id),
  each_run AS (SELECT u.*, c.lines AS of_lines, c.lines_hit AS of_hit, 100.0 * c.lines_hit / NULLIF(c.lines, 0) AS percent
               FROM counted c JOIN run u ON u.run_id = c.run_id)
SELECT datetime(start_unix_ns / 1000000000, 'unixepoch') AS started, repository, branch, substr("commit", 1, 12) AS "commit", job,
       of_lines AS lines, of_hit AS lines_hit, ROUND(percent, 2) AS percent,
       ROUND(percent - LAG(percent) OVER (PARTITION BY repository, branch, job ORDER BY start_unix_ns, run_id), 2) AS moved
FROM each_run
ORDER BY start_unix_ns DESC, run_id DESC;

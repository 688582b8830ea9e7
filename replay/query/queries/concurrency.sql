-- For how long how many programs ran at once.
WITH
  change AS (
    SELECT run_uuid, start_ns AS time_ns, 1 AS more FROM span WHERE end_ns IS NOT NULL
    UNION ALL
    SELECT run_uuid, end_ns, -1 FROM span WHERE end_ns IS NOT NULL),
  moment AS (SELECT run_uuid, time_ns, SUM(more) AS more FROM change GROUP BY run_uuid, time_ns),
  level AS (
    SELECT run_uuid, SUM(more) OVER (PARTITION BY run_uuid ORDER BY time_ns) AS running,
           LEAD(time_ns) OVER (PARTITION BY run_uuid ORDER BY time_ns) - time_ns AS ns
    FROM moment)
SELECT run_uuid, running, SUM(ns) AS duration_ns
FROM level
WHERE ns IS NOT NULL
GROUP BY run_uuid, running
ORDER BY run_uuid, running;

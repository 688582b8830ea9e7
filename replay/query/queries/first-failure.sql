-- The process that was the first in time to end badly in each run, and those above it; `failures` ranks them instead.
WITH
  failed AS (
    SELECT run_uuid, upid, ROW_NUMBER() OVER (PARTITION BY run_uuid ORDER BY end_ns, upid) AS place
    FROM process
    WHERE exit_code <> 0 OR term_signal IS NOT NULL),
  chain AS (
    SELECT upid, 0 AS distance FROM failed WHERE place = 1
    UNION ALL
    SELECT a.ancestor_upid, a.distance FROM failed f JOIN process_ancestor a ON a.upid = f.upid WHERE f.place = 1)
SELECT p.run_uuid, c.distance, p.upid, p.pid, p.exit_code, p.term_signal, ROUND(p.end_ns / 1e6, 3) AS end_ms, p.argv
FROM chain c JOIN process p ON p.upid = c.upid
ORDER BY p.run_uuid, c.distance;

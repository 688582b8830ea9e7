-- The chain of processes that determined how long each run took: own_ms and percent are what each of them added to it.
WITH RECURSIVE
  killed AS (SELECT upid FROM signal WHERE fatal = 1 AND sender_upid <> upid GROUP BY upid),
  -- What happens to a process: 0, a child ends, but not because somebody killed it; 1, a child begins; 2, it ends itself.
  moment AS (
    SELECT p.run_uuid, p.upid, w.what, r.duration_ns AS run_ns,
           CASE w.what WHEN 2 THEN p.upid ELSE p.parent_upid END AS waiter,
           CASE w.what WHEN 2 THEN p.start_ns END AS start_ns,
           CASE w.what WHEN 1 THEN p.start_ns ELSE COALESCE(p.end_ns, r.duration_ns) END AS time_ns
    FROM process p
    JOIN run r ON r.run_uuid = p.run_uuid
    JOIN (SELECT 0 AS what UNION ALL SELECT 1 UNION ALL SELECT 2) w
    LEFT JOIN killed k ON k.upid = p.upid
    WHERE w.what = 2 OR (p.parent_upid IS NOT NULL AND (w.what = 1 OR k.upid IS NULL))),
  numbered AS (
    SELECT run_uuid, upid, what, run_ns, waiter, time_ns,
           SUM(what = 0) OVER (PARTITION BY waiter ORDER BY time_ns, what, upid) AS ends,
           MAX(start_ns) OVER (PARTITION BY waiter) AS start_ns,
           what = 2 AND upid = MIN(upid) OVER (PARTITION BY run_uuid) AS is_last
    FROM moment),
  -- Each moment, and the one from which on the waiter did not wait: the end of the child that ended last, or its own beginning.
  link AS (
    SELECT upid, CAST(what AS INTEGER) AS what, waiter, is_last,
           CASE WHEN ends > 0 THEN 2 ELSE 1 END AS before_what,
           CASE WHEN ends > 0 THEN FIRST_VALUE(upid) OVER step ELSE waiter END AS before_upid,
           time_ns - CASE WHEN ends > 0 THEN FIRST_VALUE(time_ns) OVER step ELSE start_ns END AS own_ns, run_ns
    FROM numbered
    WINDOW step AS (PARTITION BY waiter, ends ORDER BY time_ns, what, upid)),
  path AS (
    SELECT * FROM link WHERE is_last
    UNION
    SELECT l.* FROM path p JOIN link l ON l.what = p.before_what AND l.upid = p.before_upid),
  own AS (SELECT CAST(waiter AS INTEGER) AS upid, SUM(own_ns) AS own_ns, MAX(run_ns) AS run_ns FROM path GROUP BY waiter)
SELECT p.run_uuid, p.upid, p.pid, ROUND(p.start_ns / 1e6, 3) AS start_ms, ROUND(p.end_ns / 1e6, 3) AS end_ms,
       ROUND(o.own_ns / 1e6, 3) AS own_ms, ROUND(100.0 * o.own_ns / o.run_ns, 1) AS percent, p.argv
FROM process p
CROSS JOIN own o ON o.upid = p.upid
ORDER BY p.run_uuid, p.start_ns, p.upid;

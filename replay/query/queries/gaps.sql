-- The 20 longest times in which nothing happened, and what happened next.
WITH
  step AS (SELECT seq, time_ns - LAG(time_ns) OVER (PARTITION BY run_uuid ORDER BY seq) AS silence_ns FROM event),
  longest AS MATERIALIZED (SELECT seq, silence_ns FROM step WHERE silence_ns > 0 ORDER BY silence_ns DESC, seq LIMIT 20)
SELECT ROUND(g.silence_ns / 1e6, 3) AS silence_ms, e.seq, e.kind, e.upid, e.tid, e.detail
FROM longest g JOIN event e ON e.seq = g.seq
ORDER BY g.silence_ns DESC, e.seq;

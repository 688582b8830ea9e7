-- The 20 longest times without an event, and the event after each.
WITH
  step AS (SELECT seq, time_ns - LAG(time_ns) OVER (PARTITION BY run_uuid ORDER BY seq) AS silence_ns FROM event),
  longest AS MATERIALIZED (SELECT seq, silence_ns FROM step WHERE silence_ns > 0 ORDER BY silence_ns DESC, seq LIMIT 20)
SELECT ROUND(g.silence_ns / 1e6, 3) AS silence_ms, e.seq, e.kind, e.upid, e.tid, e.detail
FROM longest g JOIN event e ON e.seq = g.seq
ORDER BY g.silence_ns DESC, e.seq;

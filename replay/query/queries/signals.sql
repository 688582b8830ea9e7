-- The signals that reached processes: how often each, how many processes, how many died of it.
SELECT signal_name, COUNT(*) AS signals, COUNT(DISTINCT upid) AS processes, SUM(fatal) AS deaths
FROM signal
GROUP BY signal
ORDER BY signals DESC, signal;

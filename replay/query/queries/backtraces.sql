-- The place of each thread in each process that died of a signal, the innermost function first.
SELECT seq, tid, level, COALESCE(function, image) AS at, file, line
FROM backtrace
ORDER BY seq, tid, level;

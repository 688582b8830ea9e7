-- Where each thread of each process that died of a signal was, the innermost function first.
SELECT seq, tid, level, COALESCE(function, image) AS at, file, line
FROM backtrace
ORDER BY seq, tid, level;

-- The lines that only one process ran, and that process.
WITH
  alone AS MATERIALIZED (SELECT file, line FROM line_coverage WHERE processes = 1),
  reached AS MATERIALIZED (
    SELECT file, line, MIN(function) AS function, CAST(MIN(upid) AS INTEGER) AS upid FROM hit GROUP BY file, line),
  ran AS MATERIALIZED (SELECT upid, pid, argv FROM process)
SELECT a.file, a.line, h.function, p.upid, p.pid, p.argv
FROM alone a
JOIN reached h ON h.file = a.file AND h.line = a.line
JOIN ran p ON p.upid = h.upid
ORDER BY a.file, a.line;

-- The source files by the part of them that ran, the smallest first.
SELECT file, lines, lines_hit, lines - lines_hit AS lines_not_hit, ROUND(percent, 1) AS percent
FROM file_coverage
ORDER BY file_coverage.percent, lines_not_hit DESC, file;

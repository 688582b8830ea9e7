-- The functions that were never entered.
SELECT file, line, function
FROM function_coverage
WHERE hits = 0
ORDER BY file, line, function;

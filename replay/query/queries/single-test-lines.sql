-- The lines that only one test ran, and that test.
SELECT file, line, MIN(function) AS function, MIN(test) AS test
FROM test_line
GROUP BY file, line
HAVING COUNT(DISTINCT test) = 1
ORDER BY file, line;

-- Each line that tests ran, and these tests: run them when the line changes.
SELECT file, line, COUNT(DISTINCT test) AS tests, GROUP_CONCAT(DISTINCT test) AS names
FROM test_line
GROUP BY file, line
ORDER BY file, line;

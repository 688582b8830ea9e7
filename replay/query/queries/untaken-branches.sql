-- The branches that were come to and never taken that way.
SELECT file, line, branch, to_line
FROM branch
WHERE taken = 0 AND reached = 1
ORDER BY file, line, branch;

-- The variables that differ from what a program's parent had, but for those of the first program.
SELECT e.exec_id, e.upid, v.name, v.change, v.value, v.redacted, e.argv
FROM exec_env v
JOIN exec e ON e.exec_id = v.exec_id
WHERE v.exec_id NOT IN (SELECT MIN(exec_id) FROM exec GROUP BY run_uuid)
ORDER BY e.exec_id, v.name;

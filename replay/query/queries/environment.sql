-- The variables that differ from those of a program's parent, except for the first program.
SELECT e.exec_id, e.upid, v.name, v.change, v.value, v.redacted, e.argv
FROM exec_env v
JOIN exec e ON e.exec_id = v.exec_id
WHERE v.exec_id NOT IN (SELECT MIN(exec_id) FROM exec GROUP BY run_uuid)
ORDER BY e.exec_id, v.name;

-- The files of one run; their text, the lines that count and those that ran, where they are known.
SELECT f.path, l.lines, l.lines_hit, t.hash, c.lines, r.lines
FROM file_lines l JOIN file f ON f.file_id = l.file_id
LEFT JOIN text_lines x ON x.run_id = l.run_id AND x.file_id = l.file_id
LEFT JOIN source_text t ON t.text_id = x.text_id
LEFT JOIN line_set c ON c.set_id = x.code
LEFT JOIN line_set r ON r.set_id = x.ran
WHERE l.run_id = CAST(?1 AS INTEGER)
ORDER BY f.path;

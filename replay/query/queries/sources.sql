-- The source files without a text in the log, or newer than the program.
SELECT file, CASE WHEN hash IS NULL THEN COALESCE(reason, 'not kept') ELSE 'newer than the program' END AS remark,
       COUNT(*) AS images
FROM source
WHERE hash IS NULL OR newer
GROUP BY file, remark
ORDER BY file, remark;

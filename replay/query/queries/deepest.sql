-- The longest chain of processes, from the root down.
WITH
  deepest AS (SELECT upid FROM process_tree ORDER BY depth DESC, sort_key LIMIT 1),
  chain AS (
    SELECT upid FROM deepest
    UNION ALL
    SELECT a.ancestor_upid FROM deepest d JOIN process_ancestor a ON a.upid = d.upid)
SELECT depth, upid, pid, created_by, argv
FROM process_tree
WHERE upid IN (SELECT upid FROM chain)
ORDER BY depth;

-- The tracer's observations and actions by kind: how often, and how often the kernel refused.
SELECT kind, CASE WHEN MAX(cause_seq) IS NULL THEN 'seen' ELSE 'done' END AS seen_or_done, COUNT(*) AS events,
       COUNT(error) AS refused
FROM event
GROUP BY kind
ORDER BY events DESC, kind;

-- The failures that are alike, over all runs of a job: new in its newest run, known there, or gone.
WITH
  newest AS (SELECT repository, job, MAX(start_unix_ns) AS at FROM run GROUP BY repository, job),
  seen AS (
    SELECT f.signature_id, u.repository, u.job, COUNT(*) AS runs, SUM(f.count) AS times, MAX(u.start_unix_ns) AS last
    FROM failure f JOIN run u ON u.run_id = f.run_id GROUP BY f.signature_id, u.repository, u.job),
  began AS (
    SELECT f.signature_id, u.repository, u.job, MIN(u.start_unix_ns) AS first, u."commit"
    FROM failure f JOIN run u ON u.run_id = f.run_id GROUP BY f.signature_id, u.repository, u.job)
SELECT CASE WHEN b.first = n.at THEN 'new' WHEN s.last = n.at THEN 'known' ELSE 'gone' END AS state, g.text AS signature,
       s.runs, s.times, datetime(b.first / 1000000000, 'unixepoch') AS first_seen, substr(b."commit", 1, 12) AS first_commit,
       datetime(s.last / 1000000000, 'unixepoch') AS last_seen, s.repository, s.job
FROM seen s
JOIN began b ON b.signature_id = s.signature_id AND b.repository IS s.repository AND b.job IS s.job
JOIN newest n ON n.repository IS s.repository AND n.job IS s.job
JOIN signature g ON g.signature_id = s.signature_id
ORDER BY s.last < n.at, s.last DESC, s.runs DESC, g.text;

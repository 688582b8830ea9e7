-- Tests whose last good run took longer than the 20 before it: beyond the median by three deviations (1.4826 times the median distance from
-- it) and by a tenth. A test needs four good runs before the last.
-- With ?1, a JSON list of [test, runner, duration_ns], these are judged instead, as the last ones; they are of the run ?2, which the store may
-- have. ?3, ?4 and ?5 narrow it to a repository, a branch and a job.
WITH
  judged AS (
    SELECT t.test_id, json_extract(j.value, '$[2]') AS duration_ns
    FROM json_each(COALESCE(?1, '[]')) j
    JOIN test t ON t.name = json_extract(j.value, '$[0]') AND t.runner = json_extract(j.value, '$[1]')),
  every AS (
    SELECT r.test_id, r.duration_ns, 0 AS is_judged, u.start_unix_ns, u.run_id
    FROM result r JOIN run u ON u.run_id = r.run_id
    WHERE r.result = 'passed' AND r.duration_ns IS NOT NULL AND COALESCE(?2, '') <> u.run_uuid
      AND COALESCE(?3, '') IN ('', u.repository) AND COALESCE(?4, '') IN ('', u.branch) AND COALESCE(?5, '') IN ('', u.job)
    UNION ALL SELECT test_id, duration_ns, 1, NULL, NULL FROM judged),
  good AS (
    SELECT test_id, duration_ns, is_judged,
           ROW_NUMBER() OVER (PARTITION BY test_id ORDER BY is_judged DESC, start_unix_ns DESC, run_id DESC) AS age
    FROM every),
  past AS (
    SELECT test_id, duration_ns, ROW_NUMBER() OVER (PARTITION BY test_id ORDER BY duration_ns) AS place,
           COUNT(*) OVER (PARTITION BY test_id) AS runs
    FROM good WHERE age BETWEEN 2 AND 21),
  middle AS (
    SELECT test_id, MAX(runs) AS runs, AVG(duration_ns) AS median_ns FROM past
    WHERE place IN ((runs + 1) / 2, (runs + 2) / 2) GROUP BY test_id),
  distance AS (
    SELECT p.test_id, ABS(p.duration_ns - m.median_ns) AS ns, p.runs,
           ROW_NUMBER() OVER (PARTITION BY p.test_id ORDER BY ABS(p.duration_ns - m.median_ns)) AS place
    FROM past p JOIN middle m ON m.test_id = p.test_id),
  spread AS (
    SELECT test_id, 1.4826 * AVG(ns) AS deviation_ns FROM distance
    WHERE place IN ((runs + 1) / 2, (runs + 2) / 2) GROUP BY test_id)
SELECT t.name AS test, t.runner, ROUND(g.duration_ns / 1e6, 3) AS last_ms, ROUND(m.median_ns / 1e6, 3) AS median_ms,
       ROUND(s.deviation_ns / 1e6, 3) AS deviation_ms, ROUND(g.duration_ns / m.median_ns, 2) AS times, m.runs
FROM good g JOIN middle m ON m.test_id = g.test_id JOIN spread s ON s.test_id = g.test_id JOIN test t ON t.test_id = g.test_id
WHERE g.age = 1 AND (?1 IS NULL OR g.is_judged) AND m.runs >= 4
  AND g.duration_ns > m.median_ns + 3 * s.deviation_ns AND g.duration_ns > 1.1 * m.median_ns
ORDER BY g.duration_ns - m.median_ns DESC, t.name;

-- Tests whose last good run took longer than the 20 before it: beyond the median by three deviations (1.4826 times the median distance from
-- it) and by a tenth. A test needs four good runs before the last.
WITH
  good AS (
    SELECT test, runner, duration_ns,
           row_number() OVER (PARTITION BY test, runner ORDER BY start_unix_ns DESC, run_uuid DESC) AS age
    FROM result WHERE failed = 0 AND duration_ns IS NOT NULL),
  listed AS (
    SELECT test, runner, assumeNotNull(anyIf(duration_ns, age = 1)) AS last_ns,
           groupArrayIf(assumeNotNull(duration_ns), age BETWEEN 2 AND 21) AS past,
           arrayReduce('quantileExactInclusive(0.5)', past) AS median_ns,
           1.4826 * arrayReduce('quantileExactInclusive(0.5)', arrayMap(ns -> abs(ns - median_ns), past)) AS deviation_ns
    FROM good GROUP BY test, runner)
SELECT test, runner, round(last_ns / 1e6, 3) AS last_ms, round(median_ns / 1e6, 3) AS median_ms, round(deviation_ns / 1e6, 3) AS deviation_ms,
       round(last_ns / median_ns, 2) AS times, length(past) AS runs
FROM listed
WHERE length(past) >= 4 AND last_ns > median_ns + 3 * deviation_ns AND last_ns > 1.1 * median_ns
ORDER BY last_ns - median_ns DESC, test;

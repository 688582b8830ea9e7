-- The results of the last ?1 runs for the page of a store: by test, and then in the order in which the runs began, the first of which is 0.
WITH shown AS (
  SELECT run_id, ROW_NUMBER() OVER (ORDER BY start_unix_ns, run_id) - 1 AS place
  FROM (SELECT run_id, start_unix_ns FROM run ORDER BY start_unix_ns DESC, run_id DESC LIMIT CAST(?1 AS INTEGER)))
SELECT t.name, t.runner, s.place, r.result, r.duration_ns
FROM shown s JOIN result r ON r.run_id = s.run_id JOIN test t ON t.test_id = r.test_id
ORDER BY t.name, t.runner, s.place;

-- The last result of each test in the runs of a repository (?3), branch (?4) and job (?5) but the run ?2, and whether the run ?1 has the test.
SELECT name, runner, result, in_base
FROM (
  SELECT t.name, t.runner, r.result, MAX(r.run_id = CAST(?1 AS INTEGER)) OVER (PARTITION BY r.test_id) AS in_base,
         ROW_NUMBER() OVER (PARTITION BY r.test_id
                            ORDER BY r.result IN ('passed', 'failed') DESC, u.start_unix_ns DESC, u.run_id DESC) AS age
  FROM result r JOIN run u ON u.run_id = r.run_id JOIN test t ON t.test_id = r.test_id
  WHERE COALESCE(?2, '') <> u.run_uuid
    AND COALESCE(?3, '') IN ('', u.repository) AND COALESCE(?4, '') IN ('', u.branch) AND COALESCE(?5, '') IN ('', u.job))
WHERE age = 1
ORDER BY name, runner;

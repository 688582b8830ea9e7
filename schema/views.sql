-- The views of a Recount log: what users ask, and what may be relied upon. Their names and columns are a promise; the
-- tables beneath them (trace.sql) are storage. README.md has each column in prose, and worked examples.
--
-- They work on a log that is complete and on one that was cut short: what has not been seen to end has NULL where the
-- end would stand. Nothing is stored twice: each view is computed from the rows.
--
-- Units are in the names; times are nanoseconds since the recording's start. Each view has run_uuid, so that many logs
-- can be queried together, and each computed column is CAST, so that whoever reads the file sees its type. Nothing here
-- is newer than SQLite 3.8.3. A parent always has a smaller upid than its child: the recursions rest on that, so that a
-- damaged log can not make them run for ever.
--
-- Kinds of rows are named in braces here. view_sql.hpp puts their numbers in their place.

-- Helpers, named like tables because they are storage too: no promise is made about the trace_ ones -------------------
--
-- Their computed columns are CAST for another reason, too: SQLite makes no automatic index over a column without a type,
-- and a join of 5,000 processes takes 7 s instead of 0.4 s.

-- Whose a row is: the part's in a merged log, else the log's only run's.
CREATE VIEW trace_owner AS
SELECT e.seq, CAST(COALESCE(
    (SELECT p.run_uuid FROM trace_part p WHERE p.first_seq <= e.seq ORDER BY p.first_seq DESC, p.last_seq DESC LIMIT 1),
    (SELECT run_uuid FROM trace_run)) AS TEXT) AS run_uuid
FROM trace_event e;

-- The run that everything here is of; no row in a merged log.
CREATE VIEW trace_only_run AS
SELECT MIN(run_uuid) AS run_uuid FROM trace_run HAVING COUNT(*) = 1;

-- A task that nobody had claimed is taken for a process of its own. If its parent's event comes after all and says that
-- it is a thread, that guess was wrong: all that was said of the process `guess` is true of `upid`.
CREATE VIEW trace_joined AS
SELECT a.upid AS guess, CAST(MAX(b.upid) AS INTEGER) AS upid
FROM trace_birth a JOIN trace_birth b ON b.utid = a.utid AND b.seq > a.seq AND b.upid <> a.upid
WHERE a.parent_upid IS NULL
GROUP BY a.upid;

-- One row for each task, at its first birth row.
CREATE VIEW trace_task AS
SELECT b.utid, MIN(b.seq) AS seq, CAST(COALESCE(j.upid, b.upid) AS INTEGER) AS upid, b.tid
FROM trace_birth b LEFT JOIN trace_joined j ON j.guess = b.upid
GROUP BY b.utid;

-- One row for each process: the birth row of its first thread. A child whose parent told late has two; the one with the
-- parent is the later. The rows of further threads name their own process as the parent.
CREATE VIEW trace_origin AS
SELECT b.upid, MAX(b.seq) AS seq, b.utid, b.tid,
       CAST(CASE WHEN COALESCE(j.upid, b.parent_upid) < b.upid THEN COALESCE(j.upid, b.parent_upid) END AS INTEGER)
         AS parent_upid
FROM trace_birth b LEFT JOIN trace_joined j ON j.guess = b.parent_upid
WHERE (b.parent_upid IS NULL OR b.parent_upid < b.upid) AND b.upid NOT IN (SELECT guess FROM trace_joined)
GROUP BY b.upid;

-- The few rows that say when tasks begin and end, out of very many: ends, first stops, tasks that could not be seized or were
-- let go, echild.
CREATE VIEW trace_edge AS
SELECT seq, time_ns, kind, tid, utid, status, error FROM trace_event WHERE kind IN ({exited, signaled, group_stop, event_stop, echild, seize, detach});

-- When a task was first heard of: at its birth, or at a stop of its own that came before its parent's event.
CREATE VIEW trace_start AS
SELECT t.utid, t.upid, MIN(b.time_ns, COALESCE(f.time_ns, b.time_ns)) AS start_ns
FROM trace_task t
LEFT JOIN trace_event b ON b.seq = t.seq
LEFT JOIN (SELECT utid, MIN(time_ns) AS time_ns FROM trace_edge WHERE kind IN ({exited, signaled, group_stop, event_stop}) GROUP BY utid) f
  ON f.utid = t.utid;

-- The end of a process is the end of the thread that has its number: the kernel reports that one last.
CREATE VIEW trace_process_end AS
SELECT o.upid, MAX(e.seq) AS seq, e.time_ns, e.kind, e.tid, e.status
FROM trace_edge e
JOIN trace_task t ON t.utid = e.utid
JOIN trace_origin o ON o.upid = t.upid AND o.tid = e.tid
WHERE e.kind IN ({exited, signaled})
GROUP BY o.upid;

-- What the usage of a process has of its children: of those that it waited for (getrusage(2)), which are taken to be those that ended first.
CREATE VIEW trace_waited_usage AS
SELECT o.parent_upid AS upid, SUM(u.user_us) AS user_us, SUM(u.system_us) AS system_us
FROM trace_origin o
JOIN trace_process_end e ON e.upid = o.upid
JOIN trace_usage u ON u.seq = e.seq
JOIN trace_process_end p ON p.upid = o.parent_upid
WHERE e.seq < p.seq
GROUP BY o.parent_upid;

-- Each exec with the process in which it happened. The grouping changes nothing but that SQLite computes this once: taken
-- apart and joined with the rest, it took 40 s instead of 0.1 s on a log of 5,000 processes and 1,000,000 events.
CREATE VIEW trace_process_exec AS
SELECT x.seq, e.kind, e.time_ns, e.utid, t.upid, x.exec_id, x.path, x.argv, x.cwd, x.image_id, n.glob AS no_follow
FROM trace_exec x
JOIN trace_event e ON e.seq = x.seq
LEFT JOIN trace_no_follow n ON n.seq = x.seq
LEFT JOIN trace_task t ON t.utid = e.utid
GROUP BY x.seq;

-- The exec whose program a process runs or ran last: its own last one, else what was in force in its parent at its
-- birth, which may be the parent's own inheritance in turn.
CREATE VIEW trace_program AS
WITH RECURSIVE
  own AS (SELECT upid, MAX(seq) AS seq FROM trace_process_exec GROUP BY upid),
  from_parent AS (
    SELECT o.upid, MAX(x.seq) AS seq
    FROM trace_origin o JOIN trace_process_exec x ON x.upid = o.parent_upid AND x.seq < o.seq
    GROUP BY o.upid),
  inherited(upid, seq) AS (
    SELECT upid, seq FROM from_parent
    UNION ALL
    SELECT o.upid, i.seq
    FROM inherited i JOIN trace_origin o ON o.parent_upid = i.upid
    WHERE o.upid NOT IN (SELECT upid FROM from_parent)),
  each AS (SELECT upid, seq AS own, NULL AS inherited FROM own UNION ALL SELECT upid, NULL, seq FROM inherited)
SELECT upid, COALESCE(MAX(own), MAX(inherited)) AS seq FROM each GROUP BY upid;

-- The execs whose program had a place, in itself or in an object beside it, at which the recorder sees what it writes.
CREATE VIEW trace_output_exec AS
WITH watched AS (SELECT DISTINCT image_id FROM trace_watch WHERE kind IN (7, 8))
SELECT x.seq FROM trace_exec x JOIN watched w ON w.image_id = x.image_id
UNION
SELECT MAX(x.seq)
FROM (SELECT DISTINCT p.seq FROM trace_placed p JOIN watched w ON w.image_id = p.image_id) p
JOIN trace_event e ON e.seq = p.seq
JOIN trace_task t ON t.utid = e.utid
JOIN trace_process_exec x ON x.upid = t.upid AND x.seq <= p.seq
GROUP BY p.seq;

-- When the kernel knew no tracee of a run any more.
CREATE VIEW trace_echild AS
SELECT w.run_uuid, MIN(e.time_ns) AS time_ns
FROM trace_edge e JOIN trace_owner w ON w.seq = e.seq WHERE e.kind = {echild}
GROUP BY w.run_uuid;

-- The first stops at a probe in a memory: it is lifted, or stays and counts. And flags that tell of one, at some time before.
CREATE VIEW trace_hit AS
SELECT seq, time_ns, utid, address, value AS probe_id, exec_id, cause_seq
FROM trace_event WHERE kind = {lift} OR (kind = {emulate} AND exec_id IS NOT NULL)
UNION ALL
SELECT f.seq, e.time_ns, e.utid, NULL, f.probe_id, f.exec_id, f.seq FROM trace_flag f JOIN trace_event e ON e.seq = f.seq;

-- What a compacted log has instead of rows: who did what. of_seq is the first row that it lacks of that thread.
CREATE VIEW trace_summed AS
SELECT t.utid, t.exec_id, t.first_seq AS of_seq, i.kind, i.id
FROM trace_sum_thread t
JOIN trace_sum s ON s.group_id = t.group_id
JOIN trace_sum_set i ON i.set_id BETWEEN s.first_set AND s.last_set;

-- Each hit, by its row or summed. Nobody knows which row a summed one had.
CREATE VIEW trace_lift AS
SELECT seq, probe_id, utid, exec_id, seq AS of_seq FROM trace_hit
UNION ALL
SELECT NULL, id, utid, exec_id, of_seq FROM trace_summed WHERE kind = 1;

-- How often each run hit each probe. part is NULL but in a merged log.
CREATE VIEW trace_probe_hit AS
SELECT probe_id, (SELECT MAX(first_seq) FROM trace_part WHERE first_seq <= of_seq) AS part, COUNT(*) AS hits,
       MIN(seq) AS first_seq
FROM trace_lift GROUP BY probe_id, part;

-- How often each counted probe was come to; and whether it was counted no more, somewhere.
CREATE VIEW trace_probe_count AS
SELECT probe_id, SUM(times) AS times, MAX(ended) AS ended
FROM (SELECT value AS probe_id, kind = {emulate} AS times, kind = {mend} OR error <> 0 AS ended
      FROM trace_event WHERE kind IN ({emulate}, {mend}) AND EXISTS (SELECT 1 FROM trace_line_count)
      UNION ALL
      SELECT probe_id, times, 0 FROM trace_count)
GROUP BY probe_id;

-- Images whose lines of a file are of another text than the newest, which that of the run is that began last, and in one run that of
-- the image that was met last; one that was not newer than its image comes before one that was. Lines of two texts are not added up.
CREATE VIEW trace_older_text AS
WITH
  dated AS (
    SELECT k.file_id, k.image_id, k.hash,
           printf('%d %019d %010d', NOT k.newer, COALESCE(r.start_unix_ns, 0), k.image_id) AS date
    FROM trace_file_source k
    LEFT JOIN trace_part_image m ON m.image_id = k.image_id
    LEFT JOIN trace_run r ON r.run_uuid = m.run_uuid
    WHERE k.hash IS NOT NULL),
  newest AS (SELECT file_id, hash, MAX(date) AS date FROM dated GROUP BY file_id)
SELECT DISTINCT d.file_id, d.image_id FROM dated d JOIN newest n ON n.file_id = d.file_id WHERE d.hash <> n.hash;

-- What coverage is told from: the lines of the newest texts.
CREATE VIEW trace_told_line AS
SELECT probe_id, file_id, line, function_id, address, site
FROM trace_probe_line
WHERE (file_id, probe_id) NOT IN (
  SELECT o.file_id, p.probe_id FROM trace_older_text o JOIN trace_probe p ON p.image_id = o.image_id);

-- How often each line was executed, as far as that was counted. times is NULL where it can't be; at_least: some were not counted.
CREATE VIEW trace_line_times AS
WITH
  summed AS (
    SELECT c.file_id, c.line, COUNT(c.probe_id) = COUNT(*) AS counted, SUM(c.factor * COALESCE(n.times, 0)) AS times,
           MIN(c.factor) < 0 AS subtracts, MAX(COALESCE(n.ended, 0)) AS ended
    FROM trace_line_count c LEFT JOIN trace_probe_count n ON n.probe_id = c.probe_id
    WHERE (c.file_id, c.image_id) NOT IN (SELECT file_id, image_id FROM trace_older_text)
    GROUP BY c.file_id, c.line),
  elsewhere AS (
    SELECT DISTINCT l.file_id, l.line
    FROM trace_told_line l JOIN trace_probe p ON p.probe_id = l.probe_id
    WHERE EXISTS (SELECT 1 FROM trace_line_count) AND p.image_id NOT IN (SELECT image_id FROM trace_line_count))
SELECT s.file_id, s.line,
       CASE WHEN s.counted THEN CASE WHEN s.ended AND s.subtracts THEN 0 ELSE s.times END END AS times,
       s.ended OR e.line IS NOT NULL AS at_least
FROM summed s LEFT JOIN elsewhere e ON e.file_id = s.file_id AND e.line = s.line;

-- Who came to which probe: an address space each, but for the few that are shared. address is NULL, or of the one line of the
-- probe that was reached without it.
CREATE VIEW trace_visit AS
SELECT v.probe_id, v.address, (SELECT MAX(first_seq) FROM trace_part WHERE first_seq <= v.of_seq) AS part, k.upid, v.exec_id,
       MIN(v.seq) AS first_seq
FROM (SELECT probe_id, NULL AS address, seq, utid, exec_id, of_seq FROM trace_lift
      UNION ALL
      SELECT r.probe_id, r.address, r.seq, e.utid, r.exec_id, r.seq FROM trace_reached r JOIN trace_event e ON e.seq = r.seq) v
JOIN trace_task k ON k.utid = v.utid
GROUP BY v.probe_id, v.address, part, k.upid, v.exec_id;

-- Processes that were born into the memory of another one (vfork, CLONE_VM), and whose it is. One that execs since has an exec_id
-- of its own, by which its hits are told apart. The grouping of `born` changes nothing but that it is computed once: SQLite 3.28, and
-- 3.44 and later, took it apart and ran it again for each row of the recursion: 9 s instead of 0.1 s on a loop of 3,000 programs.
-- AS MATERIALIZED would say so, too, but only to SQLite 3.35 and later.
CREATE VIEW trace_lodger AS
WITH RECURSIVE
  born AS (SELECT o.upid, o.parent_upid FROM trace_origin o JOIN trace_new_task n ON n.seq = o.seq
           WHERE n.memory = 2 AND o.parent_upid IS NOT NULL
           GROUP BY o.upid),
  lodger(upid, host) AS (
    SELECT upid, parent_upid FROM born
    UNION ALL
    SELECT l.upid, b.parent_upid FROM lodger l JOIN born b ON b.upid = l.host)
SELECT upid, CAST(MIN(host) AS INTEGER) AS host FROM lodger GROUP BY upid;

-- How many came to each place where a line begins: by whichever of the probes that tell of it.
CREATE VIEW trace_site_hit AS
SELECT l.file_id, l.line, l.function_id, COALESCE(l.site, l.probe_id) AS site, v.part,
       COUNT(DISTINCT COALESCE(h.host, v.upid) * 4294967296 + v.exec_id) AS hits, MIN(v.first_seq) AS first_seq
FROM trace_visit v LEFT JOIN trace_lodger h ON h.upid = v.upid
JOIN trace_told_line l ON l.probe_id = v.probe_id AND (v.address IS NULL OR l.address = v.address)
GROUP BY l.file_id, l.line, COALESCE(l.site, l.probe_id), v.part;

-- The run -------------------------------------------------------------------------------------------------------------

-- One row for each run of the log: one, unless it was merged. status is running while the recorder works, and for ever
-- if it was killed: then duration_ns is the time of the last event that was written. exit_code and term_signal are the
-- root's.
CREATE VIEW run AS
SELECT
  r.run_uuid, r.argv, r.cwd, r.start_unix_ns,
  CAST(COALESCE(r.duration_ns, (SELECT time_ns FROM trace_event WHERE seq <= r.last_seq AND seq >= r.first_seq
                                ORDER BY seq DESC LIMIT 1)) AS INTEGER) AS duration_ns,
  r.status,
  CAST(CASE e.kind WHEN 2 THEN (e.status >> 8) & 255 END AS INTEGER) AS exit_code,
  CAST(CASE e.kind WHEN 3 THEN e.status & 127 END AS INTEGER) AS term_signal,
  r.hostname, r.kernel, r.arch, r.tool_version, r.schema_version, r.machine_version, r.coverage, r.probes_per, r.scope,
  CAST(CASE WHEN r.last_seq >= r.first_seq THEN r.last_seq - r.first_seq + 1 END AS INTEGER) AS events
FROM (SELECT r.*, COALESCE(p.first_seq, 1) AS first_seq,
             COALESCE(p.last_seq, (SELECT MAX(seq) FROM trace_event)) AS last_seq,
             COALESCE(p.upid_base, 0) + 1 AS root_upid
      FROM trace_run r LEFT JOIN trace_part p ON p.run_uuid = r.run_uuid) r
LEFT JOIN trace_process_end e ON e.upid = r.root_upid;

-- One row for each tag of a run: the names that its user, its CI, git and the machine gave it. Keys are those of
-- OpenTelemetry's semantic conventions, where they have one.
CREATE VIEW run_tag AS
SELECT
  CAST(COALESCE(t.run_uuid, (SELECT run_uuid FROM trace_only_run)) AS TEXT) AS run_uuid,
  CAST(t.key AS TEXT) AS key,
  CAST(t.value AS TEXT) AS value
FROM trace_run_tag t;

-- Processes -----------------------------------------------------------------------------------------------------------

-- One row for each process. A process that was not seen to end has NULL from end_ns to max_rss_kib; one that ended has
-- either an exit_code or a term_signal. path and argv are of its last exec, or of its parent's if it never had one.
-- upid is no CAST, for it is a column already, and a join on it is a search instead of a scan: 0.2 s instead of 1.1 s for the
-- children of 3,000 processes. So is exec_id in exec.
CREATE VIEW process AS
SELECT
  CAST((SELECT w.run_uuid FROM trace_owner w WHERE w.seq = o.seq) AS TEXT) AS run_uuid,
  o.upid,
  CAST(o.tid AS INTEGER) AS pid,
  CAST(o.parent_upid AS INTEGER) AS parent_upid,
  CAST(CASE b.kind WHEN 1 THEN 'root' WHEN 20 THEN 'attach' WHEN 7 THEN 'fork' WHEN 8 THEN 'vfork' WHEN 9 THEN 'clone' END AS TEXT)
    AS created_by,
  CAST(s.start_ns AS INTEGER) AS start_ns,
  CAST(e.time_ns AS INTEGER) AS end_ns,
  CAST(e.time_ns - s.start_ns AS INTEGER) AS duration_ns,
  CAST(CASE e.kind WHEN 2 THEN (e.status >> 8) & 255 END AS INTEGER) AS exit_code,
  CAST(CASE e.kind WHEN 3 THEN e.status & 127 END AS INTEGER) AS term_signal,
  CAST(CASE e.kind WHEN 3 THEN COALESCE((SELECT name FROM trace_signal_name WHERE signal = e.status & 127),
                                        'signal ' || (e.status & 127)) END AS TEXT) AS signal_name,
  CAST((e.kind = {signaled} AND e.status & 128 <> 0) AS INTEGER) AS core_dumped,
  CAST(u.user_us AS INTEGER) AS user_us,
  CAST(u.system_us AS INTEGER) AS system_us,
  CAST(u.max_rss_kib AS INTEGER) AS max_rss_kib,
  CAST(x.path AS TEXT) AS path,
  CAST(x.argv AS TEXT) AS argv,
  CAST(MAX(u.user_us - COALESCE(c.user_us, 0), 0) AS INTEGER) AS self_user_us,
  CAST(MAX(u.system_us - COALESCE(c.system_us, 0), 0) AS INTEGER) AS self_system_us,
  CAST(h.stopped_ns AS INTEGER) AS stopped_ns,
  CAST(CASE WHEN EXISTS (SELECT 1 FROM trace_watch WHERE kind IN (7, 8))
            THEN p.seq IN (SELECT seq FROM trace_output_exec) END AS INTEGER) AS output_seen
FROM trace_origin o
LEFT JOIN trace_event b ON b.seq = o.seq
LEFT JOIN trace_start s ON s.utid = o.utid
LEFT JOIN trace_process_end e ON e.upid = o.upid
LEFT JOIN trace_usage u ON u.seq = e.seq
LEFT JOIN trace_waited_usage c ON c.upid = o.upid
LEFT JOIN trace_stopped h ON h.seq = e.seq
LEFT JOIN trace_program p ON p.upid = o.upid
LEFT JOIN trace_exec x ON x.seq = p.seq;

-- One row for each thread, the first of each process included. A thread that was swept away by an exec of another one,
-- or that was left when its process ended, reports no end of its own: it ended then.
CREATE VIEW thread AS
SELECT
  CAST((SELECT w.run_uuid FROM trace_owner w WHERE w.seq = t.seq) AS TEXT) AS run_uuid,
  CAST(t.utid AS INTEGER) AS utid,
  CAST(t.tid AS INTEGER) AS tid,
  CAST(t.upid AS INTEGER) AS upid,
  CAST(s.start_ns AS INTEGER) AS start_ns,
  CAST(COALESCE(own.time_ns, swept.time_ns, e.time_ns, lost.time_ns) AS INTEGER) AS end_ns
FROM trace_task t
JOIN trace_start s ON s.utid = t.utid
LEFT JOIN (SELECT utid, MAX(time_ns) AS time_ns FROM trace_edge
           WHERE kind IN ({exited, signaled}) OR (kind = {seize} AND error <> 0) GROUP BY utid) own
  ON own.utid = t.utid
LEFT JOIN (SELECT k.utid, MIN(x.time_ns) AS time_ns
           FROM trace_process_exec x JOIN trace_task k ON k.upid = x.upid AND k.utid <> x.utid AND k.seq < x.seq
           WHERE x.kind = {event_exec}
           GROUP BY k.utid) swept
  ON swept.utid = t.utid
LEFT JOIN trace_process_end e ON e.upid = t.upid
LEFT JOIN trace_echild lost
  ON lost.run_uuid = (SELECT w.run_uuid FROM trace_owner w WHERE w.seq = t.seq)
  AND t.utid NOT IN (SELECT utid FROM trace_edge WHERE kind = {detach} AND error = 0 AND utid IS NOT NULL);

-- One row for each exec that succeeded, and one for the program that a process of --pid ran already. no_follow is the GLOB of
-- --no-follow that names the program: it was detached at once, and the log knows nothing of its actions. end_ns is when the
-- process execed the next one, or ended.
CREATE VIEW exec AS
SELECT
  CAST((SELECT w.run_uuid FROM trace_owner w WHERE w.seq = x.seq) AS TEXT) AS run_uuid,
  exec_id,
  CAST(x.upid AS INTEGER) AS upid,
  CAST(x.time_ns AS INTEGER) AS time_ns,
  CAST(path AS TEXT) AS path,
  CAST(argv AS TEXT) AS argv,
  CAST(cwd AS TEXT) AS cwd,
  CAST(image_id AS INTEGER) AS image_id,
  CAST(x.seq AS INTEGER) AS seq,
  CAST(no_follow AS TEXT) AS no_follow,
  CAST(COALESCE(n.time_ns, e.time_ns) AS INTEGER) AS end_ns,
  CAST(COALESCE(n.time_ns, e.time_ns) - x.time_ns AS INTEGER) AS duration_ns
FROM trace_process_exec x
LEFT JOIN (SELECT a.seq, MIN(b.seq) AS next, b.time_ns
           FROM trace_process_exec a JOIN trace_process_exec b ON b.upid = a.upid AND b.seq > a.seq GROUP BY a.seq) n
  ON n.seq = x.seq
LEFT JOIN trace_process_end e ON e.upid = x.upid;

-- One row for each variable of an exec that differs from the program before: the process's last one, or its parent's at its
-- birth. The run's first exec has a row for each variable. change is set, changed or unset. value is NULL where it is not
-- kept; redacted is 1 if that is because it looks like a secret.
CREATE VIEW exec_env AS
SELECT
  CAST((SELECT w.run_uuid FROM trace_owner w WHERE w.seq = v.seq) AS TEXT) AS run_uuid,
  CAST(x.exec_id AS INTEGER) AS exec_id,
  CAST(x.upid AS INTEGER) AS upid,
  CAST(v.name AS TEXT) AS name,
  CAST(CASE v.change WHEN 1 THEN 'set' WHEN 2 THEN 'changed' WHEN 3 THEN 'unset' END AS TEXT) AS change,
  CAST(v.value AS TEXT) AS value,
  CAST(v.redacted AS INTEGER) AS redacted
FROM trace_exec_env v JOIN trace_process_exec x ON x.seq = v.seq;

-- What each process ran, and when: before its first exec (exec_id is NULL) the program that its parent had, then each of its own.
CREATE VIEW span AS
SELECT
  CAST(p.run_uuid AS TEXT) AS run_uuid,
  CAST(p.upid AS INTEGER) AS upid,
  CAST(NULL AS INTEGER) AS exec_id,
  CAST(p.start_ns AS INTEGER) AS start_ns,
  CAST(COALESCE(x.time_ns, p.end_ns) AS INTEGER) AS end_ns
FROM process p
LEFT JOIN (SELECT upid, MIN(time_ns) AS time_ns FROM trace_process_exec GROUP BY upid) x ON x.upid = p.upid
UNION ALL
SELECT x.run_uuid, x.upid, x.exec_id, x.time_ns, x.end_ns FROM exec x;

-- Who waited for whom: one row for each process that ended before its parent. The log has no system call that waits, so the thread that
-- started the child is taken to have waited since its last step before the child's end: the start of a child, the end of another one, an
-- exec. That step is the largest seq below the end's: the numbers below one with the bits 1011 are those of the blocks 101[01], 100[01]
-- and 0[01][01][01], so that each thread's largest number in each block is found by what equals what. A join by < would compare
-- each child of a shell with each other one.
CREATE VIEW blocked AS
WITH RECURSIVE
  bit(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM bit WHERE (SELECT MAX(seq) FROM trace_event) >> k > 1),
  born AS (
    SELECT o.upid, o.parent_upid, o.seq, b.utid FROM trace_origin o JOIN trace_event b ON b.seq = o.seq
    WHERE o.parent_upid IS NOT NULL),
  waited AS (
    SELECT b.upid, b.parent_upid, b.utid, e.seq, e.time_ns
    FROM born b
    JOIN trace_process_end e ON e.upid = b.upid
    LEFT JOIN trace_process_end p ON p.upid = b.parent_upid
    WHERE p.seq IS NULL OR p.seq > e.seq
    GROUP BY b.upid),
  deed AS (
    SELECT utid, seq FROM born
    UNION ALL
    SELECT utid, seq FROM waited
    UNION ALL
    SELECT utid, seq FROM trace_process_exec),
  block AS (
    SELECT d.utid, CAST(k AS INTEGER) AS k, CAST(d.seq >> k AS INTEGER) AS number, MAX(d.seq) AS seq
    FROM deed d JOIN bit ON (d.seq >> k) & 1 = 0
    GROUP BY d.utid, k, d.seq >> k),
  asked AS (
    SELECT w.upid, w.utid, CAST(k AS INTEGER) AS k, CAST((w.seq >> k) - 1 AS INTEGER) AS number
    FROM waited w JOIN bit ON (w.seq >> k) & 1 = 1
    GROUP BY w.upid, k),
  since AS (
    SELECT a.upid, MAX(b.seq) AS seq
    FROM asked a CROSS JOIN block b ON b.utid = a.utid AND b.k = a.k AND b.number = a.number
    GROUP BY a.upid)
SELECT
  CAST((SELECT w.run_uuid FROM trace_owner w WHERE w.seq = c.seq) AS TEXT) AS run_uuid,
  CAST(c.parent_upid AS INTEGER) AS upid,
  CAST(c.utid AS INTEGER) AS utid,
  CAST(c.upid AS INTEGER) AS child_upid,
  CAST(d.time_ns AS INTEGER) AS start_ns,
  CAST(c.time_ns AS INTEGER) AS end_ns,
  CAST(c.time_ns - d.time_ns AS INTEGER) AS duration_ns
FROM waited c
JOIN since s ON s.upid = c.upid
JOIN trace_event d ON d.seq = s.seq;

-- The processes as a tree: ORDER BY sort_key gives each parent directly before its children, the children in the order
-- in which they came to life; depth is 0 for the root, and for a process whose parent is not known.
CREATE VIEW process_tree AS
WITH RECURSIVE tree(upid, depth, sort_key) AS (
  SELECT upid, 0, printf('%08x', upid) FROM trace_origin WHERE parent_upid IS NULL
  UNION ALL
  SELECT o.upid, tree.depth + 1, tree.sort_key || '/' || printf('%08x', o.upid)
  FROM tree JOIN trace_origin o ON o.parent_upid = tree.upid)
SELECT
  p.run_uuid,
  CAST(tree.depth AS INTEGER) AS depth,
  CAST(tree.sort_key AS TEXT) AS sort_key,
  p.upid, p.pid, p.parent_upid, p.created_by, p.start_ns, p.end_ns, p.duration_ns, p.exit_code, p.term_signal,
  p.signal_name, p.core_dumped, p.user_us, p.system_us, p.max_rss_kib, p.path, p.argv, p.self_user_us, p.self_system_us,
  p.stopped_ns, p.output_seen
FROM tree JOIN process p ON p.upid = tree.upid;

-- One row for each process and each of its ancestors: distance 1 is the parent.
CREATE VIEW process_ancestor AS
WITH RECURSIVE line(upid, ancestor_upid, distance, seq) AS (
  SELECT upid, parent_upid, 1, seq FROM trace_origin WHERE parent_upid IS NOT NULL
  UNION ALL
  SELECT line.upid, o.parent_upid, line.distance + 1, line.seq
  FROM line JOIN trace_origin o ON o.upid = line.ancestor_upid
  WHERE o.parent_upid IS NOT NULL)
SELECT
  CAST((SELECT w.run_uuid FROM trace_owner w WHERE w.seq = line.seq) AS TEXT) AS run_uuid,
  CAST(upid AS INTEGER) AS upid,
  CAST(ancestor_upid AS INTEGER) AS ancestor_upid,
  CAST(distance AS INTEGER) AS distance
FROM line;

-- Signals -------------------------------------------------------------------------------------------------------------

-- One row for each signal that reached the program, and one for each death by a signal without a stop (SIGKILL), at the
-- row of the end. A SIGTRAP counts only if the tracer passed it on: its own probes and steps stop as SIGTRAP, too.
-- fatal is 1 for the delivery that killed the process. sender_upid is the last process of the run that had the sender's number.
CREATE VIEW signal AS
WITH
  delivered AS (
    SELECT e.seq, e.time_ns, e.utid, e.tid, (e.status >> 8) & 255 AS signal
    FROM trace_event e
    WHERE e.kind = {signal_delivery_stop} AND (e.status >> 8) & 255 <> 5
    UNION ALL
    SELECT e.seq, e.time_ns, e.utid, e.tid, 5
    FROM trace_event a JOIN trace_event e ON e.seq = a.cause_seq
    WHERE a.kind IN ({cont, detach, syscall}) AND a.value <> 0 AND e.kind = {signal_delivery_stop} AND (e.status >> 8) & 255 = 5
      -- An older signal that took in a probe's trap is made pending again, and comes once more.
      AND NOT (e.value <= 0 AND EXISTS (SELECT 1 FROM trace_event b
                                        WHERE b.seq > e.seq AND b.seq < a.seq AND b.kind IN ({lift, mend, pass, retire, set_pc})))),
  placed AS (SELECT d.seq, d.time_ns, t.upid, d.tid, d.signal FROM delivered d LEFT JOIN trace_task t ON t.utid = d.utid),
  killer AS (
    SELECT p.upid, MAX(p.seq) AS seq
    FROM placed p JOIN trace_process_end e ON e.upid = p.upid AND e.kind = {signaled} AND e.status & 127 = p.signal
    GROUP BY p.upid),
  every AS (
    SELECT p.seq, p.time_ns, p.upid, p.tid, p.signal, k.seq IS NOT NULL AS fatal
    FROM placed p LEFT JOIN killer k ON k.seq = p.seq
    UNION ALL
    SELECT e.seq, e.time_ns, e.upid, e.tid, e.status & 127, 1
    FROM trace_process_end e LEFT JOIN killer k ON k.upid = e.upid
    WHERE e.kind = {signaled} AND k.upid IS NULL),
  first_task AS (
    SELECT t.seq, t.upid, t.tid, (SELECT MAX(first_seq) FROM trace_part WHERE first_seq <= t.seq) AS part
    FROM trace_origin o JOIN trace_task t ON t.utid = o.utid GROUP BY t.utid),
  sent AS (
    SELECT seq, pid, (SELECT MAX(first_seq) FROM trace_part WHERE first_seq <= i.seq) AS part
    FROM trace_siginfo i WHERE pid IS NOT NULL),
  sender AS (
    SELECT s.seq, MAX(f.seq) AS born, f.upid
    FROM sent s JOIN first_task f ON f.tid = s.pid AND f.part IS s.part AND f.seq <= s.seq
    GROUP BY s.seq)
SELECT
  CAST((SELECT w.run_uuid FROM trace_owner w WHERE w.seq = v.seq) AS TEXT) AS run_uuid,
  CAST(v.seq AS INTEGER) AS seq,
  CAST(v.time_ns AS INTEGER) AS time_ns,
  CAST(v.upid AS INTEGER) AS upid,
  CAST(v.tid AS INTEGER) AS tid,
  CAST(v.signal AS INTEGER) AS signal,
  CAST(COALESCE(n.name, 'signal ' || v.signal) AS TEXT) AS signal_name,
  CAST(i.pid AS INTEGER) AS sender_pid,
  CAST(v.fatal AS INTEGER) AS fatal,
  CAST(s.upid AS INTEGER) AS sender_upid
FROM every v
LEFT JOIN sender s ON s.seq = v.seq
LEFT JOIN trace_signal_name n ON n.signal = v.signal
LEFT JOIN trace_siginfo i ON i.seq = v.seq;

-- One row for each stop at which a process was about to die of a signal, and for each process that the recorder killed. fatal is 0 if it
-- did not die of it after all.
CREATE VIEW crash AS
SELECT
  CAST((SELECT w.run_uuid FROM trace_owner w WHERE w.seq = c.seq) AS TEXT) AS run_uuid,
  CAST(c.seq AS INTEGER) AS seq,
  CAST(e.time_ns AS INTEGER) AS time_ns,
  CAST(t.upid AS INTEGER) AS upid,
  CAST(e.tid AS INTEGER) AS tid,
  CAST(e.signal AS INTEGER) AS signal,
  CAST(COALESCE(n.name, 'signal ' || e.signal) AS TEXT) AS signal_name,
  CAST(e.code AS INTEGER) AS code,
  CAST(CASE WHEN e.signal IN (4, 5, 7, 8, 11) AND e.code > 0 AND e.code <> 128
            THEN COALESCE(i.address, 0) END AS INTEGER) AS address,
  CAST(EXISTS (SELECT 1 FROM trace_process_end d
               WHERE d.upid = t.upid AND d.kind = {signaled} AND d.status & 127 = e.signal) AS INTEGER) AS fatal,
  CAST(c.took_ns AS INTEGER) AS took_ns,
  CAST(c.reason AS TEXT) AS reason,
  CAST((SELECT w.text FROM trace_crash_words w WHERE w.seq = c.seq) AS TEXT) AS words,
  CAST(c.title AS TEXT) AS title
FROM trace_crash c
JOIN (SELECT seq, time_ns, utid, tid,
             CASE kind WHEN {snapshot} THEN value ELSE (status >> 8) & 255 END AS signal,
             CASE WHEN kind <> {snapshot} THEN value END AS code
      FROM trace_event) e ON e.seq = c.seq
LEFT JOIN trace_task t ON t.utid = e.utid
LEFT JOIN trace_signal_name n ON n.signal = e.signal
LEFT JOIN trace_siginfo i ON i.seq = c.seq;

-- The places of the threads of a crash, level by level: 0 is the innermost. An inlined function has a level of its own.
CREATE VIEW backtrace AS
SELECT
  CAST((SELECT w.run_uuid FROM trace_owner w WHERE w.seq = f.seq) AS TEXT) AS run_uuid,
  CAST(f.seq AS INTEGER) AS seq,
  CAST(f.tid AS INTEGER) AS tid,
  CAST(f.level AS INTEGER) AS level,
  CAST(f.inlined AS INTEGER) AS inlined,
  CAST(f.address AS INTEGER) AS address,
  CAST(f.image AS TEXT) AS image,
  CAST(f.image_address AS INTEGER) AS image_address,
  CAST(f.function AS TEXT) AS function,
  CAST(f.file AS TEXT) AS file,
  CAST(f.line AS INTEGER) AS line
FROM trace_crash_frame f;

-- The threads of a crash, and what they call themselves.
CREATE VIEW crash_thread AS
SELECT
  CAST((SELECT w.run_uuid FROM trace_owner w WHERE w.seq = c.seq) AS TEXT) AS run_uuid,
  CAST(c.seq AS INTEGER) AS seq,
  CAST(c.tid AS INTEGER) AS tid,
  CAST(c.name AS TEXT) AS name
FROM trace_crash_thread c;

-- What the threads of a crash waited for in the kernel.
CREATE VIEW crash_wait AS
SELECT
  CAST((SELECT w.run_uuid FROM trace_owner w WHERE w.seq = c.seq) AS TEXT) AS run_uuid,
  CAST(c.seq AS INTEGER) AS seq,
  CAST(c.tid AS INTEGER) AS tid,
  CAST(c.call AS TEXT) AS call,
  CAST(c.object AS TEXT) AS object,
  CAST(c.holder_tid AS INTEGER) AS holder_tid
FROM trace_crash_wait c;

-- The registers of the thread that the signal of a crash was for.
CREATE VIEW crash_register AS
SELECT
  CAST((SELECT w.run_uuid FROM trace_owner w WHERE w.seq = r.seq) AS TEXT) AS run_uuid,
  CAST(r.seq AS INTEGER) AS seq,
  CAST(r.name AS TEXT) AS name,
  CAST(r.value AS INTEGER) AS value
FROM trace_crash_register r;

-- The files with code that a crashed process had mapped, and where.
CREATE VIEW crash_image AS
SELECT
  CAST((SELECT w.run_uuid FROM trace_owner w WHERE w.seq = m.seq) AS TEXT) AS run_uuid,
  CAST(m.seq AS INTEGER) AS seq,
  CAST(m.start AS INTEGER) AS start_address,
  CAST(m.end_address AS INTEGER) AS end_address,
  CAST(m.path AS TEXT) AS path,
  CAST(m.build_id AS TEXT) AS build_id
FROM trace_crash_image m;

-- Coverage ------------------------------------------------------------------------------------------------------------

-- One row for each run and each program file that it met. instrumented is 1 if it has probes; reason says why it has
-- none.
CREATE VIEW image AS
SELECT
  CAST(COALESCE(m.run_uuid, (SELECT run_uuid FROM trace_run)) AS TEXT) AS run_uuid,
  CAST(i.image_id AS INTEGER) AS image_id,
  CAST(COALESCE(m.path, i.path) AS TEXT) AS path,
  i.build_id, i.instrumented, i.probes, i.reason
FROM trace_image i LEFT JOIN trace_part_image m ON m.image_id = i.image_id;

-- One row for each hit and each source line that the probe tells of. A hit is the first stop at a probe in one
-- address space; seq is the row in which the probe was lifted, or first counted, stop_seq the stop before it. Where a flag told of it
-- (--hits=flags), both are the row that was told so, some time later, and address is NULL. And one row for each line that had
-- begun when a signal stopped a thread before its probe: address is then the line's own, seq and stop_seq that stop. In a compacted
-- log most have no seq, time_ns, stop_seq and address.
CREATE VIEW hit AS
SELECT
  CAST((SELECT w.run_uuid FROM trace_owner w WHERE w.seq = e.seq) AS TEXT) AS run_uuid,
  CAST(e.seq AS INTEGER) AS seq,
  CAST(e.time_ns AS INTEGER) AS time_ns,
  CAST(t.upid AS INTEGER) AS upid,
  CAST(e.utid AS INTEGER) AS utid,
  CAST(p.image_id AS INTEGER) AS image_id,
  CAST(e.address AS INTEGER) AS address,
  CAST(f.path AS TEXT) AS file,
  CAST(l.line AS INTEGER) AS line,
  CAST(n.name AS TEXT) AS function,
  CAST(e.exec_id AS INTEGER) AS exec_id,
  CAST(e.probe_id AS INTEGER) AS probe_id,
  CAST(e.cause_seq AS INTEGER) AS stop_seq
FROM trace_hit e
LEFT JOIN trace_task t ON t.utid = e.utid
LEFT JOIN trace_probe p ON p.probe_id = e.probe_id
LEFT JOIN trace_probe_line l ON l.probe_id = e.probe_id
LEFT JOIN trace_file f ON f.file_id = l.file_id
LEFT JOIN trace_function n ON n.function_id = l.function_id
UNION ALL
SELECT
  CAST((SELECT w.run_uuid FROM trace_owner w WHERE w.seq = e.seq) AS TEXT) AS run_uuid,
  CAST(e.seq AS INTEGER) AS seq,
  CAST(e.time_ns AS INTEGER) AS time_ns,
  CAST(t.upid AS INTEGER) AS upid,
  CAST(e.utid AS INTEGER) AS utid,
  CAST(p.image_id AS INTEGER) AS image_id,
  CAST(r.address + r.load_bias AS INTEGER) AS address,
  CAST(f.path AS TEXT) AS file,
  CAST(l.line AS INTEGER) AS line,
  CAST(n.name AS TEXT) AS function,
  CAST(r.exec_id AS INTEGER) AS exec_id,
  CAST(r.probe_id AS INTEGER) AS probe_id,
  CAST(e.seq AS INTEGER) AS stop_seq
FROM trace_reached r
JOIN trace_event e ON e.seq = r.seq
LEFT JOIN trace_task t ON t.utid = e.utid
LEFT JOIN trace_probe p ON p.probe_id = r.probe_id
LEFT JOIN trace_probe_line l ON l.probe_id = r.probe_id AND l.address = r.address
LEFT JOIN trace_file f ON f.file_id = l.file_id
LEFT JOIN trace_function n ON n.function_id = l.function_id
UNION ALL
SELECT
  CAST((SELECT w.run_uuid FROM trace_owner w WHERE w.seq = k.seq) AS TEXT) AS run_uuid,
  CAST(NULL AS INTEGER) AS seq,
  CAST(NULL AS INTEGER) AS time_ns,
  CAST(k.upid AS INTEGER) AS upid,
  CAST(s.utid AS INTEGER) AS utid,
  CAST(p.image_id AS INTEGER) AS image_id,
  CAST(NULL AS INTEGER) AS address,
  CAST(f.path AS TEXT) AS file,
  CAST(l.line AS INTEGER) AS line,
  CAST(n.name AS TEXT) AS function,
  CAST(s.exec_id AS INTEGER) AS exec_id,
  CAST(s.id AS INTEGER) AS probe_id,
  CAST(NULL AS INTEGER) AS stop_seq
FROM trace_summed s
LEFT JOIN trace_task k ON k.utid = s.utid
LEFT JOIN trace_probe p ON p.probe_id = s.id
LEFT JOIN trace_probe_line l ON l.probe_id = s.id
LEFT JOIN trace_file f ON f.file_id = l.file_id
LEFT JOIN trace_function n ON n.function_id = l.function_id
WHERE s.kind = 1;

-- The ways of conditional jumps that were taken, by image.
CREATE VIEW trace_way_taken AS
SELECT DISTINCT p.image_id, b.jump AS address, b.way
FROM trace_branch_probe b JOIN trace_probe p ON p.probe_id = b.probe_id
WHERE b.probe_id IN (SELECT probe_id FROM trace_lift)
   OR (b.probe_id, b.address) IN (SELECT probe_id, address FROM trace_reached)
UNION
SELECT w.image_id, w.address, t.way FROM trace_way t JOIN trace_watch w ON w.watch_id = t.watch_id WHERE t.way <> 0
UNION
SELECT w.image_id, w.address, t.kind - 1 FROM trace_summed t JOIN trace_watch w ON w.watch_id = t.id WHERE t.kind IN (2, 3);

-- Whether they were, by image: NULL where nobody knows. A watch that was retired before it saw what it stood for can't say what
-- came then.
CREATE VIEW trace_way_told AS
SELECT b.image_id, b.address, b.way, b.file_id, b.line, b.number, b.condition, b.to_line,
  CASE WHEN t.way IS NOT NULL THEN 1
       WHEN b.told = 1 OR (b.told = 2 AND b.watch_id NOT IN (SELECT value FROM trace_event WHERE kind = {retire}
                                                   UNION ALL SELECT id FROM trace_summed WHERE kind = 4)) THEN 0
  END AS taken
FROM trace_branch b
LEFT JOIN trace_way_taken t ON t.image_id = b.image_id AND t.address = b.address AND t.way = b.way
WHERE (b.file_id, b.image_id) NOT IN (SELECT file_id, image_id FROM trace_older_text);

-- One row for each way of each conditional jump of a line, and of each jump by the table of a switch. Of instances of one line (a template, a header) those with the same number
-- are one: it was taken if it was taken in any.
CREATE VIEW branch AS
WITH
  united AS (
    SELECT file_id, line, number, condition, MIN(way) AS way, MIN(to_line) AS to_line,
      CASE WHEN MAX(taken) = 1 THEN 1 WHEN COUNT(taken) = COUNT(*) THEN 0 END AS taken
    FROM trace_way_told GROUP BY file_id, line, number),
  reached AS (
    SELECT file_id, line, condition,
      CASE WHEN MAX(taken) = 1 THEN 1 WHEN COUNT(taken) = COUNT(*) THEN 0 END AS reached
    FROM united GROUP BY file_id, line, condition)
SELECT
  CAST((SELECT run_uuid FROM trace_only_run) AS TEXT) AS run_uuid,
  CAST(f.path AS TEXT) AS file,
  CAST(u.line AS INTEGER) AS line,
  CAST(u.number AS INTEGER) AS branch,
  CAST(u.taken AS INTEGER) AS taken,
  CAST(u.condition AS INTEGER) AS condition,
  CAST(CASE u.way WHEN 1 THEN 'on' WHEN 2 THEN 'jump' ELSE 'case' END AS TEXT) AS way,
  CAST(u.to_line AS INTEGER) AS to_line,
  CAST(r.reached AS INTEGER) AS reached
FROM united u
JOIN trace_file f ON f.file_id = u.file_id
JOIN reached r ON r.file_id = u.file_id AND r.line = u.line AND r.condition = u.condition;

-- One row for each source line that any probe tells of, hit or not. hits is that of the busiest place where it begins in an image,
-- added up over the images that it is linked into and over the runs of the log; processes is how many reached the line.
-- executions is how often it ran, NULL where that was not counted (--count); exact is 0 if it ran at least so often, but not all was counted.
-- exceptional is 1 if only an exception that is thrown leads to it, as to a handler, or to what is done for it alone.
CREATE VIEW line_coverage AS
WITH
  hit_in_image AS (
    SELECT h.file_id, h.line, MAX(h.hits) AS hits, MIN(h.first_seq) AS first_seq
    FROM (SELECT l.file_id, l.line, h.probe_id, h.part, h.hits, h.first_seq
          FROM trace_probe_hit h JOIN trace_told_line l ON l.probe_id = h.probe_id
          UNION ALL
          SELECT file_id, line, site, part, hits, first_seq FROM trace_site_hit) h
    LEFT JOIN trace_probe p ON p.probe_id = h.probe_id
    GROUP BY h.file_id, h.line, h.part, p.image_id),
  hit_at_all AS (
    SELECT file_id, line, SUM(hits) AS hits, MIN(first_seq) AS first_seq FROM hit_in_image GROUP BY file_id, line),
  probed AS (
    SELECT l.file_id, l.line, COUNT(*) AS probes, COUNT(h.probe_id) AS probes_hit,
           MIN(COALESCE(p.exceptional, 0)) AS exceptional
    FROM trace_told_line l JOIN trace_probe p ON p.probe_id = l.probe_id
    LEFT JOIN (SELECT DISTINCT probe_id FROM trace_lift) h ON h.probe_id = l.probe_id
    GROUP BY l.file_id, l.line),
  reached AS (
    SELECT l.file_id, l.line, COUNT(DISTINCT v.upid) AS processes
    FROM trace_visit v JOIN trace_told_line l ON l.probe_id = v.probe_id AND (v.address IS NULL OR l.address = v.address)
    GROUP BY l.file_id, l.line)
SELECT
  CAST((SELECT run_uuid FROM trace_only_run) AS TEXT) AS run_uuid,
  CAST(f.path AS TEXT) AS file,
  CAST(p.line AS INTEGER) AS line,
  CAST(p.probes AS INTEGER) AS probes,
  CAST(p.probes_hit AS INTEGER) AS probes_hit,
  CAST(COALESCE(h.hits, 0) AS INTEGER) AS hits,
  CAST(COALESCE(r.processes, 0) AS INTEGER) AS processes,
  CAST(h.first_seq AS INTEGER) AS first_seq,
  CAST(CASE WHEN h.hits > 0 THEN MAX(x.times, h.hits) ELSE x.times * 0 END AS INTEGER) AS executions,
  CAST(CASE WHEN x.times IS NOT NULL THEN COALESCE(h.hits, 0) = 0 OR NOT x.at_least END AS INTEGER) AS exact,
  CAST(p.exceptional AS INTEGER) AS exceptional
FROM probed p
JOIN trace_file f ON f.file_id = p.file_id
LEFT JOIN hit_at_all h ON h.file_id = p.file_id AND h.line = p.line
LEFT JOIN trace_line_times x ON x.file_id = p.file_id AND x.line = p.line
LEFT JOIN reached r ON r.file_id = p.file_id AND r.line = p.line;

-- One row for each function with a probe, by the file and line of its declaration, in files that have lines. hits is
-- that of its busiest place in an image, added up over the images and the runs; linkage_name is the symbol's, the same as
-- function where there is no other.
CREATE VIEW function_coverage AS
WITH
  placed AS (
    SELECT n.function_id, n.image_id, n.name, COALESCE(n.linkage_name, n.name) AS linkage_name,
           CAST(COALESCE(n.file_id, MIN(l.file_id)) AS INTEGER) AS file_id,
           CAST(COALESCE(n.line, MIN(l.line)) AS INTEGER) AS line
    FROM trace_told_line l JOIN trace_function n ON n.function_id = l.function_id
    GROUP BY n.function_id),
  hit_in_image AS (
    SELECT g.file_id, g.name, g.line, MAX(h.hits) AS hits
    FROM (SELECT l.function_id, h.part, h.hits
          FROM trace_probe_hit h JOIN trace_told_line l ON l.probe_id = h.probe_id
          UNION ALL
          SELECT function_id, part, hits FROM trace_site_hit) h
    JOIN placed g ON g.function_id = h.function_id
    GROUP BY g.file_id, g.name, g.line, h.part, g.image_id),
  hit_at_all AS (SELECT file_id, name, line, SUM(hits) AS hits FROM hit_in_image GROUP BY file_id, name, line)
SELECT
  CAST((SELECT run_uuid FROM trace_only_run) AS TEXT) AS run_uuid,
  CAST(f.path AS TEXT) AS file,
  CAST(g.name AS TEXT) AS function,
  CAST(g.line AS INTEGER) AS line,
  CAST(COALESCE(h.hits, 0) AS INTEGER) AS hits,
  CAST(MIN(g.linkage_name) AS TEXT) AS linkage_name
FROM placed g
JOIN trace_file f ON f.file_id = g.file_id
LEFT JOIN hit_at_all h ON h.file_id = g.file_id AND h.name = g.name AND h.line = g.line
WHERE g.file_id IN (SELECT file_id FROM trace_told_line)
GROUP BY g.file_id, g.name, g.line;

-- One row for each source file with a probe.
CREATE VIEW file_coverage AS
SELECT
  CAST(run_uuid AS TEXT) AS run_uuid,
  CAST(file AS TEXT) AS file,
  CAST(COUNT(*) AS INTEGER) AS lines,
  CAST(SUM(hits > 0) AS INTEGER) AS lines_hit,
  CAST(100.0 * SUM(hits > 0) / COUNT(*) AS REAL) AS percent,
  CAST(rtrim(rtrim(file, replace(file, '/', '')), '/') AS TEXT) AS folder
FROM line_coverage
GROUP BY file;

-- One row for each source file and each image with a probe in it: the text of the file, or the reason why it was not kept.
-- content is as it is stored; sqlite3's sqlar_uncompress(content, size_bytes) is the text.
CREATE VIEW source AS
SELECT
  CAST(COALESCE(m.run_uuid, (SELECT run_uuid FROM trace_run)) AS TEXT) AS run_uuid,
  CAST(f.path AS TEXT) AS file,
  CAST(k.image_id AS INTEGER) AS image_id,
  CAST(k.hash AS TEXT) AS hash,
  CAST(s.size_bytes AS INTEGER) AS size_bytes,
  CAST(k.newer AS INTEGER) AS newer,
  CAST(k.reason AS TEXT) AS reason,
  CAST(s.content AS BLOB) AS content
FROM trace_file_source k
JOIN trace_file f ON f.file_id = k.file_id
LEFT JOIN trace_source s ON s.hash = k.hash
LEFT JOIN (SELECT DISTINCT run_uuid, image_id FROM trace_part_image) m ON m.image_id = k.image_id;

-- Tests ---------------------------------------------------------------------------------------------------------------

-- What a program is called as a test, by who says so; of several, the smallest rank counts. A command line of ctest's is that of
-- the program; of a script it is what comes behind the interpreter. One command line may be the end of another, that of a wrapper:
-- so the longest that fits counts, `fit` being its length.
CREATE VIEW trace_test_name AS
SELECT x.seq, x.upid, CAST(1 AS INTEGER) AS rank, CAST(length(c.argv) AS INTEGER) AS fit, CAST('ctest' AS TEXT) AS runner, c.name
FROM trace_process_exec x JOIN trace_test_command c ON c.argv = x.argv
UNION ALL
SELECT x.seq, x.upid, 1, length(c.argv), 'ctest', c.name
FROM trace_process_exec x
JOIN trace_origin o ON o.upid = x.upid
JOIN trace_program g ON g.upid = o.parent_upid
JOIN trace_exec p ON p.seq = g.seq AND p.path LIKE '%/ctest'
JOIN trace_test_command c ON substr(x.argv, -length(c.argv)) = ',' || substr(c.argv, 2)
UNION ALL
SELECT x.seq, x.upid,
  CASE v.name WHEN 'NEXTEST_TEST_NAME' THEN 3 WHEN 'PYTEST_CURRENT_TEST' THEN 6 WHEN 'BATS_TEST_DESCRIPTION' THEN 7 ELSE 8 END,
  0,
  CASE v.name WHEN 'NEXTEST_TEST_NAME' THEN 'cargo-nextest' WHEN 'PYTEST_CURRENT_TEST' THEN 'pytest' ELSE 'bats' END,
  CASE WHEN v.name <> 'PYTEST_CURRENT_TEST' THEN v.value
       WHEN v.value LIKE '% (call)' THEN substr(v.value, 1, length(v.value) - 7)
       WHEN v.value LIKE '% (setup)' THEN substr(v.value, 1, length(v.value) - 8)
       WHEN v.value LIKE '% (teardown)' THEN substr(v.value, 1, length(v.value) - 11)
       ELSE v.value END
FROM trace_exec_env v JOIN trace_process_exec x ON x.seq = v.seq
WHERE v.change <> 3 AND v.value <> ''
  AND v.name IN ('NEXTEST_TEST_NAME', 'PYTEST_CURRENT_TEST', 'BATS_TEST_DESCRIPTION', 'BATS_TEST_NAME')
UNION ALL
SELECT seq, upid, 4, 0, 'googletest', name
FROM (SELECT seq, upid, substr(filter, 1, instr(filter, '"') - 1) AS name
      FROM (SELECT seq, upid, substr(argv, instr(argv, '"--gtest_filter=') + 16) AS filter
            FROM trace_process_exec WHERE instr(argv, '"--gtest_filter=') > 0))
WHERE name GLOB '*?.?*' AND name NOT GLOB '*[*?:-]*'
UNION ALL
SELECT seq, upid, 5, 0, 'cargo test', name
FROM (SELECT seq, upid,
             CASE WHEN behind LIKE '-%' THEN substr(first, 1, instr(first, '"') - 1)
                  ELSE substr(behind, 1, instr(behind, '"') - 1) END AS name
      FROM (SELECT seq, upid, substr(argv, instr(argv, '","') + 3) AS first,
                   CASE WHEN instr(argv, '"--exact","') > 0 THEN substr(argv, instr(argv, '"--exact","') + 11) ELSE '-' END AS behind
            FROM trace_process_exec
            WHERE instr(argv, '"--exact"') > 0 AND path GLOB '*/deps/*-????????????????'))
WHERE name <> '' AND name NOT LIKE '-%';

-- A child of ctest that nothing names is a test all the same: it goes by its command line, without the folder of the program.
CREATE VIEW trace_ctest_child AS
SELECT c.upid, CAST(replace(c.program, rtrim(c.program, replace(c.program, '/', '')), '') || c.rest AS TEXT) AS name
FROM (SELECT upid, substr(line, 1, instr(line || '","', '","') - 1) AS program,
             replace(substr(line, instr(line || '","', '","')), '","', ' ') AS rest
      FROM (SELECT x.upid, substr(x.argv, 3, length(x.argv) - 4) AS line, MIN(x.seq) AS seq
            FROM trace_process_exec x
            JOIN trace_origin o ON o.upid = x.upid
            JOIN trace_program g ON g.upid = o.parent_upid
            JOIN trace_exec p ON p.seq = g.seq AND p.path LIKE '%/ctest'
            GROUP BY x.upid)) c
WHERE c.upid NOT IN (SELECT upid FROM trace_test_name)
  AND c.upid NOT IN (SELECT a.ancestor_upid FROM process_ancestor a JOIN trace_test_name n ON n.upid = a.upid);

-- The name of each process that has one: by rank, then by fit, then the first.
CREATE VIEW trace_named_process AS
SELECT upid, CAST(runner AS TEXT) AS runner, CAST(name AS TEXT) AS name,
       CAST(MIN((rank << 58) + ((1048575 - MIN(fit, 1048575)) << 38) + seq) AS INTEGER) AS best
FROM trace_test_name GROUP BY upid
UNION ALL
SELECT upid, 'ctest', name, 0 FROM trace_ctest_child;

-- One row for each process that is a test or part of one, and is below no other such process: the test is all that it did and
-- its descendants. A run that was recorded with --test is one test.
CREATE VIEW test_process AS
WITH whole AS (SELECT run_uuid, value AS name FROM run_tag WHERE key = 'test.case.name')
SELECT r.run_uuid, CAST(w.name AS TEXT) AS test, CAST('--test' AS TEXT) AS runner,
       CAST(COALESCE((SELECT p.upid_base FROM trace_part p WHERE p.run_uuid = r.run_uuid), 0) + 1 AS INTEGER) AS upid
FROM trace_run r JOIN whole w ON w.run_uuid = r.run_uuid
UNION ALL
SELECT run_uuid, test, runner, upid
FROM (SELECT CAST((SELECT w.run_uuid FROM trace_owner w WHERE w.seq = o.seq) AS TEXT) AS run_uuid,
             n.name AS test, n.runner, CAST(n.upid AS INTEGER) AS upid
      FROM trace_named_process n JOIN trace_origin o ON o.upid = n.upid
      WHERE n.upid NOT IN (SELECT a.upid FROM process_ancestor a JOIN trace_named_process b ON b.upid = a.ancestor_upid))
WHERE run_uuid NOT IN (SELECT run_uuid FROM whole);

-- Each process of a test. The view of tests is long, so it stands here once: SQLite compiles it again wherever it is named.
CREATE VIEW trace_test_member AS
SELECT m.upid, t.run_uuid, t.test, t.runner
FROM test_process t
JOIN (SELECT upid, upid AS test_upid FROM trace_origin
      UNION ALL
      SELECT upid, ancestor_upid FROM process_ancestor) m ON m.test_upid = t.upid;

-- One row for each test of a run. duration_ns is that of its processes, one after another if it ran again. failed is 1 if one
-- of them did not end with 0; NULL for pytest and bats, whose processes are only children of the test. user_us and
-- system_us are of all its processes with a parent that waited for them, max_rss_kib of the largest.
CREATE VIEW test AS
SELECT
  CAST(t.run_uuid AS TEXT) AS run_uuid,
  CAST(t.test AS TEXT) AS test,
  CAST(t.runner AS TEXT) AS runner,
  CAST(COUNT(*) AS INTEGER) AS processes,
  CAST(MIN(p.start_ns) AS INTEGER) AS start_ns,
  CAST(SUM(p.duration_ns) AS INTEGER) AS duration_ns,
  CAST(CASE WHEN t.runner IN ('pytest', 'bats') THEN NULL
            ELSE MAX(p.term_signal IS NOT NULL OR p.exit_code <> 0) END AS INTEGER) AS failed,
  CAST(SUM(p.user_us) AS INTEGER) AS user_us,
  CAST(SUM(p.system_us) AS INTEGER) AS system_us,
  CAST(MAX(p.max_rss_kib) AS INTEGER) AS max_rss_kib
FROM test_process t JOIN process p ON p.upid = t.upid
GROUP BY t.run_uuid, t.runner, t.test;

-- One row for each test and each line that it ran.
CREATE VIEW test_line AS
SELECT
  CAST(m.run_uuid AS TEXT) AS run_uuid,
  CAST(m.test AS TEXT) AS test,
  CAST(m.runner AS TEXT) AS runner,
  CAST(h.file AS TEXT) AS file,
  CAST(h.line AS INTEGER) AS line,
  CAST(MIN(h.function) AS TEXT) AS function,
  CAST(MIN(h.seq) AS INTEGER) AS first_seq
FROM hit h
JOIN trace_test_member m ON m.upid = h.upid
WHERE h.line IS NOT NULL
GROUP BY m.run_uuid, m.runner, m.test, h.file, h.line;

-- Output --------------------------------------------------------------------------------------------------------------

-- One row for each write to standard output (fd 1) or standard error (fd 2), wherever that leads. text is what was written, as it
-- was; shorter than bytes where some was left out, and then the first `head` bytes of it are the first ones.
CREATE VIEW output AS
SELECT
  CAST((SELECT w.run_uuid FROM trace_owner w WHERE w.seq = o.seq) AS TEXT) AS run_uuid,
  CAST(o.seq AS INTEGER) AS seq,
  CAST(e.time_ns AS INTEGER) AS time_ns,
  CAST(t.upid AS INTEGER) AS upid,
  CAST(e.utid AS INTEGER) AS utid,
  CAST(o.fd AS INTEGER) AS fd,
  CAST(o.bytes AS INTEGER) AS bytes,
  CAST(o.head AS INTEGER) AS head,
  CAST(o.data AS TEXT) AS text
FROM trace_output o
JOIN trace_event e ON e.seq = o.seq
LEFT JOIN trace_task t ON t.utid = e.utid;

-- The log as people read it -------------------------------------------------------------------------------------------

-- One row for each row of trace_event. kind is a word of ptrace(2) or wait(2); status is the raw wait status; signal is
-- the one that was reported, delivered or sent; result of an action is that of the system call, 0 or -1, and error then
-- has the errno's name; detail says in a few words what the numbers mean.
CREATE VIEW event AS
SELECT
  CAST((SELECT w.run_uuid FROM trace_owner w WHERE w.seq = e.seq) AS TEXT) AS run_uuid,
  CAST(e.seq AS INTEGER) AS seq,
  CAST(e.time_ns AS INTEGER) AS time_ns,
  CAST(COALESCE(k.name, 'unknown ' || e.kind) AS TEXT) AS kind,
  CAST(e.tid AS INTEGER) AS tid,
  CAST(e.utid AS INTEGER) AS utid,
  CAST(t.upid AS INTEGER) AS upid,
  CAST(e.status AS INTEGER) AS status,
  CAST(e.signal AS INTEGER) AS signal,
  CAST(e.address AS INTEGER) AS address,
  CAST(CASE WHEN e.error = 0 THEN 0 WHEN e.error IS NOT NULL THEN -1 END AS INTEGER) AS result,
  CAST(CASE WHEN e.error <> 0 THEN COALESCE(r.name, 'errno ' || e.error) END AS TEXT) AS error,
  CAST(e.cause_seq AS INTEGER) AS cause_seq,
  CAST(CASE
    WHEN e.kind = {spawned} THEN (SELECT u.argv FROM trace_run u JOIN trace_owner w ON w.run_uuid = u.run_uuid
                          WHERE w.seq = e.seq)
    WHEN e.kind = {exited} THEN 'exit code ' || ((e.status >> 8) & 255)
    WHEN e.kind = {signaled} THEN COALESCE(n.name, 'signal ' || e.signal) ||
                         CASE WHEN e.status & 128 <> 0 THEN ', core dumped' ELSE '' END
    WHEN e.kind IN ({signal_delivery_stop, recorder_signal}) THEN COALESCE(n.name, 'signal ' || e.signal) ||
                         COALESCE((SELECT ' from pid ' || i.pid FROM trace_siginfo i WHERE i.seq = e.seq), '')
    WHEN e.kind IN ({event_fork, event_vfork, event_clone}) THEN (SELECT 'child ' || c.tid FROM trace_new_task c WHERE c.seq = e.seq)
    WHEN e.kind IN ({event_exec, surveyed}) THEN (SELECT x.path FROM trace_exec x WHERE x.seq = e.seq)
    WHEN e.kind = {attached} THEN 'process ' || e.value
    WHEN e.kind IN ({timer, set_timer}) THEN CASE e.value WHEN 1 THEN 'timeout' WHEN 2 THEN 'orphans' WHEN 3 THEN 'claim' WHEN 4 THEN 'stop' WHEN 5 THEN 'attach' END
    WHEN e.kind = {recording_failed} THEN (SELECT name FROM trace_error_name WHERE error = e.value)
    WHEN e.kind IN ({with image_id}) THEN (SELECT path FROM trace_image WHERE image_id = e.value)
    WHEN e.kind IN ({with probe_id}) THEN
      (SELECT f.path || ':' || l.line FROM trace_probe_line l JOIN trace_file f ON f.file_id = l.file_id
       WHERE l.probe_id = e.value ORDER BY l.file_id, l.line LIMIT 1)
    WHEN e.kind IN ({with watch_id}) THEN
      (SELECT CASE w.kind WHEN 1 THEN '_dl_debug_state' WHEN 2 THEN 'sigaction' WHEN 3 THEN 'pthread_sigmask'
                          WHEN 4 THEN 'rt_sigreturn' WHEN 5 THEN 'clone' WHEN 6 THEN 'syscall'
                          WHEN 7 THEN 'write' WHEN 8 THEN 'writev' END
       FROM trace_watch w WHERE w.watch_id = e.value)
    WHEN e.kind = {set_pc} THEN printf('0x%x', e.address)
    ELSE n.name END AS TEXT) AS detail
FROM (SELECT seq, time_ns, kind, tid, utid, status, address, value, error, cause_seq,
             CASE WHEN kind IN ({signal_delivery_stop, group_stop}) THEN (status >> 8) & 255
                  WHEN kind = {signaled} THEN status & 127
                  WHEN kind IN ({recorder_signal, with signal}) AND value <> 0 THEN value END AS signal
      FROM trace_event) e
LEFT JOIN trace_event_kind k ON k.kind = e.kind
LEFT JOIN trace_task t ON t.utid = e.utid
LEFT JOIN trace_signal_name n ON n.signal = e.signal
LEFT JOIN trace_error_name r ON r.error = e.error;

-- The recorder's remarks about the recording: programs without probes and why, lost data, a
-- timeout. severity is info, notice, data_loss or error; key is a stable word; remedy is what to do about it.
CREATE VIEW diagnostic AS
SELECT
  CAST(COALESCE(run_uuid, (SELECT run_uuid FROM trace_run)) AS TEXT) AS run_uuid,
  time_ns, severity, key, message, remedy
FROM trace_diagnostic;

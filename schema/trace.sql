-- A Recount log: one SQLite file, one recorded run, or several that were merged. These are the tables; views.sql has the
-- views that users ask.
-- README.md beside this file is the manual: how to tell a complete log from a cut one, what each kind of row means.
--
-- Units: times are nanoseconds of CLOCK_MONOTONIC since the recording's start; the wall clock stands once, in trace_run.
-- Ids (utid, upid, exec_id, image_id, probe_id, ...) are the recording's own, from 1, never given twice.
-- Rows are only ever added while it is recorded, but for trace_run, whose row is completed when the recording ends, and trace_output, whose data is
-- dropped where a process writes more than is kept.
-- No CHECK on words: it makes inserts three to five times slower. Words are in trace_event_kind, numbers in the rows.

CREATE TABLE trace_run (
  run_uuid           TEXT NOT NULL,
  argv               TEXT NOT NULL,     -- JSON array
  cwd                TEXT NOT NULL,
  start_unix_ns      INTEGER NOT NULL,  -- CLOCK_REALTIME when time_ns was 0
  duration_ns        INTEGER,           -- NULL while running, or for ever if the recorder was killed
  status             TEXT NOT NULL,     -- running, complete, aborted
  hostname           TEXT NOT NULL,
  kernel             TEXT NOT NULL,     -- uname -r
  arch               TEXT NOT NULL,     -- uname -m
  tool_version       TEXT NOT NULL,
  schema_version     INTEGER NOT NULL,  -- a reader refuses a larger one
  schema_minor       INTEGER NOT NULL,  -- larger: more tables, columns, views; nothing less
  machine_version    INTEGER NOT NULL,
  source_roots       TEXT NOT NULL,     -- JSON array of absolute folders
  coverage           INTEGER NOT NULL,  -- 0: --no-coverage
  timeout_ns         INTEGER NOT NULL,  -- the machine's rules: timeout_ns (--timeout, or --for) to wait_root
  orphan_grace_ns    INTEGER NOT NULL,
  claim_grace_ns     INTEGER NOT NULL,
  wait_root          INTEGER NOT NULL,
  probes_per         TEXT,              -- what has a probe of its own: line, block; NULL: an older log, line
  scope              TEXT,              -- of the machine's rules: process, run, fork; NULL: an older log, process
  count_limit        INTEGER,           -- of the machine's rules: after how many executions a counted probe leaves a memory, 0: it
                                        -- stays; NULL: no executions were counted
  event_count        INTEGER            -- rows of trace_event, written when the recording ends
);

-- A merged log: which rows are whose. Empty in the log of one run. Each run of the log has a row here and one in trace_run.
CREATE TABLE trace_part (
  first_seq INTEGER NOT NULL,     -- the run's rows of trace_event; the parts follow each other without gaps
  last_seq  INTEGER NOT NULL,     -- first_seq - 1 if the run has none
  run_uuid  TEXT NOT NULL,
  utid_base INTEGER NOT NULL,     -- the machine counts this run's utid, upid and exec_id from here, plus one
  upid_base INTEGER NOT NULL,
  exec_base INTEGER NOT NULL,
  PRIMARY KEY (first_seq, last_seq, run_uuid)
) WITHOUT ROWID;

-- What the run is called elsewhere: by its user (--tag), its CI, git, the machine.
CREATE TABLE trace_run_tag (
  key      TEXT NOT NULL,         -- of OpenTelemetry's semantic conventions, where they have one
  value    TEXT NOT NULL,
  run_uuid TEXT                   -- a merged log: whose; else NULL
);

-- The tests that ctest has, as recount-record --ctest LIST was told. Names are not handed to the tests themselves.
CREATE TABLE trace_test_command (
  name TEXT NOT NULL,
  argv TEXT NOT NULL,             -- JSON array, as in trace_exec
  PRIMARY KEY (name, argv)
) WITHOUT ROWID;

-- What happened and what was done about it, in order. Which column a kind uses, in the order of README.md:
CREATE TABLE trace_event (
  seq       INTEGER PRIMARY KEY,  -- 1, 2, 3, ... without gaps
  time_ns   INTEGER NOT NULL,
  kind      INTEGER NOT NULL,     -- trace_event_kind
  tid       INTEGER,              -- the kernel's number; NULL if it concerns no task
  utid      INTEGER,              -- the machine's id for that task
  status    INTEGER,              -- what wait4 returned: the raw wait status, bit for bit
  address   INTEGER,              -- signal_delivery_stop of SIGTRAP: pc; of an ignored signal, event_stop: pc if a system
                                  -- call was broken off by the stop alone; lift, mend, emulate: the probe's; pass, retire, arm: the
                                  -- watch's; set_pc: the new pc; plant, unplant, annex, flag: the load bias; attached: of a
                                  -- descendant's leader, its parent's number. 64 bits, so the upper half of the space is
                                  -- negative
  value     INTEGER,              -- syscall_stop: what an injected shmat or prctl returned; reveal: 1 PR_GET_DUMPABLE, 2 PR_SET_DUMPABLE to 1, 3 back to 0; pass, retire, arm, trace_child: watch_id; inject: the handler to set, 0: what is set is read;
                                  -- event_*: PTRACE_GETEVENTMSG, but for event_stop and group_stop: 1 if an executed
                                  -- int3 is still to be reported; signal_delivery_stop: si_code; recorder_signal,
                                  -- cont, syscall, detach, kill: the signal; seize: the options; plant, unplant, annex,
                                  -- flag: image_id; lift, mend, emulate: probe_id; timer, set_timer: 1 timeout, 2 orphans, 3 claim, 4 stop,
                                  -- 5 attach; surveyed, of an orphan: the last annex in its memory;
                                  -- recording_failed: an errno
  exec_id   INTEGER,              -- event_exec, surveyed: the new one; plant, flag, lift: the one that was running
  error     INTEGER,              -- actions: 0 or the errno
  cause_seq INTEGER               -- actions: the observation that this answers
);

CREATE TABLE trace_event_kind (kind INTEGER PRIMARY KEY, name TEXT NOT NULL, is_action INTEGER NOT NULL,
                               meaning TEXT NOT NULL);
CREATE TABLE trace_signal_name (signal INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE trace_error_name (error INTEGER PRIMARY KEY, name TEXT NOT NULL, meaning TEXT NOT NULL);

-- Who a task is. One row for each task that an event brought to life or identified; a task whose own first stop came
-- before its parent's event has earlier rows in trace_event under the same utid.
CREATE TABLE trace_birth (
  seq         INTEGER NOT NULL,  -- spawned, attached, event_fork, event_vfork, event_clone; surveyed, timer: its parent
                                 -- never told
  utid        INTEGER NOT NULL,
  upid        INTEGER NOT NULL,  -- of a thread: its process's
  tid         INTEGER NOT NULL,
  parent_upid INTEGER            -- NULL for the root and where nobody knows
);

-- What was observed beside the wait status, by seq of its event.
CREATE TABLE trace_new_task (    -- event_fork, event_vfork, event_clone
  seq    INTEGER PRIMARY KEY,
  tid    INTEGER NOT NULL,
  tgid   INTEGER NOT NULL,       -- 0: it had gone before it could be asked
  memory INTEGER NOT NULL        -- kcmp(KCMP_VM) with the parent: 0 not known, 1 a copy, 2 shared
);
CREATE TABLE trace_exec (        -- event_exec; surveyed, of the program that runs already
  seq       INTEGER PRIMARY KEY,
  exec_id   INTEGER NOT NULL,
  path      TEXT NOT NULL,
  argv      TEXT NOT NULL,       -- JSON array
  cwd       TEXT NOT NULL,
  image_id  INTEGER,             -- NULL: the file could not be read
  load_bias INTEGER NOT NULL     -- add it to an address of the image to get one of the process
);
CREATE TABLE trace_exec_env (    -- event_exec: each variable that is not as it was before, in the process's last program or in what
  seq      INTEGER NOT NULL,     -- its parent ran at its birth. Of the run's first exec: each variable. None with --env none
  name     TEXT NOT NULL,
  change   INTEGER NOT NULL,     -- 1 set, 2 changed, 3 unset
  value    TEXT,                 -- NULL: unset, redacted, or not among those that --env safe keeps
  redacted INTEGER NOT NULL      -- 1: name or value are those of a secret
);
CREATE TABLE trace_trap_state (  -- event_exec, if either is so: what the program was started with; surveyed: what is set
  seq     INTEGER PRIMARY KEY,
  blocked INTEGER NOT NULL,      -- SIGTRAP is, in the mask
  ignored INTEGER NOT NULL       -- SIGTRAP is
);
CREATE TABLE trace_call (        -- signal_delivery_stop at a watch of a function of the C library; syscall_stop of a task that is served
  seq     INTEGER PRIMARY KEY,
  number  INTEGER NOT NULL,      -- of the system call that it is about to make, on x86-64
  first   INTEGER NOT NULL,      -- rt_sigaction: the signal; rt_sigprocmask: how; clone: the flags; ptrace: the request
  has_new INTEGER NOT NULL,      -- rt_sigaction, rt_sigprocmask: something is to be changed
  mask    INTEGER NOT NULL,      -- rt_sigaction: sa_mask; rt_sigprocmask: the set; rt_sigreturn: what will be in force
  handler INTEGER NOT NULL,      -- rt_sigaction: 0 SIG_DFL, 1 SIG_IGN, or an address
  flags   INTEGER NOT NULL       -- rt_sigaction: sa_flags; ptrace, wait4: the task's number
);
CREATE TABLE trace_output (      -- signal_delivery_stop at a watch of where the C library has written
  seq   INTEGER PRIMARY KEY,
  fd    INTEGER NOT NULL,        -- 1 standard output, 2 standard error
  bytes INTEGER NOT NULL,        -- that were written
  head  INTEGER NOT NULL,        -- of `data`: so many are the first of them, the others the last
  data  BLOB                     -- as they were written; shorter than `bytes`: the rest was left out; NULL: all was
);
CREATE TABLE trace_way (         -- signal_delivery_stop at a watch of a conditional jump: where it is about to lead
  seq      INTEGER PRIMARY KEY,
  watch_id INTEGER NOT NULL,
  way      INTEGER NOT NULL      -- 1 on, to the next instruction; 2 the jump, to its target; 0: the int3 came into a copy
                                 -- of the program's text
);
CREATE TABLE trace_copied (      -- signal_delivery_stop of an int3 that came into a copy of the program's text
  seq      INTEGER PRIMARY KEY,
  probe_id INTEGER NOT NULL      -- that it is a copy of
);
CREATE TABLE trace_placed (      -- signal_delivery_stop at a watch of the loader, or of the first int3 in a memory: each
  seq       INTEGER NOT NULL,    -- image with probes or watches that stands there now; event_exec, surveyed: those
                                 -- beside the program's own; surveyed, of an orphan: all
  image_id  INTEGER NOT NULL,
  load_bias INTEGER NOT NULL
);
CREATE TABLE trace_reached (     -- signal_delivery_stop: a line that had begun and that no probe had told of yet
  seq       INTEGER NOT NULL,
  probe_id  INTEGER NOT NULL,    -- a row of trace_probe_line, as address
  address   INTEGER NOT NULL,    -- in the image
  load_bias INTEGER NOT NULL,
  exec_id   INTEGER NOT NULL     -- the program that was running
);
CREATE TABLE trace_flag (        -- a probe whose flag was set since the flags of that memory were looked at last: exited, signaled,
  seq      INTEGER NOT NULL,     -- event_exec: all of the program that ended; signal_delivery_stop at a watch of the loader, of a
  probe_id INTEGER NOT NULL,     -- signal that the process is about to die of; each stop at which it is let go
  exec_id  INTEGER NOT NULL      -- the program that was running
);
CREATE TABLE trace_count (       -- how often a counter's probe was come to since the counters of that memory were looked at last, which
  seq      INTEGER NOT NULL,     -- is when its flags would be. Each such time is an execution, as each row of emulate is
  probe_id INTEGER NOT NULL,
  exec_id  INTEGER NOT NULL,     -- the program that was running
  times    INTEGER NOT NULL
);
CREATE TABLE trace_in_annex (    -- signal_delivery_stop, event_stop: the pc was in the code that sets flags
  seq INTEGER PRIMARY KEY
);
CREATE TABLE trace_hidden_memory (  -- event_stop: the first one of a task whose memory the recorder may neither read nor write
  seq INTEGER PRIMARY KEY
);
CREATE TABLE trace_no_follow (   -- event_exec of a program that --no-follow names: it was detached and runs on, untraced
  seq  INTEGER PRIMARY KEY,
  glob TEXT NOT NULL             -- the one that names it
);
CREATE TABLE trace_siginfo (     -- signal_delivery_stop but for an executed int3, recorder_signal
  seq     INTEGER PRIMARY KEY,
  signal  INTEGER NOT NULL,
  code    INTEGER NOT NULL,      -- si_code
  error   INTEGER NOT NULL,      -- si_errno
  pid     INTEGER,               -- si_pid where si_code says that there is one
  uid     INTEGER,
  status  INTEGER,
  value   INTEGER,
  address INTEGER
);
CREATE TABLE trace_repeated_signal (  -- recorder_signal: the leader of the recorder's process group sent it a moment ago as well
  seq INTEGER PRIMARY KEY
);
CREATE TABLE trace_init_fault (  -- signal_delivery_stop: the init of a pid namespace has no handler for this fault, and dies of it
  seq INTEGER PRIMARY KEY        -- untraced, but not traced
);
CREATE TABLE trace_fatal_signal (  -- signal_delivery_stop: the process neither handles nor ignores it, and is about to die of it
  seq INTEGER PRIMARY KEY
);
CREATE TABLE trace_usage (       -- exited, signaled: from wait4's rusage; a process's includes the children it waited for
  seq         INTEGER PRIMARY KEY,
  user_us     INTEGER NOT NULL,
  system_us   INTEGER NOT NULL,
  max_rss_kib INTEGER NOT NULL
);

CREATE TABLE trace_stopped (     -- exited, signaled: the end of a process
  seq        INTEGER PRIMARY KEY,
  stopped_ns INTEGER NOT NULL    -- how long its tasks stood still for the recorder, all together
);

-- What a process looked like at the stop for a signal that it was about to die of, or before the recorder killed it: no decision is
-- made of it.
CREATE TABLE trace_crash (       -- signal_delivery_stop, before the signal was delivered; where nothing was, the snapshot
  seq     INTEGER PRIMARY KEY,
  took_ns INTEGER NOT NULL,      -- by how much the stop was longer for it
  reason  TEXT,                  -- what is missing, and why
  title   TEXT                   -- the command line as the process had it then; NULL: an older log's, or it was gone
);
CREATE TABLE trace_crash_words ( -- why the process aborts, as its memory has it
  seq  INTEGER PRIMARY KEY,
  text TEXT NOT NULL
);
CREATE TABLE trace_crash_thread (
  seq  INTEGER NOT NULL,
  tid  INTEGER NOT NULL,
  name TEXT NOT NULL,              -- as PR_SET_NAME of prctl(2) has set it
  PRIMARY KEY (seq, tid)
);
CREATE TABLE trace_crash_register (  -- of the thread that the signal was for
  seq   INTEGER NOT NULL,
  name  TEXT NOT NULL,
  value INTEGER NOT NULL,
  PRIMARY KEY (seq, name)
);
CREATE TABLE trace_crash_image ( -- the files with code that were mapped
  seq         INTEGER NOT NULL,
  start       INTEGER NOT NULL,
  end_address INTEGER NOT NULL,  -- the first address behind
  path        TEXT NOT NULL,
  build_id    TEXT               -- hexadecimal; NULL if it has none, or its file could not be opened
);
CREATE TABLE trace_crash_frame (
  seq           INTEGER NOT NULL,
  tid           INTEGER NOT NULL,
  level         INTEGER NOT NULL,  -- 0 is the innermost
  inlined       INTEGER NOT NULL,  -- 1: into the function of the next level
  address       INTEGER NOT NULL,  -- the pc, or the address behind the call
  image         TEXT,              -- the path of the file that it lies in
  image_address INTEGER,           -- the address in that file
  function      TEXT,              -- demangled
  file          TEXT,              -- of the source, under the name that the recorder's --map gives it
  line          INTEGER,
  PRIMARY KEY (seq, tid, level)
);
CREATE TABLE trace_crash_wait (  -- of the threads that waited in the kernel
  seq        INTEGER NOT NULL,
  tid        INTEGER NOT NULL,
  call       TEXT NOT NULL,        -- the system call
  object     TEXT,                 -- what it waits for there; NULL if nothing tells it
  holder_tid INTEGER,              -- the thread of the same process that it waits for; NULL: none is known
  PRIMARY KEY (seq, tid)
);
CREATE INDEX trace_crash_image_seq ON trace_crash_image (seq);

-- A compacted log (recount-replay compact): the steps of hits and of watches that changed nothing else are not in trace_event. That
-- leaves gaps in its seq; what they told is summed here. All four tables are empty in a log as it was recorded.
CREATE TABLE trace_compacted (   -- one row for each run that was compacted
  run_uuid       TEXT NOT NULL,
  events_dropped INTEGER NOT NULL  -- rows that trace_event lacks: so many numbers are missing in the run's seq
);
CREATE TABLE trace_sum_thread (  -- a thread in one program, of which something was dropped
  utid      INTEGER NOT NULL,
  exec_id   INTEGER NOT NULL,    -- 0: nobody knows
  group_id  INTEGER NOT NULL,    -- threads of one group have the same sum
  first_seq INTEGER NOT NULL,    -- of the steps that were dropped: the first, and
  last_seq  INTEGER NOT NULL,    -- the last that was a hit; 0: none was
  PRIMARY KEY (utid, exec_id)
) WITHOUT ROWID;
CREATE TABLE trace_sum (         -- what the threads of a group have done, once each
  group_id  INTEGER NOT NULL,
  first_set INTEGER NOT NULL,    -- the sets first_set to last_set
  last_set  INTEGER NOT NULL,
  PRIMARY KEY (group_id, first_set)
) WITHOUT ROWID;
CREATE TABLE trace_sum_set (     -- what whoever did one of it did all of
  set_id INTEGER NOT NULL,
  kind   INTEGER NOT NULL,       -- 1 a probe was hit; a conditional jump led, for the first time in this memory, 2 on, to the
                                 -- next instruction, 3 to its target; 4 a watch was retired
  id     INTEGER NOT NULL,       -- probe_id; else watch_id
  PRIMARY KEY (set_id, kind, id)
) WITHOUT ROWID;

-- The dictionary: all that is needed to know what a probe is, without the program and its sources.
CREATE TABLE trace_image (
  image_id     INTEGER PRIMARY KEY,
  path         TEXT NOT NULL,
  build_id     TEXT,              -- hexadecimal
  instrumented INTEGER NOT NULL,  -- 1: it has probes
  first_probe  INTEGER NOT NULL,  -- its probes are first_probe to first_probe + probes - 1
  probes       INTEGER NOT NULL,
  reason       TEXT,              -- why it has none
  traces       INTEGER            -- 1: it calls ptrace(2), or LeakSanitizer is in it. NULL: an older log's
);
CREATE TABLE trace_file (file_id INTEGER PRIMARY KEY, path TEXT NOT NULL);
CREATE TABLE trace_function (
  function_id  INTEGER PRIMARY KEY,
  image_id     INTEGER NOT NULL,
  name         TEXT NOT NULL,     -- demangled
  linkage_name TEXT,              -- NULL if it is the same
  file_id      INTEGER,
  line         INTEGER            -- DW_AT_decl_line
);
CREATE TABLE trace_probe (
  probe_id INTEGER PRIMARY KEY,
  image_id INTEGER NOT NULL,
  address  INTEGER NOT NULL,      -- in the image
  original INTEGER NOT NULL,      -- the byte that the int3 displaces; 204: the program's own int3
  exceptional INTEGER,            -- 1: only an exception that is thrown leads there; 0: something else does, or it is not known. NULL:
                                  -- an older log's
  flagged  INTEGER                -- 1: a flag can tell of it, or a counter, instead of a stop; 0 or NULL: nothing but a stop does
);
CREATE TABLE trace_watch (        -- addresses at which an int3 stays, so that the tracer hears of something
  watch_id INTEGER PRIMARY KEY,   -- those of an image follow each other
  image_id INTEGER NOT NULL,
  address  INTEGER NOT NULL,      -- in the image
  kind     INTEGER NOT NULL,      -- 1 the dynamic linker has loaded objects, or is about to unload some; 2 sigaction,
                                  -- 3 pthread_sigmask, 4 where signal handlers return to, 5 clone, 6 syscall,
                                  -- 7 behind write, 8 behind writev; a conditional jump, which is watched until it was
                                  -- seen 9 not to jump, 10 to jump, 11 to do either; 12 ptrace, 13 where LeakSanitizer is
                                  -- about to clone the task that attaches to all threads; of sigaction's system call 14 if it
                                  -- blocks SIGTRAP or is for it, 15 if not; of pthread_sigmask's 16 if it may block SIGTRAP, 17 if it
                                  -- may unblock it
  original INTEGER NOT NULL       -- the byte that the int3 displaces
);
CREATE TABLE trace_probe_line (   -- the lines that a probe tells of
  probe_id    INTEGER NOT NULL,
  file_id     INTEGER NOT NULL,
  line        INTEGER NOT NULL,
  function_id INTEGER,
  address     INTEGER,            -- in the image, where the line begins: the probe's, or one that whoever comes to the probe has
                                  -- been at just before
  site        INTEGER,            -- the first of the probes that tell of the line at this address: whoever begins it comes to one
                                  -- of them at least. Both are NULL where an older log was merged: the probe's own
  PRIMARY KEY (probe_id, file_id, line)
) WITHOUT ROWID;

CREATE TABLE trace_line_count (   -- how often a line was executed: the sum, over its rows, of the factor times the probe's stops
  image_id INTEGER NOT NULL,      -- Only with --count
  file_id  INTEGER NOT NULL,
  line     INTEGER NOT NULL,
  probe_id INTEGER,               -- a counted probe, whose int3 stays; NULL: the line can't be counted in this image
  factor   INTEGER NOT NULL
);
CREATE TABLE trace_branch (       -- a way that a conditional jump may lead: two rows for each jump; or a switch by a table: one row for
                                  -- each place that it leads to. Only with --branches
  image_id  INTEGER NOT NULL,
  address   INTEGER NOT NULL,     -- of the jump, in the image
  way       INTEGER NOT NULL,     -- 1 on, to the next instruction; 2 the jump, to its target; from 3 on those of a table, in its order
  file_id   INTEGER NOT NULL,     -- whose line
  line      INTEGER NOT NULL,     -- the jump belongs to
  number    INTEGER NOT NULL,     -- of the way, from 0, among those of the line in its function
  condition INTEGER NOT NULL,     -- of the jump, likewise
  to_line   INTEGER,              -- of the same file, where the way leads; NULL: to another file, or nobody knows
  told      INTEGER NOT NULL,     -- what tells that it was taken: 1 probes, of trace_branch_probe; 2 the watch; 0 nothing does
  watch_id  INTEGER,              -- of the jump, if there is one: it tells of both ways, as long as it stays
  PRIMARY KEY (image_id, address, way)
) WITHOUT ROWID;
CREATE TABLE trace_branch_probe ( -- the probes that tell of a way which leads to a place of its own: whoever takes it comes to one of them
  probe_id INTEGER NOT NULL,
  jump     INTEGER NOT NULL,      -- trace_branch.address
  way      INTEGER NOT NULL,
  address  INTEGER NOT NULL,      -- in the image, where the way leads
  PRIMARY KEY (probe_id, jump, way)
) WITHOUT ROWID;

-- The sources: the text of each file in which an image has a probe, as it was when the image was read.
CREATE TABLE trace_source (       -- each text once
  hash       TEXT PRIMARY KEY,    -- SHA-256 of the text, hexadecimal
  size_bytes INTEGER NOT NULL,    -- of the text
  content    BLOB NOT NULL        -- in zlib's format (RFC 1950); the text itself if it is size_bytes long: sqlar_uncompress
);
CREATE TABLE trace_file_source (  -- which text a file had; one row for each image with a probe in it
  file_id  INTEGER NOT NULL,
  image_id INTEGER NOT NULL,
  hash     TEXT,                  -- trace_source; NULL if it was not kept
  newer    INTEGER NOT NULL,      -- 1: it was changed after its image was, so what is told of its lines may be off
  reason   TEXT,                  -- why it was not kept
  PRIMARY KEY (file_id, image_id)
) WITHOUT ROWID;
CREATE TABLE trace_part_image (   -- a merged log: images that several runs have in common are one. Else empty
  run_uuid TEXT NOT NULL,
  image_id INTEGER NOT NULL,
  path     TEXT NOT NULL,         -- where that run found it
  PRIMARY KEY (run_uuid, image_id, path)
) WITHOUT ROWID;

-- What the recorder has to say about the recording itself.
CREATE TABLE trace_diagnostic (
  time_ns  INTEGER NOT NULL,
  severity TEXT NOT NULL,         -- info, notice, data_loss, error
  key      TEXT NOT NULL,         -- a stable word: image-not-instrumented, timeout, ...
  message  TEXT NOT NULL,
  remedy   TEXT,
  run_uuid TEXT                   -- a merged log: whose; else NULL
);

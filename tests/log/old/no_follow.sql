INSERT INTO trace_run (run_uuid, argv, cwd, start_unix_ns, duration_ns, status, hostname, kernel, arch, tool_version, schema_version, schema_minor, machine_version, source_roots, coverage, timeout_ns, orphan_grace_ns, claim_grace_ns, wait_root, probes_per, scope, event_count) VALUES
('f6c48d9e-cb13-4b5b-869c-5ca936853662','["/bin/sh","-c","/tmp/x/good; exit 3"]','/tmp/x',1795874439743957515,1832678303,'complete','host','6.18','x86_64','0.1.0',1,8,2,'["/tmp/x"]',1,0,10000000000,1000000000,0,'block','process',19);
INSERT INTO trace_run_tag (key, value, run_uuid) VALUES
('recount.host.cpus','2',NULL),
('user.id','1000',NULL),
('user.name','user',NULL);
INSERT INTO trace_event (seq, time_ns, kind, tid, utid, status, address, value, exec_id, error, cause_seq) VALUES
(1,177182569,1,6016,1,NULL,NULL,NULL,NULL,NULL,NULL),
(2,177234655,33,6016,1,NULL,NULL,1048639,NULL,0,1),
(3,177251231,34,6016,1,NULL,NULL,NULL,NULL,0,1),
(4,1667680349,11,6016,1,263551,NULL,6016,1,NULL,NULL),
(5,1667703335,35,6016,1,NULL,NULL,0,NULL,0,4),
(6,1752675357,8,6016,1,132479,NULL,6018,NULL,NULL,NULL),
(7,1752715786,35,6016,1,NULL,NULL,0,NULL,0,6),
(8,1772656520,6,6018,2,8390015,NULL,NULL,NULL,NULL,NULL),
(9,1772670525,35,6018,2,NULL,NULL,0,NULL,0,8),
(10,1785122042,11,6018,2,263551,NULL,6018,2,NULL,NULL),
(11,1785138445,38,6018,2,NULL,NULL,0,NULL,0,10),
(12,1785200431,10,6016,1,329087,NULL,6018,NULL,NULL,NULL),
(13,1785204313,35,6016,1,NULL,NULL,0,NULL,0,12),
(14,1830783549,4,6016,1,4479,NULL,1,NULL,NULL,NULL),
(15,1830799436,35,6016,1,NULL,NULL,17,NULL,0,14),
(16,1832643830,2,6016,1,768,NULL,NULL,NULL,NULL,NULL),
(17,1832667326,45,NULL,NULL,NULL,NULL,3,NULL,0,16),
(18,1832673786,18,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL),
(19,1832674832,46,NULL,NULL,NULL,NULL,NULL,NULL,0,18);
INSERT INTO trace_birth (seq, utid, upid, tid, parent_upid) VALUES
(1,1,1,6016,NULL),
(6,2,2,6018,1);
INSERT INTO trace_new_task (seq, tid, tgid, memory) VALUES
(6,6018,6018,2);
INSERT INTO trace_exec (seq, exec_id, path, argv, cwd, image_id, load_bias) VALUES
(4,1,'/usr/bin/dash','["/bin/sh","-c","/tmp/x/good; exit 3"]','/tmp/x',1,0),
(10,2,'/tmp/x/good','["/tmp/x/good"]','/tmp/x',NULL,0);
INSERT INTO trace_exec_env (seq, name, change, value, redacted) VALUES
(4,'HOME',1,'/tmp/x',0),
(4,'PATH',1,'/usr/bin:/bin',0),
(4,'XDG_CACHE_HOME',1,'/tmp/x/.cache',0),
(10,'PWD',1,'/tmp/x',0);
INSERT INTO trace_no_follow (seq, glob) VALUES
(10,'good');
INSERT INTO trace_siginfo (seq, signal, code, error, pid, uid, status, value, address) VALUES
(14,17,1,0,6018,0,NULL,NULL,NULL);
INSERT INTO trace_usage (seq, user_us, system_us, max_rss_kib) VALUES
(16,3006,0,2524);
INSERT INTO trace_image (image_id, path, build_id, instrumented, first_probe, probes, reason) VALUES
(1,'/usr/bin/dash','be6397ddffc3e384c505d7deab3bed190c884df9',0,1,0,'it has no debug information');
INSERT INTO trace_diagnostic (time_ns, severity, key, message, remedy, run_uuid) VALUES
(1667649645,'info','image-not-instrumented','/usr/bin/dash is not instrumented: it has no debug information','compile it with -g and do not strip it, install its -dbgsym package, or say where its debug file is with --debug-dir; its build id is be6397ddffc3e384c505d7deab3bed190c884df9',NULL),
(1785153555,'info','not-followed','/tmp/x/good (upid 2) runs untraced, and so does what it starts: --no-follow good names it',NULL,NULL);

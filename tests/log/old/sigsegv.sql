INSERT INTO trace_run (run_uuid, argv, cwd, start_unix_ns, duration_ns, status, hostname, kernel, arch, tool_version, schema_version, schema_minor, machine_version, source_roots, coverage, timeout_ns, orphan_grace_ns, claim_grace_ns, wait_root, probes_per, scope, event_count) VALUES
('c452c52f-56d7-4053-8480-b888c4212a94','["/tmp/x/crash"]','/tmp/x',1795874937037446336,2194515841,'complete','host','6.18','x86_64','0.1.0',1,8,2,'["/tmp/x"]',1,0,10000000000,1000000000,0,'block','process',22);
INSERT INTO trace_run_tag (key, value, run_uuid) VALUES
('recount.host.cpus','2',NULL),
('user.id','1000',NULL),
('user.name','user',NULL);
INSERT INTO trace_event (seq, time_ns, kind, tid, utid, status, address, value, exec_id, error, cause_seq) VALUES
(1,6367069,1,9914,1,NULL,NULL,NULL,NULL,NULL,NULL),
(2,6403904,33,9914,1,NULL,NULL,1048639,NULL,0,1),
(3,6421831,34,9914,1,NULL,NULL,NULL,NULL,0,1),
(4,970230986,11,9914,1,263551,NULL,9914,1,NULL,NULL),
(5,970282099,40,9914,1,NULL,94174031228928,1,1,0,4),
(6,970292669,35,9914,1,NULL,NULL,0,NULL,0,4),
(7,1070224371,4,9914,1,1407,94174031233365,128,NULL,NULL,NULL),
(8,1070270486,40,9914,1,NULL,140250633244672,2,1,0,7),
(9,1070276784,40,9914,1,NULL,140250635304960,3,1,0,7),
(10,1070281208,41,9914,1,NULL,94174031233364,2,1,0,7),
(11,1070282275,44,9914,1,NULL,94174031233364,NULL,NULL,0,7),
(12,1070298690,35,9914,1,NULL,NULL,0,NULL,0,7),
(13,1085989673,4,9914,1,1407,94174031233337,128,NULL,NULL,NULL),
(14,1086015382,41,9914,1,NULL,94174031233336,1,1,0,13),
(15,1086017453,44,9914,1,NULL,94174031233336,NULL,NULL,0,13),
(16,1086022841,35,9914,1,NULL,NULL,0,NULL,0,13),
(17,2194248268,4,9914,1,2943,NULL,1,NULL,NULL,NULL),
(18,2194268356,35,9914,1,NULL,NULL,11,NULL,0,17),
(19,2194492791,3,9914,1,11,NULL,NULL,NULL,NULL,NULL),
(20,2194509578,45,NULL,NULL,NULL,NULL,3,NULL,0,19),
(21,2194513404,18,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL),
(22,2194514399,46,NULL,NULL,NULL,NULL,NULL,NULL,0,21);
INSERT INTO trace_birth (seq, utid, upid, tid, parent_upid) VALUES
(1,1,1,9914,NULL);
INSERT INTO trace_exec (seq, exec_id, path, argv, cwd, image_id, load_bias) VALUES
(4,1,'/tmp/x/crash','["/tmp/x/crash"]','/tmp/x',1,94174031228928);
INSERT INTO trace_exec_env (seq, name, change, value, redacted) VALUES
(4,'HOME',1,'/tmp/x',0),
(4,'PATH',1,'/usr/bin:/bin',0);
INSERT INTO trace_placed (seq, image_id, load_bias) VALUES
(7,1,94174031228928),
(7,2,140250633244672),
(7,3,140250635304960);
INSERT INTO trace_siginfo (seq, signal, code, error, pid, uid, status, value, address) VALUES
(17,11,1,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO trace_usage (seq, user_us, system_us, max_rss_kib) VALUES
(19,1008,0,2520);
INSERT INTO trace_crash (seq, took_ns, reason) VALUES
(17,1104140427,'walking its stacks took more than a second');
INSERT INTO trace_crash_register (seq, name, value) VALUES
(17,'rip',94174031233340),
(17,'rsp',140732045757248),
(17,'rbp',140732045757248),
(17,'rax',0),
(17,'rbx',140732045757560),
(17,'rcx',94174031244808),
(17,'rdx',140732045757576),
(17,'rsi',140732045757560),
(17,'rdi',0),
(17,'r8',0),
(17,'r9',140250635323088),
(17,'r10',140250635307128),
(17,'r11',140250635397728),
(17,'r12',0),
(17,'r13',140732045757576),
(17,'r14',94174031244808),
(17,'r15',140250635513888),
(17,'eflags',66199),
(17,'orig_rax',-1),
(17,'fs_base',140250633234240),
(17,'gs_base',0);
INSERT INTO trace_crash_image (seq, start, end_address, path, build_id) VALUES
(17,94174031228928,94174031249408,'/tmp/x/crash','91b85f0f3db1b304612068fd7a94abb75c04a1dd'),
(17,140250633244672,140250635165696,'/usr/lib/x86_64-linux-gnu/libc.so.6','93ac61ec5a8eb1396f9fbd350e3169a558528a40'),
(17,140250635296768,140250635304960,'[vdso]',NULL),
(17,140250635304960,140250635522048,'/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2','7ebc65e52f2bbea498b4040fa92f7238377aaba9');
INSERT INTO trace_crash_frame (seq, tid, level, inlined, address, image, image_address, function, file, line) VALUES
(17,9914,0,0,94174031233340,'/tmp/x/crash',4412,NULL,NULL,NULL),
(17,9914,1,0,94174031233391,'/tmp/x/crash',4463,NULL,NULL,NULL),
(17,9914,2,0,140250633405002,'/usr/lib/x86_64-linux-gnu/libc.so.6',160330,NULL,NULL,NULL),
(17,9914,3,0,140250633405189,'/usr/lib/x86_64-linux-gnu/libc.so.6',160517,NULL,NULL,NULL),
(17,9914,4,0,94174031233121,'/tmp/x/crash',4193,NULL,NULL,NULL);
INSERT INTO trace_image (image_id, path, build_id, instrumented, first_probe, probes, reason) VALUES
(1,'/tmp/x/crash','91b85f0f3db1b304612068fd7a94abb75c04a1dd',1,1,2,NULL),
(2,'/lib/x86_64-linux-gnu/libc.so.6','93ac61ec5a8eb1396f9fbd350e3169a558528a40',0,3,0,'none of its sources lie under the source root'),
(3,'/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2','7ebc65e52f2bbea498b4040fa92f7238377aaba9',0,3,0,'none of its sources lie under the source root');
INSERT INTO trace_file (file_id, path) VALUES
(1,'/tmp/x/crash.c');
INSERT INTO trace_function (function_id, image_id, name, linkage_name, file_id, line) VALUES
(1,1,'read_it',NULL,1,1),
(2,1,'main',NULL,1,5);
INSERT INTO trace_probe (probe_id, image_id, address, original) VALUES
(1,1,4408,72),
(2,1,4436,139);
INSERT INTO trace_watch (watch_id, image_id, address, kind, original) VALUES
(1,2,245776,2,141),
(2,2,245840,4,72),
(3,2,589200,3,72),
(4,2,1054736,6,72),
(5,2,1084176,5,72),
(6,3,8288,1,195);
INSERT INTO trace_probe_line (probe_id, file_id, line, function_id, address, site) VALUES
(1,1,1,1,4393,1),
(1,1,2,1,4401,1),
(1,1,3,1,4408,1),
(2,1,5,2,4421,2),
(2,1,7,2,4436,2);
INSERT INTO trace_source (hash, size_bytes, content) VALUES
('36889050ec7b418d31804d3619c7d7d4c1174c06e6809e359b9af553886188dd',157,X'785E4D8DB10EC2300C44F77CC54D28091D6060A1023EA5B2D20A3CE022D77441FC3B711012DB3D9FEE7931322E6031E844E3C016CB2C8BB54B7E24BC025A169CB0EF2BE8644F95CADBDAF7E11DBCBD134BF4407A2D1DCA8D14395758BF86B8CE3C26E73FC5EFA16F70C601176C5A3E6297DCFC015DD12FFE');
INSERT INTO trace_file_source (file_id, image_id, hash, newer, reason) VALUES
(1,1,'36889050ec7b418d31804d3619c7d7d4c1174c06e6809e359b9af553886188dd',0,NULL);
INSERT INTO trace_diagnostic (time_ns, severity, key, message, remedy, run_uuid) VALUES
(1070216144,'info','image-not-instrumented','/lib/x86_64-linux-gnu/libc.so.6 is not instrumented: none of its sources lie under the source root','name their folder with --source-root',NULL),
(1070223707,'info','image-not-instrumented','/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 is not instrumented: none of its sources lie under the source root','name their folder with --source-root',NULL);

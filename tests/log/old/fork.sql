INSERT INTO trace_run (run_uuid, argv, cwd, start_unix_ns, duration_ns, status, hostname, kernel, arch, tool_version, schema_version, schema_minor, machine_version, source_roots, coverage, timeout_ns, orphan_grace_ns, claim_grace_ns, wait_root, probes_per, scope, event_count) VALUES
('056f7156-f641-42c9-84a8-4a16824765b3','["/tmp/x/forks"]','/tmp/x',1795874418854054877,1444647400,'complete','host','6.18','x86_64','0.1.0',1,8,2,'["/tmp/x"]',1,0,10000000000,1000000000,0,'block','process',43);
INSERT INTO trace_run_tag (key, value, run_uuid) VALUES
('recount.host.cpus','2',NULL),
('user.id','1000',NULL),
('user.name','user',NULL);
INSERT INTO trace_event (seq, time_ns, kind, tid, utid, status, address, value, exec_id, error, cause_seq) VALUES
(1,73010954,1,5900,1,NULL,NULL,NULL,NULL,NULL,NULL),
(2,73052630,33,5900,1,NULL,NULL,1048639,NULL,0,1),
(3,73065759,34,5900,1,NULL,NULL,NULL,NULL,0,1),
(4,1196556855,11,5900,1,263551,NULL,5900,1,NULL,NULL),
(5,1196705329,40,5900,1,NULL,93828021116928,1,1,0,4),
(6,1196728051,35,5900,1,NULL,NULL,0,NULL,0,4),
(7,1307021282,4,5900,1,1407,93828021121396,128,NULL,NULL,NULL),
(8,1307104460,40,5900,1,NULL,140180456316928,2,1,0,7),
(9,1307114196,40,5900,1,NULL,140180458377216,3,1,0,7),
(10,1307119507,41,5900,1,NULL,93828021121395,2,1,0,7),
(11,1307121767,44,5900,1,NULL,93828021121395,NULL,NULL,0,7),
(12,1307140362,35,5900,1,NULL,NULL,0,NULL,0,7),
(13,1388573038,7,5900,1,66943,NULL,5924,NULL,NULL,NULL),
(14,1388601202,35,5900,1,NULL,NULL,0,NULL,0,13),
(15,1388627847,6,5924,2,8390015,NULL,NULL,NULL,NULL,NULL),
(16,1388634511,35,5924,2,NULL,NULL,0,NULL,0,15),
(17,1396555862,4,5924,2,1407,93828021121404,128,NULL,NULL,NULL),
(18,1396649319,41,5924,2,NULL,93828021121403,3,1,0,17),
(19,1396653046,44,5924,2,NULL,93828021121403,NULL,NULL,0,17),
(20,1396664842,35,5924,2,NULL,NULL,0,NULL,0,17),
(21,1408565521,4,5900,1,1407,93828021121404,128,NULL,NULL,NULL),
(22,1408611209,41,5900,1,NULL,93828021121403,3,1,0,21),
(23,1408615436,44,5900,1,NULL,93828021121403,NULL,NULL,0,21),
(24,1408625598,35,5900,1,NULL,NULL,0,NULL,0,21),
(25,1408658909,4,5924,2,1407,93828021121370,128,NULL,NULL,NULL),
(26,1408667782,41,5924,2,NULL,93828021121369,1,1,0,25),
(27,1408668756,44,5924,2,NULL,93828021121369,NULL,NULL,0,25),
(28,1408671976,35,5924,2,NULL,NULL,0,NULL,0,25),
(29,1418726373,4,5900,1,1407,93828021121427,128,NULL,NULL,NULL),
(30,1418753625,41,5900,1,NULL,93828021121426,4,1,0,29),
(31,1418756453,44,5900,1,NULL,93828021121426,NULL,NULL,0,29),
(32,1418762965,35,5900,1,NULL,NULL,0,NULL,0,29),
(33,1418876964,2,5924,2,768,NULL,NULL,NULL,NULL,NULL),
(34,1424556357,4,5900,1,4479,NULL,1,NULL,NULL,NULL),
(35,1424566943,35,5900,1,NULL,NULL,17,NULL,0,34),
(36,1428622209,4,5900,1,1407,93828021121449,128,NULL,NULL,NULL),
(37,1428642037,41,5900,1,NULL,93828021121448,5,1,0,36),
(38,1428644099,44,5900,1,NULL,93828021121448,NULL,NULL,0,36),
(39,1428649974,35,5900,1,NULL,NULL,0,NULL,0,36),
(40,1444609920,2,5900,1,0,NULL,NULL,NULL,NULL,NULL),
(41,1444638166,45,NULL,NULL,NULL,NULL,3,NULL,0,40),
(42,1444645097,18,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL),
(43,1444646239,46,NULL,NULL,NULL,NULL,NULL,NULL,0,42);
INSERT INTO trace_birth (seq, utid, upid, tid, parent_upid) VALUES
(1,1,1,5900,NULL),
(13,2,2,5924,1);
INSERT INTO trace_new_task (seq, tid, tgid, memory) VALUES
(13,5924,5924,1);
INSERT INTO trace_exec (seq, exec_id, path, argv, cwd, image_id, load_bias) VALUES
(4,1,'/tmp/x/forks','["/tmp/x/forks"]','/tmp/x',1,93828021116928);
INSERT INTO trace_exec_env (seq, name, change, value, redacted) VALUES
(4,'HOME',1,'/tmp/x',0),
(4,'PATH',1,'/usr/bin:/bin',0),
(4,'XDG_CACHE_HOME',1,'/tmp/x/.cache',0);
INSERT INTO trace_placed (seq, image_id, load_bias) VALUES
(7,1,93828021116928),
(7,2,140180456316928),
(7,3,140180458377216);
INSERT INTO trace_siginfo (seq, signal, code, error, pid, uid, status, value, address) VALUES
(34,17,1,0,5924,0,3,NULL,NULL);
INSERT INTO trace_usage (seq, user_us, system_us, max_rss_kib) VALUES
(33,347,0,988),
(40,2409,0,2456);
INSERT INTO trace_image (image_id, path, build_id, instrumented, first_probe, probes, reason) VALUES
(1,'/tmp/x/forks','87562c30c645609ae8e2d1a3e2198ef26d959557',1,1,5,NULL),
(2,'/lib/x86_64-linux-gnu/libc.so.6','93ac61ec5a8eb1396f9fbd350e3169a558528a40',0,6,0,'none of its sources lie under the source root'),
(3,'/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2','7ebc65e52f2bbea498b4040fa92f7238377aaba9',0,6,0,'none of its sources lie under the source root');
INSERT INTO trace_file (file_id, path) VALUES
(1,'/tmp/x/forks.c');
INSERT INTO trace_function (function_id, image_id, name, linkage_name, file_id, line) VALUES
(1,1,'work',NULL,1,3),
(2,1,'main',NULL,1,4);
INSERT INTO trace_probe (probe_id, image_id, address, original) VALUES
(1,1,4441,85),
(2,1,4467,232),
(3,1,4475,131),
(4,1,4498,72),
(5,1,4520,139);
INSERT INTO trace_watch (watch_id, image_id, address, kind, original) VALUES
(1,2,245776,2,141),
(2,2,245840,4,72),
(3,2,589200,3,72),
(4,2,1054736,6,72),
(5,2,1084176,5,72),
(6,3,8288,1,195);
INSERT INTO trace_probe_line (probe_id, file_id, line, function_id, address, site) VALUES
(1,1,3,1,4441,1),
(2,1,4,2,4459,2),
(2,1,5,2,4467,2),
(3,1,6,2,4475,3),
(4,1,8,2,4498,4),
(5,1,9,2,4520,5);
INSERT INTO trace_source (hash, size_bytes, content) VALUES
('85135b86dd2b9932aeb48c1fc0adac528b0e549385109b319db40a4b20ec174c',244,X'785E3D4EBB0AC23014DDF315070449A4BE70D40A0E0ECEADE82625A978B1A6D2DC5845FAEF2656DCEE3DEF01595D795362E55E6EDA16C493CB5A0CFEA8B7E4D844CC71C1A44196D1D6CD55C6C32ABCD194EC1B0B8B11164B742212B782AC7CD464824000BAB68E71277362E80B550629CE31442D034B67C81F9A62A6702A9FC4F25B3257BD2244C67EEFE2175786ACDE9360D83349B046F637E7B03DEEF22CDFE4FB4CF602857118283AF1012F144D47');
INSERT INTO trace_file_source (file_id, image_id, hash, newer, reason) VALUES
(1,1,'85135b86dd2b9932aeb48c1fc0adac528b0e549385109b319db40a4b20ec174c',0,NULL);
INSERT INTO trace_diagnostic (time_ns, severity, key, message, remedy, run_uuid) VALUES
(1307016252,'info','image-not-instrumented','/lib/x86_64-linux-gnu/libc.so.6 is not instrumented: none of its sources lie under the source root','name their folder with --source-root',NULL),
(1307020319,'info','image-not-instrumented','/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 is not instrumented: none of its sources lie under the source root','name their folder with --source-root',NULL);

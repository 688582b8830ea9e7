INSERT INTO trace_run (run_uuid, argv, cwd, start_unix_ns, duration_ns, status, hostname, kernel, arch, tool_version, schema_version, schema_minor, machine_version, source_roots, coverage, timeout_ns, orphan_grace_ns, claim_grace_ns, wait_root, probes_per, scope, event_count) VALUES
('d6e7e319-f02b-4850-9caa-3376a809de35','["/tmp/x/threads"]','/tmp/x',1795874427343474553,1805605402,'complete','host','6.18','x86_64','0.1.0',1,8,2,'["/tmp/x"]',1,0,10000000000,1000000000,0,'block','process',46);
INSERT INTO trace_run_tag (key, value, run_uuid) VALUES
('recount.host.cpus','2',NULL),
('user.id','1000',NULL),
('user.name','user',NULL);
INSERT INTO trace_event (seq, time_ns, kind, tid, utid, status, address, value, exec_id, error, cause_seq) VALUES
(1,125837057,1,5964,1,NULL,NULL,NULL,NULL,NULL,NULL),
(2,125888336,33,5964,1,NULL,NULL,1048639,NULL,0,1),
(3,125904971,34,5964,1,NULL,NULL,NULL,NULL,0,1),
(4,1589481941,11,5964,1,263551,NULL,5964,1,NULL,NULL),
(5,1589554102,40,5964,1,NULL,94266489774080,1,1,0,4),
(6,1589568921,35,5964,1,NULL,NULL,0,NULL,0,4),
(7,1673556542,4,5964,1,1407,94266489778528,128,NULL,NULL,NULL),
(8,1673652993,40,5964,1,NULL,139642079223808,2,1,0,7),
(9,1673663328,40,5964,1,NULL,139642081284096,3,1,0,7),
(10,1673668926,41,5964,1,NULL,94266489778527,2,1,0,7),
(11,1673674004,44,5964,1,NULL,94266489778527,NULL,NULL,0,7),
(12,1673694360,35,5964,1,NULL,NULL,0,NULL,0,7),
(13,1757354060,9,5964,1,198015,NULL,5967,NULL,NULL,NULL),
(14,1757373400,35,5964,1,NULL,NULL,0,NULL,0,13),
(15,1757391683,6,5967,2,8390015,NULL,NULL,NULL,NULL,NULL),
(16,1757397191,35,5967,2,NULL,NULL,0,NULL,0,15),
(17,1757536527,4,5967,2,1407,94266489778506,128,NULL,NULL,NULL),
(18,1757591764,41,5967,2,NULL,94266489778505,1,1,0,17),
(19,1757594190,44,5967,2,NULL,94266489778505,NULL,NULL,0,17),
(20,1757597645,35,5967,2,NULL,NULL,0,NULL,0,17),
(21,1757696932,2,5967,2,0,NULL,NULL,NULL,NULL,NULL),
(22,1769228367,4,5964,1,1407,94266489778557,128,NULL,NULL,NULL),
(23,1769258623,41,5964,1,NULL,94266489778556,3,1,0,22),
(24,1769261782,44,5964,1,NULL,94266489778556,NULL,NULL,0,22),
(25,1769266708,35,5964,1,NULL,NULL,0,NULL,0,22),
(26,1773227131,4,5964,1,1407,94266489778574,128,NULL,NULL,NULL),
(27,1773247206,41,5964,1,NULL,94266489778573,4,1,0,26),
(28,1773248931,44,5964,1,NULL,94266489778573,NULL,NULL,0,26),
(29,1773252137,35,5964,1,NULL,NULL,0,NULL,0,26),
(30,1773451177,9,5964,1,198015,NULL,5968,NULL,NULL,NULL),
(31,1773467633,35,5964,1,NULL,NULL,0,NULL,0,30),
(32,1777206088,4,5964,1,1407,94266489778603,128,NULL,NULL,NULL),
(33,1777220487,41,5964,1,NULL,94266489778602,5,1,0,32),
(34,1777221760,44,5964,1,NULL,94266489778602,NULL,NULL,0,32),
(35,1777224567,35,5964,1,NULL,NULL,0,NULL,0,32),
(36,1797201864,6,5968,3,8390015,NULL,NULL,NULL,NULL,NULL),
(37,1797215611,35,5968,3,NULL,NULL,0,NULL,0,36),
(38,1805282505,4,5964,1,1407,94266489778620,128,NULL,NULL,NULL),
(39,1805302370,41,5964,1,NULL,94266489778619,6,1,0,38),
(40,1805304777,44,5964,1,NULL,94266489778619,NULL,NULL,0,38),
(41,1805307238,35,5964,1,NULL,NULL,0,NULL,0,38),
(42,1805336231,2,5968,3,0,NULL,NULL,NULL,NULL,NULL),
(43,1805561650,2,5964,1,0,NULL,NULL,NULL,NULL,NULL),
(44,1805580346,45,NULL,NULL,NULL,NULL,3,NULL,0,43),
(45,1805582851,18,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL),
(46,1805583980,46,NULL,NULL,NULL,NULL,NULL,NULL,0,45);
INSERT INTO trace_birth (seq, utid, upid, tid, parent_upid) VALUES
(1,1,1,5964,NULL),
(13,2,1,5967,1),
(30,3,1,5968,1);
INSERT INTO trace_new_task (seq, tid, tgid, memory) VALUES
(13,5967,5964,2),
(30,5968,5964,2);
INSERT INTO trace_exec (seq, exec_id, path, argv, cwd, image_id, load_bias) VALUES
(4,1,'/tmp/x/threads','["/tmp/x/threads"]','/tmp/x',1,94266489774080);
INSERT INTO trace_exec_env (seq, name, change, value, redacted) VALUES
(4,'HOME',1,'/tmp/x',0),
(4,'PATH',1,'/usr/bin:/bin',0),
(4,'XDG_CACHE_HOME',1,'/tmp/x/.cache',0);
INSERT INTO trace_placed (seq, image_id, load_bias) VALUES
(7,1,94266489774080),
(7,2,139642079223808),
(7,3,139642081284096);
INSERT INTO trace_usage (seq, user_us, system_us, max_rss_kib) VALUES
(21,1757,0,2464),
(42,2002,0,2464),
(43,2174,0,2464);
INSERT INTO trace_image (image_id, path, build_id, instrumented, first_probe, probes, reason) VALUES
(1,'/tmp/x/threads','85534256d934b583d9864d34bb678f42b2eea5f3',1,1,6,NULL),
(2,'/lib/x86_64-linux-gnu/libc.so.6','93ac61ec5a8eb1396f9fbd350e3169a558528a40',0,7,0,'none of its sources lie under the source root'),
(3,'/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2','7ebc65e52f2bbea498b4040fa92f7238377aaba9',0,7,0,'none of its sources lie under the source root');
INSERT INTO trace_file (file_id, path) VALUES
(1,'/tmp/x/threads.c');
INSERT INTO trace_function (function_id, image_id, name, linkage_name, file_id, line) VALUES
(1,1,'run',NULL,1,2),
(2,1,'main',NULL,1,3);
INSERT INTO trace_probe (probe_id, image_id, address, original) VALUES
(1,1,4425,85),
(2,1,4447,72),
(3,1,4476,72),
(4,1,4493,72),
(5,1,4522,72),
(6,1,4539,184);
INSERT INTO trace_watch (watch_id, image_id, address, kind, original) VALUES
(1,2,245776,2,141),
(2,2,245840,4,72),
(3,2,589200,3,72),
(4,2,1054736,6,72),
(5,2,1084176,5,72),
(6,3,8288,1,195);
INSERT INTO trace_probe_line (probe_id, file_id, line, function_id, address, site) VALUES
(1,1,2,1,4425,1),
(2,1,3,2,4439,2),
(2,1,5,2,4447,2),
(3,1,6,2,4476,3),
(4,1,7,2,4493,4),
(5,1,8,2,4522,5),
(6,1,9,2,4539,6);
INSERT INTO trace_source (hash, size_bytes, content) VALUES
('e1e3c675bf059eab76f9aac27ce8c25e5dd4194e34950fab0c24b9dd74ca0972',232,X'785E7D8EC10AC2300C86EF798A1F04D964C8EE155F454A5B584553A9A93BC8DEDDB06E302FBB24E1FF928F1C22BB47F10197970C39587F1EAEF4162BD1E193A2C729176EEAC42DBEC8414A66B0C14491054F1B2B5748C062B90912870E3226B3499D5609CD71667D07756B6FB72BF7A4BECAFFF2F5548DBBA795CFF9F26A6F68A21FE0334A0F');
INSERT INTO trace_file_source (file_id, image_id, hash, newer, reason) VALUES
(1,1,'e1e3c675bf059eab76f9aac27ce8c25e5dd4194e34950fab0c24b9dd74ca0972',0,NULL);
INSERT INTO trace_diagnostic (time_ns, severity, key, message, remedy, run_uuid) VALUES
(1673550953,'info','image-not-instrumented','/lib/x86_64-linux-gnu/libc.so.6 is not instrumented: none of its sources lie under the source root','name their folder with --source-root',NULL),
(1673554924,'info','image-not-instrumented','/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 is not instrumented: none of its sources lie under the source root','name their folder with --source-root',NULL);

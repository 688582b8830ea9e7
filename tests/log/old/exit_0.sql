INSERT INTO trace_run (run_uuid, argv, cwd, start_unix_ns, duration_ns, status, hostname, kernel, arch, tool_version, schema_version, schema_minor, machine_version, source_roots, coverage, timeout_ns, orphan_grace_ns, claim_grace_ns, wait_root, probes_per, scope, event_count) VALUES
('e1bdf952-cbae-4ce0-a812-5bd4e950be26','["/tmp/x/good"]','/tmp/x',1795874408767347864,1657501169,'complete','host','6.18','x86_64','0.1.0',1,8,2,'["/tmp/x"]',1,0,10000000000,1000000000,0,'block','process',32);
INSERT INTO trace_run_tag (key, value, run_uuid) VALUES
('recount.host.cpus','2',NULL),
('user.id','1000',NULL),
('user.name','user',NULL);
INSERT INTO trace_event (seq, time_ns, kind, tid, utid, status, address, value, exec_id, error, cause_seq) VALUES
(1,125620235,1,5799,1,NULL,NULL,NULL,NULL,NULL,NULL),
(2,125670536,33,5799,1,NULL,NULL,1048639,NULL,0,1),
(3,125687424,34,5799,1,NULL,NULL,NULL,NULL,0,1),
(4,1533325021,11,5799,1,263551,NULL,5799,1,NULL,NULL),
(5,1533390362,40,5799,1,NULL,94144798801920,1,1,0,4),
(6,1533414557,35,5799,1,NULL,NULL,0,NULL,0,4),
(7,1633342536,4,5799,1,1407,94144798806354,128,NULL,NULL,NULL),
(8,1633428334,40,5799,1,NULL,140521144123392,2,1,0,7),
(9,1633437601,40,5799,1,NULL,140521146183680,3,1,0,7),
(10,1633441968,41,5799,1,NULL,94144798806353,3,1,0,7),
(11,1633444485,44,5799,1,NULL,94144798806353,NULL,NULL,0,7),
(12,1633458890,35,5799,1,NULL,NULL,0,NULL,0,7),
(13,1657106522,4,5799,1,1407,94144798806380,128,NULL,NULL,NULL),
(14,1657136300,41,5799,1,NULL,94144798806379,5,1,0,13),
(15,1657139368,44,5799,1,NULL,94144798806379,NULL,NULL,0,13),
(16,1657145118,35,5799,1,NULL,NULL,0,NULL,0,13),
(17,1657188988,4,5799,1,1407,94144798806314,128,NULL,NULL,NULL),
(18,1657193607,41,5799,1,NULL,94144798806313,1,1,0,17),
(19,1657194429,44,5799,1,NULL,94144798806313,NULL,NULL,0,17),
(20,1657195899,35,5799,1,NULL,NULL,0,NULL,0,17),
(21,1657207099,4,5799,1,1407,94144798806373,128,NULL,NULL,NULL),
(22,1657208825,41,5799,1,NULL,94144798806372,4,1,0,21),
(23,1657209499,44,5799,1,NULL,94144798806372,NULL,NULL,0,21),
(24,1657210977,35,5799,1,NULL,NULL,0,NULL,0,21),
(25,1657230928,4,5799,1,1407,94144798806386,128,NULL,NULL,NULL),
(26,1657232776,41,5799,1,NULL,94144798806385,6,1,0,25),
(27,1657233428,44,5799,1,NULL,94144798806385,NULL,NULL,0,25),
(28,1657234724,35,5799,1,NULL,NULL,0,NULL,0,25),
(29,1657448031,2,5799,1,0,NULL,NULL,NULL,NULL,NULL),
(30,1657468355,45,NULL,NULL,NULL,NULL,3,NULL,0,29),
(31,1657493493,18,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL),
(32,1657494941,46,NULL,NULL,NULL,NULL,NULL,NULL,0,31);
INSERT INTO trace_birth (seq, utid, upid, tid, parent_upid) VALUES
(1,1,1,5799,NULL);
INSERT INTO trace_exec (seq, exec_id, path, argv, cwd, image_id, load_bias) VALUES
(4,1,'/tmp/x/good','["/tmp/x/good"]','/tmp/x',1,94144798801920);
INSERT INTO trace_exec_env (seq, name, change, value, redacted) VALUES
(4,'HOME',1,'/tmp/x',0),
(4,'PATH',1,'/usr/bin:/bin',0),
(4,'XDG_CACHE_HOME',1,'/tmp/x/.cache',0);
INSERT INTO trace_placed (seq, image_id, load_bias) VALUES
(7,1,94144798801920),
(7,2,140521144123392),
(7,3,140521146183680);
INSERT INTO trace_usage (seq, user_us, system_us, max_rss_kib) VALUES
(29,1453,0,2436);
INSERT INTO trace_image (image_id, path, build_id, instrumented, first_probe, probes, reason) VALUES
(1,'/tmp/x/good','727bc40a6e74127c9ad16221607372bea9ee26f1',1,1,7,NULL),
(2,'/lib/x86_64-linux-gnu/libc.so.6','93ac61ec5a8eb1396f9fbd350e3169a558528a40',0,8,0,'none of its sources lie under the source root'),
(3,'/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2','7ebc65e52f2bbea498b4040fa92f7238377aaba9',0,8,0,'none of its sources lie under the source root');
INSERT INTO trace_file (file_id, path) VALUES
(1,'/tmp/x/good.c');
INSERT INTO trace_function (function_id, image_id, name, linkage_name, file_id, line) VALUES
(1,1,'twice',NULL,1,1),
(2,1,'never',NULL,1,2),
(3,1,'main',NULL,1,3);
INSERT INTO trace_probe (probe_id, image_id, address, original) VALUES
(1,1,4393,85),
(2,1,4407,85),
(3,1,4433,199),
(4,1,4452,1),
(5,1,4459,131),
(6,1,4465,131),
(7,1,4476,235);
INSERT INTO trace_watch (watch_id, image_id, address, kind, original) VALUES
(1,2,245776,2,141),
(2,2,245840,4,72),
(3,2,589200,3,72),
(4,2,1054736,6,72),
(5,2,1084176,5,72),
(6,3,8288,1,195);
INSERT INTO trace_probe_line (probe_id, file_id, line, function_id, address, site) VALUES
(1,1,1,1,4393,1),
(2,1,2,2,4407,2),
(3,1,3,3,4418,3),
(3,1,4,3,4426,3),
(3,1,5,3,4433,3),
(4,1,5,3,4452,4),
(5,1,5,3,4459,5),
(6,1,6,3,4465,6),
(7,1,6,3,4476,7);
INSERT INTO trace_source (hash, size_bytes, content) VALUES
('d89e2ee2aa21e7501feafa3a6a7765d66ae9cdffc4468934d007f6a42aa6ddf2',186,X'785E4D8ECB0A83301045F7F98ABB3464A314BA681AFA2DA229CCC20924A35D88FF6E1C0C74358F7B38DC22A3D0046281FC688ADDB5B1C58E1C65CD0C86037B1C4683B8C5DC6D89E63F6268E93212B7D0409D655D10D0FB7A7E5386DA493F75BCF1F0708EAC622EB406F6C26FB90A029EF8A0C7EB2E5081C39CA03037AD');
INSERT INTO trace_file_source (file_id, image_id, hash, newer, reason) VALUES
(1,1,'d89e2ee2aa21e7501feafa3a6a7765d66ae9cdffc4468934d007f6a42aa6ddf2',0,NULL);
INSERT INTO trace_diagnostic (time_ns, severity, key, message, remedy, run_uuid) VALUES
(1633332976,'info','image-not-instrumented','/lib/x86_64-linux-gnu/libc.so.6 is not instrumented: none of its sources lie under the source root','name their folder with --source-root',NULL),
(1633341550,'info','image-not-instrumented','/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 is not instrumented: none of its sources lie under the source root','name their folder with --source-root',NULL);

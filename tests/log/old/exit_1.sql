INSERT INTO trace_run (run_uuid, argv, cwd, start_unix_ns, duration_ns, status, hostname, kernel, arch, tool_version, schema_version, schema_minor, machine_version, source_roots, coverage, timeout_ns, orphan_grace_ns, claim_grace_ns, wait_root, probes_per, scope, event_count) VALUES
('3892a81d-6777-404f-b72b-810159ec8f04','["/tmp/x/bad"]','/tmp/x',1795874411580680837,1300313990,'complete','host','6.18','x86_64','0.1.0',1,8,2,'["/tmp/x"]',1,0,10000000000,1000000000,0,'block','process',28);
INSERT INTO trace_run_tag (key, value, run_uuid) VALUES
('recount.host.cpus','2',NULL),
('user.id','1000',NULL),
('user.name','user',NULL);
INSERT INTO trace_event (seq, time_ns, kind, tid, utid, status, address, value, exec_id, error, cause_seq) VALUES
(1,64426867,1,5822,1,NULL,NULL,NULL,NULL,NULL,NULL),
(2,64469620,33,5822,1,NULL,NULL,1048639,NULL,0,1),
(3,64482277,34,5822,1,NULL,NULL,NULL,NULL,0,1),
(4,1262853402,11,5822,1,263551,NULL,5822,1,NULL,NULL),
(5,1262926999,40,5822,1,NULL,94084686159872,1,1,0,4),
(6,1262937972,35,5822,1,NULL,NULL,0,NULL,0,4),
(7,1292291446,4,5822,1,1407,94084686164305,128,NULL,NULL,NULL),
(8,1292398827,40,5822,1,NULL,140343865495552,2,1,0,7),
(9,1292407123,40,5822,1,NULL,140343867555840,3,1,0,7),
(10,1292411762,41,5822,1,NULL,94084686164304,2,1,0,7),
(11,1292413913,44,5822,1,NULL,94084686164304,NULL,NULL,0,7),
(12,1292429347,35,5822,1,NULL,NULL,0,NULL,0,7),
(13,1300053916,4,5822,1,1407,94084686164340,128,NULL,NULL,NULL),
(14,1300074777,41,5822,1,NULL,94084686164339,3,1,0,13),
(15,1300076588,44,5822,1,NULL,94084686164339,NULL,NULL,0,13),
(16,1300080023,35,5822,1,NULL,NULL,0,NULL,0,13),
(17,1300118995,4,5822,1,1407,94084686164282,128,NULL,NULL,NULL),
(18,1300122522,41,5822,1,NULL,94084686164281,1,1,0,17),
(19,1300123112,44,5822,1,NULL,94084686164281,NULL,NULL,0,17),
(20,1300124063,35,5822,1,NULL,NULL,0,NULL,0,17),
(21,1300135465,4,5822,1,1407,94084686164350,128,NULL,NULL,NULL),
(22,1300137853,41,5822,1,NULL,94084686164349,4,1,0,21),
(23,1300138356,44,5822,1,NULL,94084686164349,NULL,NULL,0,21),
(24,1300139297,35,5822,1,NULL,NULL,0,NULL,0,21),
(25,1300296297,2,5822,1,256,NULL,NULL,NULL,NULL,NULL),
(26,1300311687,45,NULL,NULL,NULL,NULL,3,NULL,0,25),
(27,1300312852,18,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL),
(28,1300313417,46,NULL,NULL,NULL,NULL,NULL,NULL,0,27);
INSERT INTO trace_birth (seq, utid, upid, tid, parent_upid) VALUES
(1,1,1,5822,NULL);
INSERT INTO trace_exec (seq, exec_id, path, argv, cwd, image_id, load_bias) VALUES
(4,1,'/tmp/x/bad','["/tmp/x/bad"]','/tmp/x',1,94084686159872);
INSERT INTO trace_exec_env (seq, name, change, value, redacted) VALUES
(4,'HOME',1,'/tmp/x',0),
(4,'PATH',1,'/usr/bin:/bin',0),
(4,'XDG_CACHE_HOME',1,'/tmp/x/.cache',0);
INSERT INTO trace_placed (seq, image_id, load_bias) VALUES
(7,1,94084686159872),
(7,2,140343865495552),
(7,3,140343867555840);
INSERT INTO trace_usage (seq, user_us, system_us, max_rss_kib) VALUES
(25,1256,0,2436);
INSERT INTO trace_image (image_id, path, build_id, instrumented, first_probe, probes, reason) VALUES
(1,'/tmp/x/bad','6893290881087ac5c24c2285760ce49a8a45dbfb',1,1,5,NULL),
(2,'/lib/x86_64-linux-gnu/libc.so.6','93ac61ec5a8eb1396f9fbd350e3169a558528a40',0,6,0,'none of its sources lie under the source root'),
(3,'/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2','7ebc65e52f2bbea498b4040fa92f7238377aaba9',0,6,0,'none of its sources lie under the source root');
INSERT INTO trace_file (file_id, path) VALUES
(1,'/tmp/x/bad.c');
INSERT INTO trace_function (function_id, image_id, name, linkage_name, file_id, line) VALUES
(1,1,'check',NULL,1,2),
(2,1,'main',NULL,1,3);
INSERT INTO trace_probe (probe_id, image_id, address, original) VALUES
(1,1,4409,85),
(2,1,4432,72),
(3,1,4467,191),
(4,1,4477,133),
(5,1,4488,184);
INSERT INTO trace_watch (watch_id, image_id, address, kind, original) VALUES
(1,2,245776,2,141),
(2,2,245840,4,72),
(3,2,589200,3,72),
(4,2,1054736,6,72),
(5,2,1084176,5,72),
(6,3,8288,1,195);
INSERT INTO trace_probe_line (probe_id, file_id, line, function_id, address, site) VALUES
(1,1,2,1,4409,1),
(2,1,3,2,4428,2),
(2,1,4,2,4432,2),
(3,1,5,2,4467,3),
(4,1,5,2,4477,4),
(5,1,6,2,4488,5);
INSERT INTO trace_source (hash, size_bytes, content) VALUES
('4c3011fd155d132aea4c4954aa1b4207b894f2e50797b937e30c9ffdd7671c5a',149,X'785E358CCB0E82301045F7FD8A1BD8B48931A83B6BF81236A58F301107331437867FB788EE4EEE3D3935B11F9710719B73A0E938B48A38C30FD1DFF5466CF086C4BC0883D1E26CB17E958723D6AF89421114909E52D6A44B268A1C50F52E5C4119C9D138775C195B2C4AD07BFB62CC3F7BDA9E1F3756ADEA033B512EC9');
INSERT INTO trace_file_source (file_id, image_id, hash, newer, reason) VALUES
(1,1,'4c3011fd155d132aea4c4954aa1b4207b894f2e50797b937e30c9ffdd7671c5a',0,NULL);
INSERT INTO trace_diagnostic (time_ns, severity, key, message, remedy, run_uuid) VALUES
(1292281462,'info','image-not-instrumented','/lib/x86_64-linux-gnu/libc.so.6 is not instrumented: none of its sources lie under the source root','name their folder with --source-root',NULL),
(1292290271,'info','image-not-instrumented','/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 is not instrumented: none of its sources lie under the source root','name their folder with --source-root',NULL);

INSERT INTO trace_run (run_uuid, argv, cwd, start_unix_ns, duration_ns, status, hostname, kernel, arch, tool_version, schema_version, schema_minor, machine_version, source_roots, coverage, timeout_ns, orphan_grace_ns, claim_grace_ns, wait_root, probes_per, scope, event_count) VALUES
('cf141a91-c63b-4c03-8648-d93c899225b4','["/tmp/x/hangs"]','/tmp/x',1795874618358890137,6098219913,'complete','host','6.18','x86_64','0.1.0',1,8,2,'["/tmp/x"]',1,6000000000,10000000000,1000000000,0,'block','process',19);
INSERT INTO trace_run_tag (key, value, run_uuid) VALUES
('recount.host.cpus','2',NULL),
('user.id','1000',NULL),
('user.name','user',NULL);
INSERT INTO trace_event (seq, time_ns, kind, tid, utid, status, address, value, exec_id, error, cause_seq) VALUES
(1,74537126,1,7466,1,NULL,NULL,NULL,NULL,NULL,NULL),
(2,74588258,33,7466,1,NULL,NULL,1048639,NULL,0,1),
(3,74607616,45,NULL,NULL,NULL,NULL,1,NULL,0,1),
(4,74623060,34,7466,1,NULL,NULL,NULL,NULL,0,1),
(5,1400708182,11,7466,1,263551,NULL,7466,1,NULL,NULL),
(6,1400751177,40,7466,1,NULL,94009282895872,1,1,0,5),
(7,1400759523,35,7466,1,NULL,NULL,0,NULL,0,5),
(8,1462448378,4,7466,1,1407,94009282900286,128,NULL,NULL,NULL),
(9,1462545897,40,7466,1,NULL,140039181398016,2,1,0,8),
(10,1462556897,40,7466,1,NULL,140039183458304,3,1,0,8),
(11,1462563065,41,7466,1,NULL,94009282900285,1,1,0,8),
(12,1462567275,44,7466,1,NULL,94009282900285,NULL,NULL,0,8),
(13,1462601768,35,7466,1,NULL,NULL,0,NULL,0,8),
(14,6094136600,16,NULL,NULL,NULL,NULL,1,NULL,NULL,NULL),
(15,6094161813,39,7466,NULL,NULL,NULL,9,NULL,0,14),
(16,6098196223,3,7466,1,9,NULL,NULL,NULL,NULL,NULL),
(17,6098209717,45,NULL,NULL,NULL,NULL,3,NULL,0,16),
(18,6098216635,18,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL),
(19,6098217290,46,NULL,NULL,NULL,NULL,NULL,NULL,0,18);
INSERT INTO trace_birth (seq, utid, upid, tid, parent_upid) VALUES
(1,1,1,7466,NULL);
INSERT INTO trace_exec (seq, exec_id, path, argv, cwd, image_id, load_bias) VALUES
(5,1,'/tmp/x/hangs','["/tmp/x/hangs"]','/tmp/x',1,94009282895872);
INSERT INTO trace_exec_env (seq, name, change, value, redacted) VALUES
(5,'HOME',1,'/tmp/x',0),
(5,'PATH',1,'/usr/bin:/bin',0);
INSERT INTO trace_placed (seq, image_id, load_bias) VALUES
(8,1,94009282895872),
(8,2,140039181398016),
(8,3,140039183458304);
INSERT INTO trace_usage (seq, user_us, system_us, max_rss_kib) VALUES
(16,1380,0,2524);
INSERT INTO trace_image (image_id, path, build_id, instrumented, first_probe, probes, reason) VALUES
(1,'/tmp/x/hangs','65c2f8744fbb27aea2512df1ee0383dd4ae42e3f',1,1,2,NULL),
(2,'/lib/x86_64-linux-gnu/libc.so.6','93ac61ec5a8eb1396f9fbd350e3169a558528a40',0,3,0,'none of its sources lie under the source root'),
(3,'/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2','7ebc65e52f2bbea498b4040fa92f7238377aaba9',0,3,0,'none of its sources lie under the source root');
INSERT INTO trace_file (file_id, path) VALUES
(1,'/tmp/x/hangs.c');
INSERT INTO trace_function (function_id, image_id, name, linkage_name, file_id, line) VALUES
(1,1,'main',NULL,1,2);
INSERT INTO trace_probe (probe_id, image_id, address, original) VALUES
(1,1,4413,232),
(2,1,4418,184);
INSERT INTO trace_watch (watch_id, image_id, address, kind, original) VALUES
(1,2,245776,2,141),
(2,2,245840,4,72),
(3,2,589200,3,72),
(4,2,1054736,6,72),
(5,2,1084176,5,72),
(6,3,8288,1,195);
INSERT INTO trace_probe_line (probe_id, file_id, line, function_id, address, site) VALUES
(1,1,2,1,4409,1),
(1,1,3,1,4413,1),
(2,1,4,1,4418,2);
INSERT INTO trace_source (hash, size_bytes, content) VALUES
('4ce5fbaf8e1cd042864aa114625bc8ee2f5d96c8191c605482ff2e08667d6f69',62,X'23696E636C756465203C756E697374642E683E0A696E74206D61696E28766F696429207B0A2020706175736528293B0A202072657475726E20303B0A7D0A');
INSERT INTO trace_file_source (file_id, image_id, hash, newer, reason) VALUES
(1,1,'4ce5fbaf8e1cd042864aa114625bc8ee2f5d96c8191c605482ff2e08667d6f69',0,NULL);
INSERT INTO trace_diagnostic (time_ns, severity, key, message, remedy, run_uuid) VALUES
(1462443266,'info','image-not-instrumented','/lib/x86_64-linux-gnu/libc.so.6 is not instrumented: none of its sources lie under the source root','name their folder with --source-root',NULL),
(1462447506,'info','image-not-instrumented','/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 is not instrumented: none of its sources lie under the source root','name their folder with --source-root',NULL);

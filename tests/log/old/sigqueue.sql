INSERT INTO trace_run (run_uuid, argv, cwd, start_unix_ns, duration_ns, status, hostname, kernel, arch, tool_version, schema_version, schema_minor, machine_version, source_roots, coverage, timeout_ns, orphan_grace_ns, claim_grace_ns, wait_root, probes_per, scope, event_count) VALUES
('efef0d45-225a-43a4-ba53-cd67131e9001','["/tmp/x/queue"]','/tmp/x',1795874433407891109,2587583127,'complete','host','6.18','x86_64','0.1.0',1,8,2,'["/tmp/x"]',1,0,10000000000,1000000000,0,'block','process',38);
INSERT INTO trace_run_tag (key, value, run_uuid) VALUES
('recount.host.cpus','2',NULL),
('user.id','1000',NULL),
('user.name','user',NULL);
INSERT INTO trace_event (seq, time_ns, kind, tid, utid, status, address, value, exec_id, error, cause_seq) VALUES
(1,97728930,1,5987,1,NULL,NULL,NULL,NULL,NULL,NULL),
(2,97774230,33,5987,1,NULL,NULL,1048639,NULL,0,1),
(3,97782579,34,5987,1,NULL,NULL,NULL,NULL,0,1),
(4,1347735718,11,5987,1,263551,NULL,5987,1,NULL,NULL),
(5,1347794378,40,5987,1,NULL,94790332309504,1,1,0,4),
(6,1347802087,35,5987,1,NULL,NULL,0,NULL,0,4),
(7,1421660947,4,5987,1,1407,94790332314057,128,NULL,NULL,NULL),
(8,1421741477,40,5987,1,NULL,140687627464704,2,1,0,7),
(9,1421755824,40,5987,1,NULL,140687629524992,3,1,0,7),
(10,1421762115,41,5987,1,NULL,94790332314056,2,1,0,7),
(11,1421766024,44,5987,1,NULL,94790332314056,NULL,NULL,0,7),
(12,1421785559,35,5987,1,NULL,NULL,0,NULL,0,7),
(13,1465370904,4,5987,1,1407,140687627710481,128,NULL,NULL,NULL),
(14,1465438078,49,5987,1,NULL,140687627710480,1,NULL,0,13),
(15,1465445887,35,5987,1,NULL,NULL,0,NULL,0,13),
(16,1469349330,4,5987,1,1407,94790332314082,128,NULL,NULL,NULL),
(17,1469374770,41,5987,1,NULL,94790332314081,3,1,0,16),
(18,1469376935,44,5987,1,NULL,94790332314081,NULL,NULL,0,16),
(19,1469382195,35,5987,1,NULL,NULL,0,NULL,0,16),
(20,1481408663,4,5987,1,2687,NULL,-1,NULL,NULL,NULL),
(21,1481423064,35,5987,1,NULL,NULL,10,NULL,0,20),
(22,1481760680,4,5987,1,1407,94790332313998,128,NULL,NULL,NULL),
(23,1481774709,41,5987,1,NULL,94790332313997,1,1,0,22),
(24,1481776734,44,5987,1,NULL,94790332313997,NULL,NULL,0,22),
(25,1481779316,35,5987,1,NULL,NULL,0,NULL,0,22),
(26,1485364944,4,5987,1,1407,140687627710545,128,NULL,NULL,NULL),
(27,1485395694,49,5987,1,NULL,140687627710544,2,NULL,0,26),
(28,1485402896,35,5987,1,NULL,NULL,0,NULL,0,26),
(29,1489328507,4,5987,1,1407,94790332314127,128,NULL,NULL,NULL),
(30,1489347966,41,5987,1,NULL,94790332314126,4,1,0,29),
(31,1489350013,44,5987,1,NULL,94790332314126,NULL,NULL,0,29),
(32,1489354997,35,5987,1,NULL,NULL,0,NULL,0,29),
(33,2585337978,4,5987,1,3967,NULL,0,NULL,NULL,NULL),
(34,2585364884,35,5987,1,NULL,NULL,15,NULL,0,33),
(35,2587545045,3,5987,1,15,NULL,NULL,NULL,NULL,NULL),
(36,2587571881,45,NULL,NULL,NULL,NULL,3,NULL,0,35),
(37,2587581137,18,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL),
(38,2587582110,46,NULL,NULL,NULL,NULL,NULL,NULL,0,37);
INSERT INTO trace_birth (seq, utid, upid, tid, parent_upid) VALUES
(1,1,1,5987,NULL);
INSERT INTO trace_exec (seq, exec_id, path, argv, cwd, image_id, load_bias) VALUES
(4,1,'/tmp/x/queue','["/tmp/x/queue"]','/tmp/x',1,94790332309504);
INSERT INTO trace_exec_env (seq, name, change, value, redacted) VALUES
(4,'HOME',1,'/tmp/x',0),
(4,'PATH',1,'/usr/bin:/bin',0),
(4,'XDG_CACHE_HOME',1,'/tmp/x/.cache',0);
INSERT INTO trace_call (seq, number, first, has_new, mask, handler, flags) VALUES
(13,13,10,1,0,94790332313961,4),
(26,15,0,0,0,0,0);
INSERT INTO trace_placed (seq, image_id, load_bias) VALUES
(7,1,94790332309504),
(7,2,140687627464704),
(7,3,140687629524992);
INSERT INTO trace_siginfo (seq, signal, code, error, pid, uid, status, value, address) VALUES
(20,10,-1,0,5987,0,NULL,42,NULL),
(33,15,0,0,5987,0,NULL,NULL,NULL);
INSERT INTO trace_usage (seq, user_us, system_us, max_rss_kib) VALUES
(35,1655,0,2460);
INSERT INTO trace_crash (seq, took_ns, reason) VALUES
(33,1089499938,'walking its stacks took more than a second');
INSERT INTO trace_crash_register (seq, name, value) VALUES
(33,'rip',140687627711079),
(33,'rsp',140734695767176),
(33,'rbp',140734695767360),
(33,'rax',0),
(33,'rbx',42),
(33,'rcx',140687627711079),
(33,'rdx',0),
(33,'rsi',15),
(33,'rdi',5987),
(33,'r8',0),
(33,'r9',140687629543120),
(33,'r10',140687627556224),
(33,'r11',518),
(33,'r12',0),
(33,'r13',140734695767656),
(33,'r14',94790332325336),
(33,'r15',140687629733920),
(33,'eflags',518),
(33,'orig_rax',62),
(33,'fs_base',140687627454272),
(33,'gs_base',0);
INSERT INTO trace_crash_image (seq, start, end_address, path, build_id) VALUES
(33,94790332309504,94790332329984,'/tmp/x/queue','34607ad034fb1ccfc88572e6d5274d73c19bab70'),
(33,140687627464704,140687629385728,'/usr/lib/x86_64-linux-gnu/libc.so.6','93ac61ec5a8eb1396f9fbd350e3169a558528a40'),
(33,140687629516800,140687629524992,'[vdso]',NULL),
(33,140687629524992,140687629742080,'/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2','7ebc65e52f2bbea498b4040fa92f7238377aaba9');
INSERT INTO trace_crash_frame (seq, tid, level, inlined, address, image, image_address, function, file, line) VALUES
(33,5987,0,0,140687627711079,'/usr/lib/x86_64-linux-gnu/libc.so.6',246375,NULL,NULL,NULL),
(33,5987,1,0,94790332314154,'/tmp/x/queue',4650,NULL,NULL,NULL),
(33,5987,2,0,140687627625034,'/usr/lib/x86_64-linux-gnu/libc.so.6',160330,NULL,NULL,NULL),
(33,5987,3,0,140687627625221,'/usr/lib/x86_64-linux-gnu/libc.so.6',160517,NULL,NULL,NULL),
(33,5987,4,0,94790332313761,'/tmp/x/queue',4257,NULL,NULL,NULL);
INSERT INTO trace_image (image_id, path, build_id, instrumented, first_probe, probes, reason) VALUES
(1,'/tmp/x/queue','34607ad034fb1ccfc88572e6d5274d73c19bab70',1,1,5,NULL),
(2,'/lib/x86_64-linux-gnu/libc.so.6','93ac61ec5a8eb1396f9fbd350e3169a558528a40',0,6,0,'none of its sources lie under the source root'),
(3,'/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2','7ebc65e52f2bbea498b4040fa92f7238377aaba9',0,6,0,'none of its sources lie under the source root');
INSERT INTO trace_file (file_id, path) VALUES
(1,'/tmp/x/queue.c');
INSERT INTO trace_function (function_id, image_id, name, linkage_name, file_id, line) VALUES
(1,1,'on_signal',NULL,1,5),
(2,1,'main',NULL,1,9);
INSERT INTO trace_probe (probe_id, image_id, address, original) VALUES
(1,1,4493,144),
(2,1,4552,72),
(3,1,4577,187),
(4,1,4622,139),
(5,1,4650,184);
INSERT INTO trace_watch (watch_id, image_id, address, kind, original) VALUES
(1,2,245776,2,141),
(2,2,245840,4,72),
(3,2,589200,3,72),
(4,2,1054736,6,72),
(5,2,1084176,5,72),
(6,3,8288,1,195);
INSERT INTO trace_probe_line (probe_id, file_id, line, function_id, address, site) VALUES
(1,1,5,1,4457,1),
(1,1,7,1,4472,1),
(1,1,8,1,4493,1),
(2,1,9,2,4496,2),
(2,1,10,2,4508,2),
(2,1,11,2,4552,2),
(3,1,12,2,4577,3),
(4,1,13,2,4622,4),
(5,1,14,2,4650,5);
INSERT INTO trace_source (hash, size_bytes, content) VALUES
('d15d3f7222fdbacb85d0e0bbe5f1b30ca7b9c5684c647b2ee62725e1edcd554a',466,X'785E5550D16AC240107CCF572C08E562D3504BDFAC4229567CA882A9CFC7915CD2A5D74BEBED4941FCF7EE2612EDD3DCCDCCEECCDDA8B2357A0B7AB9DEE962B3DBBE2C9211FAD2C5CAC253C0C61B977FCCAFB8E83150255C204358C2A1758CCE027A026A5D35BD285841EB75BF4689EE33E01BFABAD50463C1ACB78DCBD693FDA5148E0980122E65737F386B535624006E6720A377F380FA605CB4794046CD09D3E49448D09741DF0F770B03ED6349926D4AC2D6C3196670CC839186033114CE40A4DA9926305D3CEB62B55CAD5F3727E9314C286677C57692C14D4F64709F9E1D3FD146AB1A4BDF58A93483C1AAF817398C2D5C3B3D5EEA73D0E3C3A99BC71A54F7DA9970297CA273FF77BD2FB66F9D756F29EE3D4CE4F17FE67E98C3');
INSERT INTO trace_file_source (file_id, image_id, hash, newer, reason) VALUES
(1,1,'d15d3f7222fdbacb85d0e0bbe5f1b30ca7b9c5684c647b2ee62725e1edcd554a',0,NULL);
INSERT INTO trace_diagnostic (time_ns, severity, key, message, remedy, run_uuid) VALUES
(1421655849,'info','image-not-instrumented','/lib/x86_64-linux-gnu/libc.so.6 is not instrumented: none of its sources lie under the source root','name their folder with --source-root',NULL),
(1421660051,'info','image-not-instrumented','/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 is not instrumented: none of its sources lie under the source root','name their folder with --source-root',NULL);

// The views by SQL and the replay's fold by the machine are two derivations of one truth: they are
// equal on every log, also on one that was cut anywhere.

#include "replay/query/named_queries.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/log_builder.hpp"
#include "tests/support/sample_logs.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/views_comparison.hpp"

namespace recount::test {
namespace {

TEST_CASE("the views and the fold say the same") {
  const TemporaryFolder folder;
  for (const SampleLog& sample : sample_logs()) {
    INFO(sample.name);
    const std::string path = folder.file(sample.name);
    sample.write(path);
    const Verdict verdict = Folded(path).verdict;
    CHECK((verdict.divergence ? verdict.divergence->what : "") == "");
    check_equal(path);
  }
}

TEST_CASE("the views and the fold say the same of a log that was cut anywhere") {
  const TemporaryFolder folder;
  for (const SampleLog& sample : sample_logs()) {
    const std::string path = folder.file(sample.name);
    sample.write(path);
    for (Seq last = Folded(path).verdict.last_seq; last-- > 0;) {
      INFO(sample.name << " up to event " << last);
      cut(path, last);
      const Verdict verdict = Folded(path).verdict;
      CHECK((verdict.divergence ? verdict.divergence->what : "") == "");
      CHECK(verdict.last_seq == last);
      CHECK_FALSE(verdict.sealed);
      check_equal(path);
    }
  }
}

// What a static library has, linked into two programs: a line with two places in the first, of which one is reached by each process.
void write_linked_log(const std::string& path) {
  LogBuilder log(path);
  const ImageId first = log.image("/bin/first", {{0x10, "/src/lib.c", {3}, "shared()", 2},
                                                 {0x20, "/src/lib.c", {3}, "shared()", 2},
                                                 {0x30, "/src/lib.c", {4}, "shared()", 2}});
  const ImageId second = log.image("/bin/second", {{0x50, "/src/lib.c", {3}, "shared()", 2},
                                                   {0x60, "/src/lib.c", {4}, "shared()", 2},
                                                   {0x70, "/src/lib.c", {5}, "shared()", 2}});
  log.spawned(100);
  log.exec(100, R"(["first"])", first);
  log.hit(100, 0x10);
  log.fork(100, 101);
  log.stop(101);
  log.exec(101, R"(["first"])", first);
  for (const std::uint64_t address : {0x10, 0x20}) log.hit(101, address);
  log.fork(100, 102);
  log.stop(102);
  log.exec(102, R"(["second"])", second);
  for (const std::uint64_t address : {0x50, 0x60, 0x70}) log.hit(102, address);
  for (const int pid : {102, 101, 100}) log.exited(pid, 0);
  log.echild();
  log.finish();
}

TEST_CASE("hits of a line that is linked into several programs are added up over them") {
  const TemporaryFolder folder;
  write_linked_log(folder.file("log"));
  CHECK(ask(folder.file("log"), "SELECT line, hits, processes, probes, probes_hit FROM line_coverage ORDER BY line") ==
        Rows{"3|3|3|3|3|", "4|1|1|2|1|", "5|1|1|1|1|"});
  CHECK(ask(folder.file("log"), "SELECT function, hits FROM function_coverage") == Rows{"shared()|3|"});
  check_equal(folder.file("log"));
}

TEST_CASE("hits of a function's lines are added up over the programs that it is linked into") {
  const TemporaryFolder folder;
  write_linked_log(folder.file("log"));
  const Folded folded(folder.file("log"));
  const auto files = folded.coverage.files();
  REQUIRE(files.size() == 1);
  REQUIRE(files[0].functions.size() == 1);
  Rows lines;
  for (const FunctionLine& l : files[0].functions[0].lines)
    lines.push_back(std::to_string(l.line) + ":" + std::to_string(l.hits));
  CHECK(lines == Rows{"3:3", "4:1", "5:1"});
}

TEST_CASE("a process that never execs runs what its parent ran when it was born") {
  const TemporaryFolder folder;
  write_family_log(folder.file("log"));
  CHECK(ask(folder.file("log"), "SELECT pid, argv FROM process ORDER BY pid") ==
        Rows{R"(100|["later"]|)", R"(101|["prog","--flag"]|)", R"(102|["prog","--flag"]|)", R"(103|["deep"]|)",
             R"(104|["deep"]|)", R"(105|["deep"]|)", R"(110|["later"]|)"});
}

TEST_CASE("the tree's sort key puts each parent before its children") {
  const TemporaryFolder folder;
  write_family_log(folder.file("log"));
  CHECK(ask(folder.file("log"), "SELECT pid, depth FROM process_tree ORDER BY sort_key") ==
        Rows{"100|0|", "101|1|", "102|2|", "103|3|", "104|4|", "105|5|", "110|1|"});
  CHECK(ask(folder.file("log"),
            "SELECT ancestor_upid, distance FROM process_ancestor WHERE upid = 4 ORDER BY "
            "distance") == Rows{"3|1|", "2|2|", "1|3|"});
}

// The same as in views.sql, said plainly: each child is compared with each step of its parent's threads.
constexpr const char* kBlockedPlainly = R"(
WITH
  child AS (
    SELECT o.upid, o.parent_upid, o.seq, b.utid, e.seq AS end_seq, e.time_ns
    FROM trace_origin o
    JOIN trace_event b ON b.seq = o.seq
    LEFT JOIN trace_process_end e ON e.upid = o.upid
    WHERE o.parent_upid IS NOT NULL),
  waited AS (
    SELECT c.* FROM child c LEFT JOIN trace_process_end p ON p.upid = c.parent_upid
    WHERE c.end_seq IS NOT NULL AND (p.seq IS NULL OR p.seq > c.end_seq)),
  step AS (
    SELECT utid, seq FROM child UNION ALL SELECT utid, end_seq FROM waited UNION ALL SELECT utid, seq FROM trace_process_exec)
SELECT w.parent_upid, w.utid, w.upid,
       (SELECT time_ns FROM trace_event WHERE seq = (SELECT MAX(s.seq) FROM step s WHERE s.utid = w.utid AND s.seq < w.end_seq)),
       w.time_ns
FROM waited w ORDER BY w.upid)";

TEST_CASE("the last step before a child's end is found as it is by comparing all of them") {
  const TemporaryFolder folder;
  std::size_t rows = 0;
  for (const SampleLog& sample : sample_logs()) {
    INFO(sample.name);
    sample.write(folder.file(sample.name));
    const Rows found = ask(folder.file(sample.name),
                           "SELECT upid, utid, child_upid, start_ns, end_ns FROM blocked ORDER BY child_upid");
    CHECK(found == ask(folder.file(sample.name), kBlockedPlainly));
    rows += found.size();
  }
  CHECK(rows > 5);
}

// A shell starts a server, runs two programs one after the other, and kills the server; it works for a second between any two of these.
void write_shell_log(const std::string& path) {
  constexpr std::int64_t kSecondNs = 1'000'000'000;
  LogBuilder log(path);
  const auto starts = [&](int pid, const std::string& argv) {
    log.advance(kSecondNs);
    log.fork(100, pid);
    log.stop(pid);
    log.exec(pid, argv);
  };
  log.spawned(100);
  log.exec(100, R"(["sh"])");
  starts(101, R"(["server"])");
  starts(102, R"(["quick"])");
  log.advance(kSecondNs / 2);
  log.exited(102, 0);
  starts(103, R"(["slow"])");
  log.advance(3 * kSecondNs);
  log.exited(103, 0);
  log.advance(kSecondNs);
  log.signal(101, 15, 100);
  log.killed(101, 15);
  log.exited(100, 0);
  log.echild();
  log.finish();
}

TEST_CASE("a shell waits for one child after the other, whatever runs beside it") {
  const TemporaryFolder folder;
  write_shell_log(folder.file("log"));
  CHECK(ask(folder.file("log"),
            "SELECT p.argv, ROUND(b.duration_ns / 1e9, 1) FROM blocked b JOIN process p ON p.upid = b.child_upid "
            "ORDER BY b.end_ns") == Rows{R"(["quick"]|0.5|)", R"(["slow"]|3.0|)", R"(["server"]|1.0|)"});
}

TEST_CASE("the critical path goes through the children that were waited for, not through a server that was killed") {
  const TemporaryFolder folder;
  write_shell_log(folder.file("log"));
  const std::string path(find_query("critical-path")->sql);
  CHECK(ask(folder.file("log"),
            "SELECT argv, ROUND(own_ms / 1000, 1), ROUND(percent) FROM (" + path.substr(0, path.rfind(';')) + ")") ==
        Rows{R"(["sh"]|4.0|53.0|)", R"(["quick"]|0.5|7.0|)", R"(["slow"]|3.0|40.0|)"});
}

TEST_CASE("every column that is promised is there, with run_uuid in each view") {
  const TemporaryFolder folder;
  const std::string path = folder.file("log");
  write_eventful_log(path);
  tamper(path, "INSERT INTO trace_output VALUES (1, 1, 3, 3, 'abc')");
  tamper(path, "INSERT INTO trace_branch VALUES (1, 16, 1, 1, 1, 0, 0, NULL, 1, NULL)");
  const std::vector<std::pair<std::string, std::string>> promised{
      {"run",
       "run_uuid, argv, cwd, start_unix_ns, duration_ns, status, exit_code, term_signal, hostname, "
       "kernel, arch, "
       "tool_version, schema_version"},
      {"process",
       "run_uuid, upid, pid, parent_upid, created_by, start_ns, end_ns, duration_ns, exit_code, "
       "term_signal, "
       "signal_name, core_dumped, user_us, system_us, max_rss_kib, path, argv, self_user_us, self_system_us, "
       "stopped_ns"},
      {"span", "run_uuid, upid, exec_id, start_ns, end_ns"},
      {"blocked", "run_uuid, upid, utid, child_upid, start_ns, end_ns, duration_ns"},
      {"thread", "run_uuid, utid, tid, upid, start_ns, end_ns"},
      {"exec", "run_uuid, exec_id, upid, time_ns, path, argv, cwd, image_id, end_ns, duration_ns"},
      {"process_tree",
       "run_uuid, depth, sort_key, upid, pid, parent_upid, created_by, start_ns, end_ns, "
       "duration_ns, "
       "exit_code, term_signal, signal_name, core_dumped, user_us, system_us, max_rss_kib, path, argv, "
       "self_user_us, self_system_us, stopped_ns, output_seen"},
      {"process_ancestor", "run_uuid, upid, ancestor_upid, distance"},
      {"output", "run_uuid, seq, time_ns, upid, utid, fd, bytes, text, head"},
      {"signal", "run_uuid, seq, time_ns, upid, tid, signal, signal_name, sender_pid, sender_upid, fatal"},
      {"image", "run_uuid, image_id, path, build_id, instrumented, probes, reason"},
      {"hit", "run_uuid, seq, time_ns, upid, utid, image_id, address, file, line, function"},
      {"line_coverage", "run_uuid, file, line, probes, probes_hit, hits, processes, first_seq"},
      {"branch", "run_uuid, file, line, branch, taken, condition, way, to_line, reached"},
      {"function_coverage", "run_uuid, file, function, line, hits, linkage_name"},
      {"file_coverage", "run_uuid, file, lines, lines_hit, percent, folder"},
      {"event",
       "run_uuid, seq, time_ns, kind, tid, utid, upid, status, signal, address, result, error, "
       "cause_seq, detail"},
      {"diagnostic", "run_uuid, time_ns, severity, key, message, remedy"}};
  for (const auto& [view, columns] : promised) {
    INFO(view);
    CHECK_FALSE(ask(path, "SELECT " + columns + " FROM " + view).empty());
    CHECK(ask(path, "SELECT DISTINCT run_uuid FROM " + view) == Rows{"0b5f5c0e-run|"});
  }
}

}  // namespace
}  // namespace recount::test

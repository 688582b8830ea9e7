// The views by SQL and the replay's fold by the machine are two derivations of one truth: they are
// equal on every log, also on one that was cut anywhere.
#include <sqlite3.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <optional>

#include "replay/dictionary.hpp"
#include "replay/history.hpp"
#include "tests/support/sample_logs.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

using Rows = std::vector<std::string>;

std::string field(std::int64_t n) { return std::to_string(n); }
std::string field(const std::string& text) { return text; }
template <typename T>
std::string field(const std::optional<T>& value) {
  return value ? field(*value) : "null";
}
template <typename... Fields>
std::string row_of(const Fields&... fields) {
  std::string row;
  ((row += field(fields) + "|"), ...);
  return row;
}

std::optional<std::int64_t> unless_zero(std::int64_t n) {
  return n ? std::optional(n) : std::nullopt;
}

Rows ask(const std::string& path, const std::string& sql) {
  const Database database(path, Database::Mode::read_only);
  Statement statement(database, sql);
  Rows rows;
  while (statement.step()) {
    std::string row;
    for (int i = 0; i < sqlite3_column_count(sqlite3_next_stmt(database.handle(), nullptr)); ++i)
      row += (statement.is_null(i) ? "null" : statement.text(i)) + "|";
    rows.push_back(row);
  }
  return rows;
}

struct Folded {
  explicit Folded(const std::string& path)
      : log(path), coverage(log), history(log, &coverage), verdict(Recount(log).run(&history)) {}
  LogFile log;
  Coverage coverage;
  History history;
  Verdict verdict;
};

const char* created_by(EventKind origin) {
  switch (origin) {
    case EventKind::spawned:
      return "root";
    case EventKind::event_fork:
      return "fork";
    case EventKind::event_vfork:
      return "vfork";
    case EventKind::event_clone:
      return "clone";
    default:
      return "null";
  }
}

Rows processes(const Folded& folded) {
  Rows rows;
  for (const ProcessRecord& p : folded.history.processes()) {
    const ExecRecord* const program = folded.history.program_of(p);
    const auto if_ended = [&](bool too, std::int64_t n) {
      return p.end_ns && too ? std::optional(n) : std::nullopt;
    };
    rows.push_back(row_of(raw(p.upid), raw(p.pid), unless_zero(raw(p.parent)),
                          std::string(created_by(p.origin)), p.start_ns, p.end_ns,
                          if_ended(p.status.exited(), p.status.exit_code()),
                          if_ended(p.status.signaled(), p.status.term_signal()),
                          if_ended(true, p.status.signaled() && p.status.core_dumped()),
                          if_ended(true, p.usage.user_us), if_ended(true, p.usage.max_rss_kib),
                          program ? std::optional(program->path) : std::nullopt,
                          program ? std::optional(program->argv) : std::nullopt));
  }
  return rows;
}

Rows threads(const Folded& folded) {
  Rows rows;
  for (const ThreadRecord& t : folded.history.threads())
    rows.push_back(row_of(raw(t.utid), raw(t.tid), raw(t.upid), t.start_ns, t.end_ns));
  std::sort(rows.begin(), rows.end());
  return rows;
}

Rows execs(const Folded& folded) {
  Rows rows;
  for (const ExecRecord& e : folded.history.execs())
    rows.push_back(row_of(raw(e.id), raw(e.upid), e.time_ns, e.path, e.argv, e.cwd,
                          unless_zero(raw(e.image))));
  return rows;
}

Rows signals_of(const Folded& folded) {
  Rows rows;
  const Names names(folded.log);
  for (const SignalRecord& s : folded.history.signals())
    rows.push_back(row_of(static_cast<std::int64_t>(s.seq), s.time_ns, unless_zero(raw(s.upid)),
                          raw(s.tid), s.signal, names.signal(s.signal), unless_zero(s.sender),
                          s.fatal));
  std::sort(rows.begin(), rows.end());
  return rows;
}

Rows lines(const Folded& folded) {
  Rows rows;
  for (const FileCoverage& file : folded.coverage.files())
    for (const LineCoverage& l : file.lines)
      rows.push_back(row_of(file.file, l.line, static_cast<std::int64_t>(l.probes),
                            static_cast<std::int64_t>(l.probes_hit),
                            static_cast<std::int64_t>(l.hits),
                            static_cast<std::int64_t>(l.processes),
                            unless_zero(static_cast<std::int64_t>(l.first_seq))));
  return rows;
}

Rows functions(const Folded& folded) {
  Rows rows;
  for (const FileCoverage& file : folded.coverage.files())
    for (const FunctionCoverage& f : file.functions)
      rows.push_back(
          row_of(file.file, f.name, f.line, static_cast<std::int64_t>(f.hits), f.linkage_name));
  return rows;
}

Rows sorted(Rows rows) {
  std::sort(rows.begin(), rows.end());
  return rows;
}

void check_equal(const std::string& path) {
  const Folded folded(path);
  CHECK(ask(path,
            "SELECT upid, pid, parent_upid, coalesce(created_by, 'null'), start_ns, end_ns, "
            "exit_code, term_signal, "
            "core_dumped, user_us, max_rss_kib, path, argv FROM process ORDER BY upid") ==
        processes(folded));
  CHECK(sorted(ask(path, "SELECT utid, tid, upid, start_ns, end_ns FROM thread")) ==
        threads(folded));
  CHECK(ask(path,
            "SELECT exec_id, upid, time_ns, path, argv, cwd, image_id FROM exec ORDER BY seq") ==
        execs(folded));
  CHECK(
      sorted(ask(
          path,
          "SELECT seq, time_ns, upid, tid, signal, signal_name, sender_pid, fatal FROM signal")) ==
      signals_of(folded));
  CHECK(ask(path,
            "SELECT file, line, probes, probes_hit, hits, processes, first_seq FROM line_coverage "
            "ORDER BY file, line") == lines(folded));
  CHECK(ask(path,
            "SELECT file, function, line, hits, linkage_name FROM function_coverage ORDER BY file, "
            "line, "
            "function") == functions(folded));
  CHECK(ask(path, "SELECT count(*) FROM event") ==
        Rows{row_of(static_cast<std::int64_t>(folded.verdict.events))});
  CHECK(ask(path, "SELECT count(*) FROM process_tree") ==
        ask(path, "SELECT count(*) FROM process"));
}

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

TEST_CASE("a process that never execs runs what its parent ran when it was born") {
  const TemporaryFolder folder;
  write_family_log(folder.file("log"));
  CHECK(ask(folder.file("log"), "SELECT pid, argv FROM process ORDER BY pid") ==
        Rows{R"(100|["later"]|)", R"(101|["prog","--flag"]|)", R"(102|["prog","--flag"]|)",
             R"(103|["deep"]|)", R"(104|["deep"]|)", R"(105|["deep"]|)", R"(110|["later"]|)"});
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

TEST_CASE("every column that is promised is there, with run_uuid in each view") {
  const TemporaryFolder folder;
  const std::string path = folder.file("log");
  write_eventful_log(path);
  const std::vector<std::pair<std::string, std::string>> promised{
      {"run",
       "run_uuid, argv, cwd, start_unix_ns, duration_ns, status, exit_code, term_signal, hostname, "
       "kernel, arch, "
       "tool_version, schema_version"},
      {"process",
       "run_uuid, upid, pid, parent_upid, created_by, start_ns, end_ns, duration_ns, exit_code, "
       "term_signal, "
       "core_dumped, user_us, system_us, max_rss_kib, path, argv"},
      {"thread", "run_uuid, utid, tid, upid, start_ns, end_ns"},
      {"exec", "run_uuid, exec_id, upid, time_ns, path, argv, cwd, image_id"},
      {"process_tree",
       "run_uuid, depth, sort_key, upid, pid, parent_upid, created_by, start_ns, end_ns, "
       "duration_ns, "
       "exit_code, term_signal, core_dumped, user_us, system_us, max_rss_kib, path, argv"},
      {"process_ancestor", "run_uuid, upid, ancestor_upid, distance"},
      {"signal", "run_uuid, seq, time_ns, upid, tid, signal, signal_name, sender_pid, fatal"},
      {"image", "run_uuid, image_id, path, build_id, instrumented, probes, reason"},
      {"hit", "run_uuid, seq, time_ns, upid, utid, image_id, address, file, line, function"},
      {"line_coverage", "run_uuid, file, line, probes, probes_hit, hits, processes, first_seq"},
      {"function_coverage", "run_uuid, file, function, line, hits, linkage_name"},
      {"file_coverage", "run_uuid, file, lines, lines_hit, percent"},
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

#include "tests/support/views_comparison.hpp"
#include "tests/support/catch.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <optional>

#include "replay/log/dictionary.hpp"

namespace recount::test {
namespace {

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

std::optional<std::int64_t> unless_zero(std::int64_t n) { return n ? std::optional(n) : std::nullopt; }

const char* created_by(EventKind origin) {
  switch (origin) {
    case EventKind::spawned: return "root";
    case EventKind::attached: return "attach";
    case EventKind::event_fork: return "fork";
    case EventKind::event_vfork: return "vfork";
    case EventKind::event_clone: return "clone";
    default: return "null";
  }
}

Rows processes(const Folded& folded) {
  Rows rows;
  for (const ProcessRecord& p : folded.history.processes()) {
    const ExecRecord* const program = folded.history.program_of(p);
    const auto if_ended = [&](bool too, std::int64_t n) { return p.end_ns && too ? std::optional(n) : std::nullopt; };
    rows.push_back(row_of(
        raw(p.upid), raw(p.pid), unless_zero(raw(p.parent)), std::string(created_by(p.origin)), p.start_ns, p.end_ns,
        if_ended(p.status.exited(), p.status.exit_code()), if_ended(p.status.signaled(), p.status.term_signal()),
        if_ended(true, p.status.signaled() && p.status.core_dumped()), if_ended(true, p.usage.user_us),
        if_ended(true, p.usage.max_rss_kib), program ? std::optional(program->path) : std::nullopt,
        program ? std::optional(program->argv) : std::nullopt));
  }
  return rows;
}

// Logs made by hand have no such rows.
Rows stopped_times(const Folded& folded, const Rows& told) {
  Rows rows;
  for (const ProcessRecord& p : told.empty() ? std::vector<ProcessRecord>() : folded.history.processes())
    if (p.end_ns) rows.push_back(row_of(raw(p.upid), p.stopped_ns));
  return rows;
}

Rows outputs_seen(const Folded& folded) {
  Rows rows;
  for (const ProcessRecord& p : folded.history.processes()) {
    const auto seen = folded.history.output_seen(p);
    rows.push_back(row_of(raw(p.upid), seen ? std::optional<std::int64_t>(*seen) : std::nullopt));
  }
  return rows;
}

// What its children used that ended before it is not its own.
Rows own_usages(const Folded& folded) {
  Rows rows;
  for (const ProcessRecord& p : folded.history.processes()) {
    std::int64_t user_us = p.usage.user_us, system_us = p.usage.system_us;
    for (const Upid upid : p.children) {
      const ProcessRecord* const child = folded.history.process(upid);
      if (!child || !child->end_ns || child->end_seq > p.end_seq) continue;
      user_us -= child->usage.user_us, system_us -= child->usage.system_us;
    }
    if (p.end_ns)
      rows.push_back(row_of(raw(p.upid), std::max<std::int64_t>(user_us, 0), std::max<std::int64_t>(system_us, 0)));
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

// When the next program of its process began, or the process ended.
std::optional<std::int64_t> end_of(const ExecRecord& exec, const History& history) {
  const ProcessRecord* const process = history.process(exec.upid);
  if (!process) return std::nullopt;
  for (const std::size_t next : process->execs)
    if (history.execs()[next].seq > exec.seq) return history.execs()[next].time_ns;
  return process->end_ns;
}

Rows execs(const Folded& folded) {
  Rows rows;
  for (const ExecRecord& e : folded.history.execs())
    rows.push_back(row_of(raw(e.id), raw(e.upid), e.time_ns, e.path, e.argv, e.cwd, unless_zero(raw(e.image)),
                          end_of(e, folded.history)));
  return rows;
}

Rows signals_of(const Folded& folded) {
  Rows rows;
  const Names names(folded.log);
  for (const SignalRecord& s : folded.history.signals())
    rows.push_back(row_of(static_cast<std::int64_t>(s.seq), s.time_ns, unless_zero(raw(s.upid)), raw(s.tid), s.signal,
                          names.signal(s.signal), unless_zero(s.sender), s.fatal, unless_zero(raw(s.sender_upid))));
  std::sort(rows.begin(), rows.end());
  return rows;
}

Rows outputs_of(const Folded& folded) {
  Rows rows;
  for (const OutputRecord& o : folded.history.outputs())
    rows.push_back(row_of(static_cast<std::int64_t>(o.seq), o.time_ns, raw(o.upid), raw(o.utid), o.fd, o.bytes));
  return rows;
}

Rows lines(const Folded& folded) {
  Rows rows;
  for (const FileCoverage& file : folded.coverage.files())
    for (const LineCoverage& l : file.lines)
      rows.push_back(row_of(file.file, l.line, static_cast<std::int64_t>(l.probes),
                            static_cast<std::int64_t>(l.probes_hit), static_cast<std::int64_t>(l.hits),
                            static_cast<std::int64_t>(l.processes),
                            unless_zero(static_cast<std::int64_t>(l.first_seq))));
  return rows;
}

Rows branches(const Folded& folded) {
  Rows rows;
  const auto number = [](std::optional<bool> known) {
    return known ? std::optional(std::int64_t{*known}) : std::nullopt;
  };
  for (const FileCoverage& file : folded.coverage.files())
    for (const BranchCoverage& b : file.branches)
      rows.push_back(row_of(file.file, b.line, b.number, number(b.taken), b.condition, std::string(word_of(b.way)),
                            unless_zero(b.to_line), number(b.reached)));
  return rows;
}

Rows functions(const Folded& folded) {
  Rows rows;
  for (const FileCoverage& file : folded.coverage.files())
    for (const FunctionCoverage& f : file.functions)
      rows.push_back(row_of(file.file, f.name, f.line, static_cast<std::int64_t>(f.hits), f.linkage_name));
  return rows;
}

Rows sorted(Rows rows) {
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace

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

void check_equal(const std::string& path) {
  const Folded folded(path);
  CHECK(ask(path,
            "SELECT upid, pid, parent_upid, coalesce(created_by, 'null'), start_ns, end_ns, "
            "exit_code, term_signal, "
            "core_dumped, user_us, max_rss_kib, path, argv FROM process ORDER BY upid") == processes(folded));
  const Rows stopped = ask(path, "SELECT upid, stopped_ns FROM process WHERE stopped_ns IS NOT NULL ORDER BY upid");
  CHECK(stopped == stopped_times(folded, stopped));
  CHECK(ask(path, "SELECT upid, self_user_us, self_system_us FROM process WHERE end_ns IS NOT NULL ORDER BY upid") ==
        own_usages(folded));
  CHECK(ask(path, "SELECT upid, output_seen FROM process ORDER BY upid") == outputs_seen(folded));
  CHECK(sorted(ask(path, "SELECT utid, tid, upid, start_ns, end_ns FROM thread")) == threads(folded));
  CHECK(ask(path, "SELECT exec_id, upid, time_ns, path, argv, cwd, image_id, end_ns FROM exec ORDER BY seq") ==
        execs(folded));
  CHECK(sorted(ask(
            path, "SELECT seq, time_ns, upid, tid, signal, signal_name, sender_pid, fatal, sender_upid FROM signal")) ==
        signals_of(folded));
  CHECK(ask(path, "SELECT seq, time_ns, upid, utid, fd, bytes FROM output ORDER BY seq") == outputs_of(folded));
  CHECK(ask(path,
            "SELECT file, line, probes, probes_hit, hits, processes, first_seq FROM line_coverage "
            "ORDER BY file, line") == lines(folded));
  CHECK(ask(path,
            "SELECT file, line, branch, taken, condition, way, to_line, reached FROM branch "
            "ORDER BY file, line, branch") == branches(folded));
  CHECK(ask(path,
            "SELECT file, function, line, hits, linkage_name FROM function_coverage ORDER BY file, "
            "line, "
            "function") == functions(folded));
  CHECK(ask(path, "SELECT count(*) FROM event") ==
        Rows{row_of(static_cast<std::int64_t>(folded.verdict.events - folded.verdict.missing))});
  CHECK(ask(path, "SELECT count(*) FROM process_tree") == ask(path, "SELECT count(*) FROM process"));
}

}  // namespace recount::test

#include "replay/page/report_data.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <unordered_map>

#include "replay/command/command.hpp"
#include "replay/page/report_output.hpp"
#include "replay/recount/critical_path.hpp"
#include "replay/text/json_text.hpp"
#include "schema/vocabulary/event_kind.hpp"

namespace recount {
namespace {

constexpr std::uint32_t kLinesAround = 4;      // of a frame's line, on either side
constexpr std::size_t kFramesWithSource = 20;  // of a backtrace

const char* origin_word(EventKind origin) {
  switch (origin) {
    case EventKind::spawned: return "root";
    case EventKind::attached: return "attach";
    case EventKind::event_fork: return "fork";
    case EventKind::event_vfork: return "vfork";
    case EventKind::event_clone: return "clone";
    default: return "found";  // nobody knows
  }
}

class Strings {
 public:
  std::size_t id(const std::string& text) {
    const auto [at, fresh] = ids_.try_emplace(text, ids_.size());
    if (fresh) texts_.push_back(&at->first);
    return at->second;
  }
  void write(std::ostream& out) const {
    write_json_array(out, texts_, [](std::ostream& to, const std::string* text) { to << json_text(*text); });
  }

 private:
  std::unordered_map<std::string, std::size_t> ids_;
  std::vector<const std::string*> texts_;
};

// One table: its columns, one after the other.
class Table {
 public:
  Table(std::ostream& out, const char* name) : out_(out) { out_ << ",\n\"" << name << "\":{"; }
  ~Table() { out_ << '}'; }
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  template <typename Rows, typename Value>
  void column(const char* name, const Rows& rows, Value value) {
    out_ << separator_ << '"' << name << "\":[";
    const char* separator = "";
    for (const auto& row : rows) {
      out_ << separator << value(row);
      separator = ",";
    }
    out_ << ']';
    separator_ = ",\n";
  }

 private:
  std::ostream& out_;
  const char* separator_ = "";
};

class Writer {
 public:
  Writer(std::ostream& out, const ReportData& data)
      : out_(out), data_(data), history_(data.history), names_(data.log) {}

  void write() {
    out_ << "{\"runs\":" << text(runs()) << ",\n\"counts\":" << text(counts()) << ",\n\"kinds\":" << text(kinds())
         << ",\n\"diagnostics\":" << text(diagnostics());
    write_failures();
    write_processes();
    write_execs();
    write_threads();
    write_signals();
    write_variables();
    write_output();
    write_critical();
    out_ << ",\n\"no_output\":" << text(data_.no_output ? Json(*data_.no_output) : Json(nullptr))
         << ",\n\"tests\":" << text(tests()) << ",\n\"strings\":";
    strings_.write(out_);
    out_ << "}\n";
  }

 private:
  static std::string text(const Json& json) { return json_document(json); }

  Json runs() const {
    Json runs = Json::array();
    for (std::size_t i = 0; i < data_.log.runs().size(); ++i) {
      const RunRecord& run = data_.log.runs()[i];
      const ProcessRecord* const root = history_.root_of(run);
      Json json = run_json(run);
      json["command"] = argv_text(run.argv);
      json["coverage"] = run.coverage;
      json["root"] = root ? Json(raw(root->upid)) : Json(nullptr);
      if (i < data_.verdict.runs.size()) {
        const RunVerdict& verdict = data_.verdict.runs[i];
        json["trust"] = trust_text(verdict);
        json["agrees"] = verdict.agrees();
        json["sealed"] = verdict.sealed;
        if (!run.duration_ns) json["duration_ns"] = verdict.last_time_ns;
      }
      runs.push_back(std::move(json));
    }
    return runs;
  }

  Json counts() const {
    return {{"threads", history_.threads().size()}, {"execs", history_.execs().size()},
            {"signals", history_.signals().size()}, {"events", data_.verdict.events},
            {"events_kept", data_.events_kept},     {"hits", history_.hits()}};
  }

  static Json kinds() {
    Json kinds = Json::array();
    for (const EventKindName& kind : kEventKinds)
      kinds.push_back(
          {static_cast<int>(kind.kind), std::string(kind.name), std::string(kind.meaning), is_action(kind.kind)});
    return kinds;
  }

  Json diagnostics() const {
    Json all = Json::array();
    for (const DiagnosticRecord& d : diagnostics_of(data_.log)) {
      if (all.size() == ReportData::kDiagnostics) break;
      all.push_back({{"severity", d.severity}, {"message", d.message}, {"remedy", d.remedy}});
    }
    return all;
  }

  void write_failures() {
    const std::vector<Failure> failures = failures_of(history_);
    const std::size_t told = std::min(failures.size(), ReportData::kStories);
    out_ << ",\n\"failures\":[";
    for (std::size_t i = 0; i < told; ++i) {
      Json json = failure_json(data_.log, history_, names_, data_.stories, data_.stories.of(failures[i]));
      if (!json["crash"].is_null())
        for (Json& backtrace : json["crash"]["backtraces"]) add_sources(backtrace["frames"]);
      out_ << (i == 0 ? "\n" : ",\n") << text(json);
    }
    out_ << "],\"failures_in_all\":" << failures.size();
  }

  void add_sources(Json& frames) const {
    std::size_t left = kFramesWithSource;
    for (Json& frame : frames) {
      if (left == 0 || frame["file"].is_null() || frame["line"].is_null()) continue;
      const auto line = frame["line"].get<std::uint32_t>();
      const std::uint32_t first = line > kLinesAround ? line - kLinesAround : 1;
      const auto lines = data_.stories.texts().lines(frame["file"].get<std::string>(), first, line + kLinesAround);
      if (lines.size() <= line - first) continue;  // the text ends before it
      frame["source"] = {{"first", first}, {"lines", lines}};
      --left;
    }
  }

  void write_processes() {
    const auto& all = history_.processes();
    using P = const ProcessRecord&;
    Table table(out_, "processes");
    table.column("upid", all, [](P p) { return raw(p.upid); });
    table.column("pid", all, [](P p) { return raw(p.pid); });
    table.column("parent", all, [](P p) { return raw(p.parent); });
    table.column("origin", all, [this](P p) { return strings_.id(origin_word(p.origin)); });
    table.column("start", all, [](P p) { return p.start_ns; });
    table.column("end", all, [](P p) { return p.end_ns ? std::to_string(*p.end_ns) : "null"; });
    table.column("code", all, [](P p) { return p.end_ns && p.status.exited() ? p.status.exit_code() : -1; });
    table.column("signal", all,
                 [this](P p) { return p.end_ns && p.status.signaled() ? name_id(p.status.term_signal()) : "-1"; });
    table.column("core", all, [](P p) { return p.end_ns && p.status.signaled() && p.status.core_dumped() ? 1 : 0; });
    table.column("by", all, [this](P p) {  // how, if the recorder ended it; -1: it did not
      return p.ended_by == EndedBy::others ? "-1"
                                           : std::to_string(strings_.id(ending_of(Paint(false), data_.log, names_, p)));
    });
    table.column("user", all, [](P p) { return p.usage.user_us; });
    table.column("system", all, [](P p) { return p.usage.system_us; });
    table.column("rss", all, [](P p) { return p.usage.max_rss_kib; });
    table.column("left", all, [](P p) { return p.not_followed ? 2 : p.let_go ? 1 : 0; });
    table.column("hits", all, [](P p) { return p.hits; });
    table.column("program", all, [this](P p) {  // of execs; -1: none
      const ExecRecord* const exec = history_.program_of(p);
      return exec ? exec - history_.execs().data() : -1;
    });
  }

  std::string name_id(int signal) { return std::to_string(strings_.id(names_.signal(signal))); }

  void write_execs() {
    const auto& all = history_.execs();
    using E = const ExecRecord&;
    Table table(out_, "execs");
    table.column("upid", all, [](E e) { return raw(e.upid); });
    table.column("seq", all, [](E e) { return e.seq; });
    table.column("time", all, [](E e) { return e.time_ns; });
    table.column("path", all, [this](E e) { return strings_.id(e.path); });
    table.column("command", all, [this](E e) { return strings_.id(argv_text(e.argv)); });
    table.column("cwd", all, [this](E e) { return strings_.id(e.cwd); });
  }

  void write_threads() {
    const auto& all = history_.threads();
    using T = const ThreadRecord&;
    Table table(out_, "threads");
    table.column("tid", all, [](T t) { return raw(t.tid); });
    table.column("upid", all, [](T t) { return raw(t.upid); });
    table.column("start", all, [](T t) { return t.start_ns; });
    table.column("end", all, [](T t) { return t.end_ns ? std::to_string(*t.end_ns) : "null"; });
  }

  void write_signals() {
    const auto& all = history_.signals();
    using S = const SignalRecord&;
    Table table(out_, "signals");
    table.column("seq", all, [](S s) { return s.seq; });
    table.column("time", all, [](S s) { return s.time_ns; });
    table.column("upid", all, [](S s) { return raw(s.upid); });
    table.column("tid", all, [](S s) { return raw(s.tid); });
    table.column("name", all, [this](S s) { return name_id(s.signal); });
    table.column("sender", all, [](S s) { return s.sender; });
    table.column("fatal", all, [](S s) { return s.fatal ? 1 : 0; });
  }

  struct Variable {
    std::size_t exec, name, value;
    std::int64_t change;
    bool has_value, redacted;
  };

  std::vector<Variable> variables() {
    std::vector<Variable> all;
    if (!has_table(data_.log.database(), "trace_exec_env")) return all;  // of an older minor version
    std::unordered_map<Seq, std::size_t> exec_at;
    for (const ExecRecord& exec : history_.execs())
      exec_at[exec.seq] = static_cast<std::size_t>(&exec - history_.execs().data());
    Statement row(data_.log.database(),
                  "SELECT seq, name, change, value, redacted FROM trace_exec_env ORDER BY rowid LIMIT " +
                      std::to_string(ReportData::kVariables));
    while (row.step()) {
      const auto exec = exec_at.find(static_cast<Seq>(row.integer(0)));
      if (exec == exec_at.end()) continue;
      const bool has_value = !row.is_null(3);
      all.push_back({exec->second, strings_.id(row.text(1)), has_value ? strings_.id(row.text(3)) : 0, row.integer(2),
                     has_value, row.integer(4) != 0});
    }
    return all;
  }

  void write_variables() {
    const std::vector<Variable> all = variables();
    using V = const Variable&;
    Table table(out_, "variables");
    table.column("exec", all, [](V v) { return v.exec; });
    table.column("name", all, [](V v) { return v.name; });
    table.column("change", all, [](V v) { return v.change; });
    table.column("value", all, [](V v) { return v.has_value ? std::to_string(v.value) : "null"; });
    table.column("redacted", all, [](V v) { return v.redacted ? 1 : 0; });
  }

  void write_output() {
    const std::vector<OutputLine> all = kept_output(data_.log, history_);
    using L = const OutputLine&;
    Table table(out_, "output");
    table.column("seq", all, [](L l) { return l.record.seq; });
    table.column("time", all, [](L l) { return l.record.time_ns; });
    table.column("upid", all, [](L l) { return raw(l.record.upid); });
    table.column("fd", all, [](L l) { return l.record.fd == kStandardError ? 2 : 1; });
    table.column("left", all, [](L l) { return l.left_out; });
    table.column("text", all, [this](L l) { return strings_.id(l.text); });
  }

  struct Own {
    Upid upid;
    std::int64_t ns;
  };

  // Of each run that was recorded to its end.
  void write_critical() {
    std::vector<Own> all;
    for (const RunRecord& run : data_.log.runs()) {
      const ProcessRecord* const root = history_.root_of(run);
      if (root == nullptr || !run.duration_ns) continue;
      for (const auto& [upid, ns] : critical_path(history_, *root, *run.duration_ns)) all.push_back({upid, ns});
    }
    Table table(out_, "critical");
    table.column("upid", all, [](const Own& own) { return raw(own.upid); });
    table.column("own", all, [](const Own& own) { return own.ns; });
  }

  Json tests() const {
    std::map<std::string, std::vector<std::uint32_t>> upids;
    for (const auto& [upid, name] : data_.tests) upids[name].push_back(raw(upid));
    Json all = Json::array();
    for (const auto& [name, of_test] : upids) all.push_back({{"name", as_utf8(name)}, {"upids", of_test}});
    return all;
  }

  std::ostream& out_;
  const ReportData& data_;
  const History& history_;
  Names names_;
  Strings strings_;
};

}  // namespace

void write_report_data(std::ostream& out, const ReportData& data) { Writer(out, data).write(); }

}  // namespace recount

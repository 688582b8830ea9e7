// diff: what only one of two runs has, or only one of them executed, and what took longer.
#include <nlohmann/json.hpp>
#include <ostream>

#include "replay/command/command.hpp"
#include "replay/coverage/selection.hpp"
#include "replay/coverage/source_options.hpp"
#include "replay/log/dictionary.hpp"
#include "replay/reports/diff.hpp"

namespace recount {
namespace {

struct Side : Visitor {
  Side(const std::string& path, const SourceSelection& selection)
      : log(path),
        names(log),
        coverage(log, selection),
        history(log, &coverage),
        texts(selection, SourceText::From::log) {
    try {
      texts.add(log);
      tests = test_names(log);
      verdict = Recount(log).run(this);
      deeds.close(history);
      files = coverage.files();
    } catch (const SqliteError& error) {
      throw FileError(log.path(), explain(error));
    }
  }
  LogFile log;
  Names names;
  Coverage coverage;
  History history;
  Deeds deeds;
  Verdict verdict;
  std::vector<FileCoverage> files;
  SourceText texts;
  TestNames tests;

  RunSide run() const { return {history, deeds, files, texts, tests}; }

  void row(const TraceEvent& event, const std::vector<Fact>& facts) override {
    history.row(event, facts);
    deeds.row(event, facts);
  }
  void run_ended() override { history.run_ended(); }

  // Of a process; its end is told in words that the wait status alone does not give.
  std::string deed_text(const Deed& deed, const ProcessRecord& process) const {
    switch (deed.kind) {
      case Deed::Kind::forked: return "forked";
      case Deed::Kind::vforked: return "vforked";
      case Deed::Kind::cloned: return "cloned";
      case Deed::Kind::execed: return "exec";
      case Deed::Kind::signalled: return visible(names.signal(deed.number)) + " was delivered";
      case Deed::Kind::ended: return ending(process);
    }
    return "";
  }

  std::string ending(const ProcessRecord& process) const { return ending_of(Paint(false), log, names, process); }
};

class DiffText {
 public:
  DiffText(std::ostream& out, const Side& a, const Side& b, const RunDiff& diff,
           const std::vector<SlowerProcess>& slower)
      : out_(out), sides_{&a, &b}, diff_(diff), slower_(slower) {}

  void write() {
    for (const auto& [a, b] : diff_.started)
      out_ << "started as " << visible(programs_of(sides_[0]->history, *a)) << " in " << name(0) << ", as "
           << visible(programs_of(sides_[1]->history, *b)) << " in " << name(1) << '\n';
    edited();
    for (int side = 0; side < 2; ++side) {
      lines(side, "lines of code only in", &LineDiff::only);
      lines(side, "lines that ran only in", &LineDiff::executed);
      functions(side, "functions only in", diff_.only[side]);
      functions(side, "functions that ran only in", diff_.executed[side]);
      processes(side);
    }
    endings();
    ways();
    if (diff_.empty()) out_ << "no line, function or process differs: " << name(0) << ", " << name(1) << '\n';
    slower();
  }

 private:
  std::string name(int side) const { return visible(sides_[side]->log.path()); }

  void edited() {
    if (!diff_.edited.empty()) out_ << "sources that were edited in between; lines that only moved are the same\n";
    for (const std::string& file : diff_.edited) out_ << "  " << visible(file) << '\n';
  }

  void lines(int side, const char* what, std::vector<std::uint32_t> (LineDiff::*which)[2]) {
    bool said = false;
    for (const LineDiff& file : diff_.files) {
      const auto& numbers = (file.*which)[side];
      if (numbers.empty()) continue;
      if (!said) out_ << what << ' ' << name(side) << '\n';
      said = true;
      out_ << "  " << visible(file.file) << ": " << ranges_text(numbers) << '\n';
    }
  }

  void functions(int side, const char* what, const std::vector<FunctionDiff>& functions) {
    if (!functions.empty()) out_ << what << ' ' << name(side) << '\n';
    for (const FunctionDiff& f : functions)
      out_ << "  " << visible(f.name) << " (" << visible(f.file) << ":" << f.line << ")\n";
  }

  void processes(int side) {
    const auto& all = diff_.processes[side];
    if (!all.empty()) out_ << "processes only in " << name(side) << '\n';
    for (const ProcessRecord* p : all)
      out_ << "  " << raw(p->pid) << ' ' << visible(programs_of(sides_[side]->history, *p)) << "  ["
           << sides_[side]->ending(*p) << "]\n";
  }

  void endings() {
    if (!diff_.ended.empty()) out_ << "processes that ended in another way\n";
    for (const auto& [a, b] : diff_.ended)
      out_ << "  " << visible(programs_of(sides_[0]->history, *a)) << ": " << sides_[0]->ending(*a) << " in " << name(0)
           << ", " << sides_[1]->ending(*b) << " in " << name(1) << '\n';
  }

  std::string deed(int side, const WayDiff& way) const {
    const std::string in =
        (way.process[side]->pid == way.thread[side] ? "" : "thread " + std::to_string(raw(way.thread[side])) + ", ");
    const auto& one = way.deed[side];
    return in +
           (one ? "event " + std::to_string(one->seq) + ", " + sides_[side]->deed_text(*one, *way.process[side])
                : "nothing more") +
           " in " + name(side);
  }

  void ways() {
    if (!diff_.ways.empty()) out_ << "processes that went another way, and where first\n";
    for (const WayDiff& way : diff_.ways) {
      if (&way == &diff_.ways[0] + kWaysMax) {
        out_ << "  and " << count_text(diff_.ways.size() - kWaysMax, "more process") << "; --format json has all\n";
        return;
      }
      out_ << "  " << raw(way.process[0]->pid) << ", " << raw(way.process[1]->pid) << ' '
           << visible(programs_of(sides_[0]->history, *way.process[0])) << ": " << deed(0, way) << "; " << deed(1, way)
           << '\n';
    }
  }

  void slower() {
    if (!slower_.empty()) out_ << "processes that took longer in " << name(1) << '\n';
    for (const SlowerProcess& one : slower_) {
      if (&one == &slower_[0] + kWaysMax) {
        out_ << "  and " << count_text(slower_.size() - kWaysMax, "more process") << "; --format json has all\n";
        return;
      }
      out_ << "  " << duration_text(one.after_ns) << " instead of " << duration_text(one.before_ns) << ": "
           << visible(title(*one.process.second)) << '\n';
    }
  }

  // By its name, if it is a test.
  std::string title(const ProcessRecord& process) const {
    const auto test = sides_[1]->tests.find(process.upid);
    return test == sides_[1]->tests.end() ? programs_of(sides_[1]->history, process) : "test " + test->second;
  }

  static constexpr std::size_t kWaysMax = 20;

  std::ostream& out_;
  const Side* sides_[2];
  const RunDiff& diff_;
  const std::vector<SlowerProcess>& slower_;
};

Json lines_json(const RunDiff& diff, int side, std::vector<std::uint32_t> (LineDiff::*which)[2]) {
  Json all = Json::array();
  for (const LineDiff& file : diff.files)
    for (const std::uint32_t line : (file.*which)[side]) all.push_back({{"file", file.file}, {"line", line}});
  return all;
}

Json functions_json(const std::vector<FunctionDiff>& functions) {
  Json all = Json::array();
  for (const FunctionDiff& f : functions) all.push_back({{"file", f.file}, {"function", f.name}, {"line", f.line}});
  return all;
}

Json process_json(const Side& side, const ProcessRecord& process) {
  const ExecRecord* const program = side.history.program_of(process);
  const bool ended = process.end_ns.has_value();
  const WaitStatus status = process.status;
  return {{"upid", raw(process.upid)},
          {"pid", raw(process.pid)},
          {"argv", program ? argv_json(program->argv) : Json(nullptr)},
          {"exit_code", ended && status.exited() ? Json(status.exit_code()) : Json(nullptr)},
          {"term_signal", ended && status.signaled() ? Json(status.term_signal()) : Json(nullptr)},
          {"ended_by", ended_by_json(process)}};
}

Json deed_json(const Side& side, const WayDiff& way, int which) {
  const auto& deed = way.deed[which];
  Json json{{"process", process_json(side, *way.process[which])}, {"tid", raw(way.thread[which])}};
  json["seq"] = deed ? Json(deed->seq) : Json(nullptr);
  json["what"] = deed ? Json(side.deed_text(*deed, *way.process[which])) : Json(nullptr);
  return json;
}

Json diff_json(const Side& a, const Side& b, const RunDiff& diff, const std::vector<SlowerProcess>& slower) {
  const Side* const sides[2] = {&a, &b};
  const char* const only[2] = {"only_a", "only_b"};
  const char* const executed[2] = {"executed_only_a", "executed_only_b"};
  Json json{{"a", a.log.path()}, {"b", b.log.path()}, {"equal", diff.empty()}, {"edited", diff.edited}};
  Json lines, functions, processes;
  for (int side = 0; side < 2; ++side) {
    lines[only[side]] = lines_json(diff, side, &LineDiff::only);
    lines[executed[side]] = lines_json(diff, side, &LineDiff::executed);
    functions[only[side]] = functions_json(diff.only[side]);
    functions[executed[side]] = functions_json(diff.executed[side]);
    processes[only[side]] = Json::array();
    for (const ProcessRecord* p : diff.processes[side]) processes[only[side]].push_back(process_json(*sides[side], *p));
  }
  processes["ended_differently"] = Json::array();
  for (const auto& [in_a, in_b] : diff.ended)
    processes["ended_differently"].push_back({{"a", process_json(a, *in_a)}, {"b", process_json(b, *in_b)}});
  processes["went_another_way"] = Json::array();
  for (const WayDiff& way : diff.ways)
    processes["went_another_way"].push_back({{"a", deed_json(a, way, 0)}, {"b", deed_json(b, way, 1)}});
  processes["slower"] = Json::array();
  for (const SlowerProcess& one : slower)
    processes["slower"].push_back({{"a", process_json(a, *one.process.first)},
                                   {"b", process_json(b, *one.process.second)},
                                   {"before_ns", one.before_ns},
                                   {"after_ns", one.after_ns}});
  json["lines"] = std::move(lines), json["functions"] = std::move(functions);
  json["processes"] = std::move(processes);
  return json;
}

std::vector<std::string> good_logs(const ParsedOptions& options) {
  return options.count("good") == 0 ? std::vector<std::string>{} : options.words("good");
}

// How long what the first run has took in further good ones.
std::vector<Durations> further_durations(const Side& first, const std::vector<std::string>& paths,
                                         const SourceSelection& selection) {
  std::vector<Durations> all;
  for (const std::string& path : paths) {
    const Side good(path, selection);
    Durations& durations = all.emplace_back();
    for (const MatchedProcess& process : diff_of(first.run(), good.run()).matched)
      if (const auto duration = duration_of(*process.second)) durations[process.first->upid] = *duration;
  }
  return all;
}

}  // namespace

void add_diff_options(OptionTable& options) {
  add_map_option(options);
  options.add_options()("good",
                        "a further good run beside the first: how much its times differ is what chance explains; "
                        "may be given again",
                        words_value(), "LOG");
}

int run_diff(const LogsRequest& request) {
  if (request.paths.size() != 2) throw UsageError("diff compares two logs, name two");
  const SourceSelection selection{.map = map_option(request.options)};
  const Side a(request.paths[0], selection), b(request.paths[1], selection);
  const RunDiff diff = diff_of(a.run(), b.run());
  const auto slower = slower_of(diff.matched, further_durations(a, good_logs(request.options), selection));
  Output output(request.output);
  if (request.format == "json")
    write_json(output.stream(), diff_json(a, b, diff, slower));
  else
    DiffText(output.stream(), a, b, diff, slower).write();
  output.commit();
  for (const Side* side : {&a, &b})
    warn_of_divergence({side->log, output, request.format, request.options}, side->verdict);
  return diff.empty() ? kYes : kNo;
}

}  // namespace recount

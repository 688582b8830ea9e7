// The Trace Event Format: times are microseconds, and may have fractions.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

#include "replay/command/command.hpp"
#include "replay/log/dictionary.hpp"
#include "replay/recount/output_text.hpp"
#include "replay/reports/export.hpp"
#include "replay/text/json_text.hpp"

namespace recount {
namespace {

class ChromeTrace {
 public:
  ChromeTrace(std::ostream& out, const ExportedRun& run, bool is_first)
      : out_(out), run_(run), names_(run.log), separator_(is_first ? "\n" : ",\n") {}

  void write() {
    for (const ProcessRecord& process : run_.history.processes()) write_process(process);
    for (const ThreadRecord& thread : run_.history.threads()) write_thread(thread);
    for (const SignalRecord& signal : run_.history.signals()) write_signal(signal);
    write_outputs();
    write_counters();
  }

 private:
  static std::string text(const Json& json) { return json_document(json); }

  // With all its digits: a double's would not do after a day.
  static std::string microseconds(std::int64_t ns) {
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%lld.%03lld", static_cast<long long>(ns / 1000),
                  static_cast<long long>(ns % 1000));
    return text.data();
  }

  void event(const char* phase, const std::string& name, Upid upid, Utid utid, std::int64_t time_ns,
             const std::string& more) {
    out_ << separator_ << "{\"ph\":\"" << phase << "\",\"name\":" << text(Json(name)) << ",\"pid\":" << shown(upid)
         << ",\"tid\":" << raw(utid) + run_.threads_before << ",\"ts\":" << microseconds(run_.begins_ns + time_ns)
         << more << '}';
    separator_ = ",\n";
  }

  // The processes of several runs have numbers of their own.
  std::uint32_t shown(Upid upid) const { return raw(upid) + run_.processes_before; }

  void metadata(const char* what, Upid upid, Utid utid, const Json& args) {
    event("M", what, upid, utid, 0, ",\"args\":" + text(args));
  }

  // The thread whose track a process's programs are shown on: its first.
  Utid leader_of(const ProcessRecord& process) const {
    return process.threads.empty() ? Utid{} : run_.history.threads()[process.threads.front()].utid;
  }

  void write_process(const ProcessRecord& process) {
    const Utid leader = leader_of(process);
    const std::vector<Stretch> stretches = stretches_of(run_, process);
    const std::string name = name_of(run_, stretches.back()) + " " + std::to_string(raw(process.pid));
    metadata("process_name", process.upid, leader, {{"name", name}});
    metadata("process_sort_index", process.upid, leader, {{"sort_index", shown(process.upid)}});
    for (const Stretch& stretch : stretches) write_stretch(stretch, leader);
    write_fork(process, leader);
    write_test(process, leader);
  }

  // On a track of its own above the process's programs.
  void write_test(const ProcessRecord& process, Utid leader) {
    const auto test = run_.tests.find(process.upid);
    if (test == run_.tests.end()) return;
    const std::string id = ",\"cat\":\"test\",\"id\":" + std::to_string(shown(process.upid));
    const Json args{{"end", end_of(process)}};
    event("b", test->second, process.upid, leader, process.start_ns, id + ",\"args\":" + text(args));
    event("e", test->second, process.upid, leader, process.end_ns.value_or(run_.end_ns), id);
  }

  void write_stretch(const Stretch& stretch, Utid leader) {
    Json args{{"pid", raw(stretch.process->pid)}};
    if (stretch.exec) {
      args["exec_id"] = raw(stretch.exec->id);
      args["path"] = stretch.exec->path;
      args["argv"] = argv_json(stretch.exec->argv);
      args["cwd"] = stretch.exec->cwd;
    }
    if (stretch.is_last) args["end"] = end_of(*stretch.process);
    event("X", name_of(run_, stretch), stretch.process->upid, leader, stretch.start_ns,
          ",\"dur\":" + microseconds(stretch.end_ns - stretch.start_ns) + ",\"cat\":\"exec\",\"args\":" + text(args));
  }

  std::string end_of(const ProcessRecord& process) const { return ending_of(Paint(false), run_.log, names_, process); }

  // An arrow from the parent's track to the child's.
  void write_fork(const ProcessRecord& process, Utid leader) {
    const ProcessRecord* const parent = run_.history.process(process.parent);
    if (!parent) return;
    const std::string id = ",\"cat\":\"fork\",\"id\":" + std::to_string(shown(process.upid));
    event("s", "fork", parent->upid, leader_of(*parent), process.start_ns, id);
    event("f", "fork", process.upid, leader, process.start_ns, id + ",\"bp\":\"e\"");
  }

  // How many processes there were, and how many processors they used: the time of each, spread over its life, since the log has it once.
  void write_counters() {
    std::map<std::int64_t, std::pair<int, double>> changes;
    for (const ProcessRecord& process : run_.history.processes()) {
      const std::int64_t end_ns = process.end_ns.value_or(std::max(run_.end_ns, process.start_ns));
      const double share =
          end_ns == process.start_ns ? 0 : own_cpu_ns(process) / static_cast<double>(end_ns - process.start_ns);
      changes[process.start_ns].first += 1, changes[process.start_ns].second += share;
      changes[end_ns].first -= 1, changes[end_ns].second -= share;
    }
    const ProcessRecord* const root = run_.history.root_of(run_.run);
    if (!root) return;
    int processes = 0;
    double processors = 0;
    for (const auto& [time_ns, change] : changes) {
      processes += change.first, processors += change.second;
      write_counter("running processes", *root, time_ns, processes);
      write_counter("processors in use", *root, time_ns, std::max(0.0, std::round(processors * 1000) / 1000));
    }
  }

  void write_counter(const char* name, const ProcessRecord& root, std::int64_t time_ns, const Json& value) {
    event("C", name, root.upid, leader_of(root), time_ns, ",\"args\":" + text({{"value", value}}));
  }

  // Without that of the children, which is within a process's usage if it waited for them.
  double own_cpu_ns(const ProcessRecord& process) const {
    std::int64_t us = process.usage.user_us + process.usage.system_us;
    for (const Upid upid : process.children) {
      const ProcessRecord* const child = run_.history.process(upid);
      if (child && child->end_ns && child->end_seq < process.end_seq)
        us -= child->usage.user_us + child->usage.system_us;
    }
    return 1000.0 * static_cast<double>(std::max<std::int64_t>(0, us));
  }

  void write_thread(const ThreadRecord& thread) {
    const ProcessRecord* const process = run_.history.process(thread.upid);
    if (!process) return;
    metadata("thread_name", thread.upid, thread.utid, {{"name", "thread " + std::to_string(raw(thread.tid))}});
    if (leader_of(*process) == thread.utid) return;
    const std::int64_t end_ns = thread.end_ns.value_or(process->end_ns.value_or(run_.end_ns));
    event("X", "thread", thread.upid, thread.utid, thread.start_ns,
          ",\"dur\":" + microseconds(std::max<std::int64_t>(0, end_ns - thread.start_ns)) + ",\"cat\":\"thread\"");
  }

  void write_signal(const SignalRecord& signal) {
    const ProcessRecord* const process = run_.history.process(signal.upid);
    if (!process) return;
    Utid utid = leader_of(*process);
    for (const std::size_t at : process->threads)
      if (run_.history.threads()[at].tid == signal.tid) utid = run_.history.threads()[at].utid;
    const Json args{{"seq", signal.seq},
                    {"sender_pid", signal.sender ? Json(signal.sender) : Json(nullptr)},
                    {"fatal", signal.fatal}};
    event("i", names_.signal(signal.signal), signal.upid, utid, signal.time_ns,
          ",\"s\":\"t\",\"cat\":\"signal\",\"args\":" + text(args));
  }

  // An instant for each write. A trace is for looking at times, so of a long one the beginning is shown.
  void write_outputs() {
    OutputText texts(run_.log);
    WholeCharacters whole;
    for (const OutputRecord& record : run_.history.outputs())
      for (OutputPiece& piece : texts.of(record)) write_output(record, whole.take(record, std::move(piece)));
  }

  void write_output(const OutputRecord& record, const OutputPiece& piece) {
    const Json args{
        {"seq", record.seq}, {"left_out", piece.left_out}, {"text", shortened(as_utf8(piece.text), kTextMax)}};
    event("i", record.fd == kStandardError ? "stderr" : "stdout", record.upid, record.utid, record.time_ns,
          ",\"s\":\"t\",\"cat\":\"output\",\"args\":" + text(args));
  }

  static constexpr std::size_t kTextMax = 1000;  // characters
  std::ostream& out_;
  const ExportedRun& run_;
  Names names_;
  const char* separator_;
};

}  // namespace

void write_chrome(std::ostream& out, const ExportedRun& run, bool is_first) { ChromeTrace(out, run, is_first).write(); }

}  // namespace recount

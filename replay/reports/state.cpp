// state: the run as it was right after one event.
#include <nlohmann/json.hpp>
#include <ostream>

#include "replay/command/command.hpp"
#include "replay/recount/history.hpp"
#include "replay/text/scenario_words.hpp"
#include "replay/text/thread_text.hpp"

namespace recount {
namespace {

const char* meaning_of(RunState state) {
  switch (state) {
    case RunState::idle: return "nothing has been started";
    case RunState::seizing: return "the root is there, but not traced yet";
    case RunState::attaching: return "the root runs, and its threads are stopped one after the other";
    case RunState::tracing: return "the root runs";
    case RunState::draining: return "the root has ended, others go on";
    case RunState::letting_go: return "what is left is being detached";
    case RunState::killing: return "what is left is being killed";
    case RunState::ended: return "nothing is left";
  }
  return "";
}

struct Moment {
  const Machine& machine;
  const History& history;
  CoverageTotals coverage;
  const Verdict& verdict;

  std::string argv_of(Upid upid) const {
    const ProcessRecord* const process = history.process(upid);
    const ExecRecord* const program = process ? history.program_of(*process) : nullptr;
    return program ? program->argv : std::string();
  }
};

void write_threads(std::ostream& out, const Machine& machine, const Process* process) {
  for (const auto& [tid, thread] : machine.threads())
    if (thread.process == process)
      out << "  thread " << raw(thread.utid) << ", tid " << raw(tid) << ": " << word_of(thread.state) << ", waits for "
          << waits_for(thread) << '\n';
}

void write_text(const Request& request, const Moment& moment) {
  std::ostream& out = request.out();
  const Machine& machine = moment.machine;
  out << "after event " << moment.verdict.last_seq << ", " << duration_text(moment.verdict.last_time_ns)
      << " after the start: " << scenario::run_word(machine.run_state()) << " (" << meaning_of(machine.run_state())
      << ")\n";
  for (const auto& [upid, process] : machine.processes()) {
    out << "process " << raw(upid) << ", pid " << raw(process.pid) << ": "
        << shell_quoted(words_of(moment.argv_of(upid)));
    if (process.memory->planted() + process.memory->lifted() != 0)
      out << ", " << count_text(process.memory->planted(), "probe") << " planted, " << process.memory->lifted()
          << " lifted";
    out << '\n';
    write_threads(out, machine, &process);
  }
  bool held = false;
  for (const auto& [tid, thread] : machine.threads()) held = held || !thread.process;
  if (held) out << "of no process yet\n";
  write_threads(out, machine, nullptr);
  if (moment.verdict.owed) out << count_text(moment.verdict.owed, "action") << " of the answer still to be done\n";
  out << moment.coverage.lines_hit << " of " << count_text(moment.coverage.lines, "line") << " covered so far\n";
}

Json threads_json(const Machine& machine, const Process* process) {
  Json all = Json::array();
  for (const auto& [tid, thread] : machine.threads())
    if (thread.process == process)
      all.push_back({{"utid", raw(thread.utid)},
                     {"tid", raw(tid)},
                     {"state", word_of(thread.state)},
                     {"waits_for", waits_for(thread)}});
  return all;
}

Json moment_json(const Moment& moment) {
  const Machine& machine = moment.machine;
  Json json{{"seq", moment.verdict.last_seq},
            {"time_ns", moment.verdict.last_time_ns},
            {"run_state", scenario::run_word(machine.run_state())}};
  Json& processes = json["processes"] = Json::array();
  for (const auto& [upid, process] : machine.processes())
    processes.push_back({{"upid", raw(upid)},
                         {"pid", raw(process.pid)},
                         {"argv", argv_json(moment.argv_of(upid))},
                         {"exec_id", process.exec == ExecId{} ? Json(nullptr) : Json(raw(process.exec))},
                         {"probes_planted", process.memory->planted()},
                         {"probes_lifted", process.memory->lifted()},
                         {"threads", threads_json(machine, &process)}});
  json["held"] = threads_json(machine, nullptr);
  json["actions_owed"] = moment.verdict.owed;
  json["lines"] = moment.coverage.lines;
  json["lines_hit"] = moment.coverage.lines_hit;
  return json;
}

}  // namespace

void add_state_options(OptionTable& options) {
  options.add_options()("at", "right after this event (default: the end of the log)", text_value(), "SEQ");
}

int run_state(const Request& request) {
  warn_of_compaction(request.log);
  const bool named = request.options.count("at") != 0;
  const Seq at = named ? number_option(request.options, "at") : std::numeric_limits<Seq>::max();
  Coverage coverage(request.log);
  History history(request.log, &coverage);
  Recount recount(request.log);
  const Verdict verdict = recount.run(&history, at);
  if (named && verdict.last_seq < at)
    throw UsageError("there is no event " + std::to_string(at) + ", the last is " + std::to_string(verdict.last_seq));
  const Moment moment{recount.machine(), history, totals_of(coverage.files()), verdict};
  if (request.json())
    write_json(request.out(), moment_json(moment));
  else
    write_text(request, moment);
  warn_of_divergence(request, verdict);
  return kYes;
}

}  // namespace recount

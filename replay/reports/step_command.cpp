// step: the command, a prompt on the recounting.
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "replay/command/command.hpp"
#include "replay/log/event_text.hpp"
#include "replay/recount/stepper.hpp"
#include "replay/text/json_text.hpp"
#include "replay/text/scenario_words.hpp"
#include "replay/text/thread_text.hpp"

namespace recount {
namespace {

constexpr const char* kHelp =
    "  next [N]          N steps on (an empty line too); a step is an observation and its answers\n"
    "  back [N]          N steps back\n"
    "  go SEQ            to the step of event SEQ\n"
    "  until KIND        on to the next step of that kind: event_exec, signal_delivery_stop, exited, ...\n"
    "  until upid N      on to the next step of a process; tid N of a task\n"
    "  until error       on to the next action that failed; divergence: where log and machine differ; hit: a probe's\n"
    "  show              this step again\n"
    "  state             the machine's knowledge after this step\n"
    "  rules             all rules of the machine\n"
    "  quit\n";

std::string task_text(const StepView& step) {
  if (!step.thread) return "no such task";
  std::string text = "thread " + std::to_string(raw(step.thread->utid)) + " is " + word_of(step.thread->state) +
                     " and waits for " + waits_for(*step.thread);
  if (step.thread->trap_blocked) text += ", blocks SIGTRAP";
  if (step.upid) text += "; process " + std::to_string(raw(*step.upid));
  if (step.planted + step.lifted != 0)
    text += " has " + count_text(step.planted, "probe") + " planted, " + std::to_string(step.lifted) + " lifted";
  return text;
}

class Prompt {
 public:
  explicit Prompt(const Request& request) : request_(request), out_(request.out()), text_(request.log) {}

  std::optional<Stepper::Move> at(const StepView& step, const Machine& machine) {
    show(step);
    for (std::string line; read(line);) {
      std::istringstream words(line);
      std::string word;
      words >> word;
      if (word == "quit" || word == "q" || word == "exit") return std::nullopt;
      if (word == "show" || word == "s")
        show(step);
      else if (word == "state")
        show_state(machine);
      else if (word == "rules")
        show_rules();
      else if (word == "help" || word == "h" || word == "?")
        out_ << kHelp;
      else if (auto move = move_of(word, words, step.seq))
        return move;
    }
    return std::nullopt;
  }

 private:
  bool read(std::string& line) {
    if (::isatty(STDIN_FILENO) != 0) out_ << "(step) ";
    out_.flush();
    return static_cast<bool>(std::getline(std::cin, line));
  }

  std::optional<Seq> number(std::istringstream& words, Seq otherwise) {
    std::string word;
    if (!(words >> word)) return otherwise;
    Seq value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error == std::errc{} && end == word.data() + word.size()) return value;
    complain(word + " is no number");
    return std::nullopt;
  }
  void complain(const std::string& what) { out_ << visible(what) << "; help lists the commands\n"; }

  std::optional<Stepper::Move> move_of(const std::string& word, std::istringstream& words, Seq here) {
    if (word.empty() || word == "next" || word == "n") {
      const auto n = number(words, 1);
      return n ? std::optional(forward(*n)) : std::nullopt;
    }
    if (word == "back" || word == "b") {
      const auto n = number(words, 1);
      return n ? std::optional(back(*n, here)) : std::nullopt;
    }
    if (word == "go" || word == "g") {
      const auto seq = number(words, here);
      if (!seq) return std::nullopt;
      return Stepper::Move{reaches(*seq), *seq <= here};
    }
    if (word == "until" || word == "u") return until(words, here);
    complain("there is no command " + word);
    return std::nullopt;
  }

  static Stepper::Move forward(Seq n) {
    return {[n](const StepView&) mutable { return n <= 1 || --n == 0; }, false};
  }
  Stepper::Move back(Seq n, Seq here) {
    Statement row(request_.log.database(),
                  "SELECT seq FROM trace_event WHERE seq < ? AND cause_seq IS NULL ORDER BY seq DESC LIMIT ?");
    row.bind(1, static_cast<std::int64_t>(here)).bind(2, static_cast<std::int64_t>(n));
    Seq target = here;
    while (row.step()) target = static_cast<Seq>(row.integer(0));
    return {[target](const StepView& step) { return step.seq >= target; }, true};
  }
  // The step to which a row belongs is the last one that begins no later.
  Stepper::Wanted reaches(Seq seq) const {
    Statement row(request_.log.database(), "SELECT max(seq) FROM trace_event WHERE seq <= ? AND cause_seq IS NULL");
    row.bind(1, static_cast<std::int64_t>(seq));
    const Seq target = row.step() ? static_cast<Seq>(row.integer(0)) : seq;
    return [target](const StepView& step) { return step.seq >= target; };
  }

  std::optional<Stepper::Move> until(std::istringstream& words, Seq here) {
    std::string what;
    words >> what;
    const auto later = [here](auto wanted) {
      return Stepper::Move{[here, wanted](const StepView& step) { return step.seq > here && wanted(step); }, false};
    };
    if (what == "error") return later([](const StepView& step) { return step.has_error(); });
    if (what == "divergence") return later([](const StepView& step) { return step.divergence.has_value(); });
    if (what == "hit") return later([](const StepView& step) { return has_hit(step); });
    if (what == "upid" || what == "tid") {
      const auto n = number(words, 0);
      if (!n) return std::nullopt;
      if (what == "upid") return later([n](const StepView& step) { return step.upid && raw(*step.upid) == *n; });
      return later([n](const StepView& step) { return raw(step.observation.tid()) == static_cast<std::int64_t>(*n); });
    }
    for (const auto& kind : kEventKinds)
      if (kind.name == what && !is_action(kind.kind))
        return later([wanted = kind.kind](const StepView& step) { return step.observation.kind() == wanted; });
    complain("there is no observation " + what);
    return std::nullopt;
  }
  static bool has_hit(const StepView& step) {
    return std::any_of(step.facts.begin(), step.facts.end(),
                       [](const Fact& fact) { return fact.kind == FactKind::hit; });
  }

  void show(const StepView& step) { request_.json() ? show_json(step) : show_text(step); }

  void show_text(const StepView& step) {
    const Paint paint = request_.paint();
    out_ << paint.strong(text_.line(step.observation)) << '\n';
    out_ << "  knew     " << task_text(step) << "; the run is " << scenario::run_word(step.run) << '\n';
    for (const Rule rule : step.rules)
      out_ << "  because  " << text_of(rule).name << ": " << text_of(rule).meaning << '\n';
    for (const Action& action : step.decided) out_ << "  decided  " << visible(scenario::to_text(action)) << '\n';
    if (step.decided.empty()) out_ << "  decided  nothing\n";
    for (const Fact& fact : step.facts) out_ << "  means    " << visible(scenario::to_text(fact)) << '\n';
    for (const TraceEvent& row : step.done) out_ << "  the log  " << text_.line(row) << '\n';
    if (!step.divergence) return;
    out_ << "  " << paint.bad(visible(step.divergence->what)) << '\n';
    if (!step.divergence->log.empty()) out_ << "    the log says      " << visible(step.divergence->log) << '\n';
    if (!step.divergence->machine.empty())
      out_ << "    the machine says  " << visible(step.divergence->machine) << '\n';
  }

  void show_json(const StepView& step) {
    Json json{{"event", text_.json(step.observation)},
              {"knew", task_text(step)},
              {"run_state", scenario::run_word(step.run)}};
    json["rules"] = Json::array();
    for (const Rule rule : step.rules) json["rules"].push_back(text_of(rule).name);
    json["decided"] = Json::array();
    for (const Action& action : step.decided) json["decided"].push_back(scenario::to_text(action));
    json["facts"] = Json::array();
    for (const Fact& fact : step.facts) json["facts"].push_back(scenario::to_text(fact));
    json["log"] = Json::array();
    for (const TraceEvent& row : step.done) json["log"].push_back(text_.json(row));
    json["divergence"] = step.divergence ? Json(step.divergence->what) : Json(nullptr);
    out_ << json_document(json) << '\n';
  }

  void show_state(const Machine& machine) {
    out_ << "the run is " << scenario::run_word(machine.run_state()) << '\n';
    for (const auto& [tid, thread] : machine.threads()) {
      out_ << "  thread " << raw(thread.utid) << ", tid " << raw(tid);
      if (thread.process) out_ << ", process " << raw(thread.process->upid);
      out_ << ": " << word_of(thread.state) << ", waits for " << waits_for(thread) << '\n';
    }
  }
  void show_rules() {
    for (const RuleText& rule : kRules) out_ << "  " << rule.name << ": " << rule.meaning << '\n';
  }

  const Request& request_;
  std::ostream& out_;
  EventText text_;
};

}  // namespace

void add_step_options(OptionTable& options) {
  options.add_options()("at", "begin with the step of this event", text_value(), "SEQ");
}

int run_step(const Request& request) {
  warn_of_compaction(request.log);
  const Seq first = request.options.count("at") ? number_option(request.options, "at") : 1;
  Prompt prompt(request);
  const bool satisfied =
      Stepper(request.log)
          .run({[first](const StepView& step) { return step.seq + step.done.size() >= first; }, false},
               [&](const StepView& step, const Machine& machine) { return prompt.at(step, machine); });
  if (!satisfied) request.out() << "the log has no such step any more\n";
  return kYes;
}

}  // namespace recount

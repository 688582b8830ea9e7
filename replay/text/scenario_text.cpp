#include "replay/text/scenario_text.hpp"

namespace recount::scenario {

void Printer::line(std::string_view text) {
  text_ += text;
  text_ += '\n';
}

void Printer::observation(Seq seq, std::string_view words) {
  seq_ = seq;
  line(words);
}

void Printer::observation(Seq seq, const Observation& observed) { observation(seq, to_text(observed)); }

void Printer::fact(const Fact& fact) { line("  :: " + to_text(fact)); }

void Printer::action(const Action& action, int error) {
  const std::string held = action.cause != seq_ ? " held" : "";
  line("  -> " + to_text(action) + held + (error != 0 ? " !" + error_word(error) : ""));
}

void Printer::broken(std::string_view promise) { line("  !! " + std::string(promise)); }

void Printer::outcome(const Machine& machine) {
  std::string words = "== " + std::string(run_word(machine.run_state()));
  if (machine.root_execed()) words += ", root execed";
  if (machine.ended() && machine.processes().empty()) words += ", root " + to_text(machine.root_status());
  if (machine.timed_out()) words += ", timed out";
  if (machine.let_go()) words += ", let go";
  for (const auto& [upid, process] : machine.processes()) words += ", upid " + std::to_string(raw(upid)) + " goes on";
  line(words);
}

}  // namespace recount::scenario

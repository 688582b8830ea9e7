#include "tests/support/scenario.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <sstream>
#include <vector>

#include "schema/machine/agenda.hpp"

namespace recount::scenario {

namespace {

// Which actions fail is part of the story, so it is told beneath the observation, at the action:
// "-> cont 100 !ESRCH".
class Failures {
 public:
  void read(std::string_view expectation) {
    const std::size_t mark = expectation.rfind(" !");
    if (!expectation.starts_with("  -> ") || mark == std::string_view::npos) return;
    std::string_view action = expectation.substr(5, mark - 5);
    if (action.ends_with(" held")) action.remove_suffix(5);
    failures_.push_back({std::string(action), error_number(expectation.substr(mark + 2))});
  }
  int take(const Action& action) {
    const std::string text = to_text(action);
    for (auto at = failures_.begin(); at != failures_.end(); ++at) {
      if (at->action != text) continue;
      const int error = at->error;
      failures_.erase(at);
      return error;
    }
    return 0;
  }

 private:
  struct Failure {
    std::string action;
    int error;
  };
  std::vector<Failure> failures_;
};

class Player {
 public:
  std::string play(const std::string& text) {
    read_lines(text);
    while (!lines_.empty()) {
      const std::string line = take_line();
      if (line.starts_with("== ")) continue;
      if (line.empty() || line.starts_with('#'))
        out_.line(line);
      else if (!header(line))
        happened(line);
    }
    if (machine_) out_.outcome(*machine_);
    return out_.text();
  }

 private:
  void read_lines(const std::string& text) {
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines_.push_back(line);
  }

  std::string take_line() {
    std::string line = std::move(lines_.front());
    lines_.pop_front();
    return line;
  }

  bool header(const std::string& line) {
    if (line.starts_with("rules")) {
      rules_ = parse_rules(line);
    } else if (line.starts_with("image")) {
      machine().define_image(std::make_shared<ProbeTable>(parse_image(line)));
    } else {
      return false;
    }
    out_.line(line);
    return true;
  }

  Machine& machine() {
    if (!machine_) agenda_.emplace(machine_.emplace(rules_));
    return *machine_;
  }

  Agenda& agenda() {
    machine();
    return *agenda_;
  }

  void happened(const std::string& line) {
    Failures failures;
    while (!lines_.empty() && lines_.front().starts_with("  ")) failures.read(take_line());
    out_.observation(++seq_, line);
    try {
      note(agenda().observe(seq_, parse_observation(line)));
      answer(failures);
    } catch (const InvariantError& error) {
      out_.broken(error.what());
      agenda().clear();
    }
  }

  void answer(Failures& failures) {
    while (!agenda_->empty()) {
      const Action action = agenda_->next();
      const int error = failures.take(action);
      ++seq_;
      out_.action(action, error);
      note(agenda_->performed(error));
    }
  }

  void note(const Step& step) {
    for (const Fact& fact : step.facts) out_.fact(fact);
  }

  std::deque<std::string> lines_;
  Rules rules_;
  std::optional<Machine> machine_;
  std::optional<Agenda> agenda_;
  Printer out_;
  Seq seq_ = 0;
};

}  // namespace

std::string play(const std::string& text) { return Player().play(text); }

}  // namespace recount::scenario

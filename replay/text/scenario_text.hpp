// A scenario, written down: what happened, line by line, and beneath each line what the machine does
// about it.
//
//   # A comment tells the story. Rules and images come first, as the machine has to know them.
//   image 1 first=1 probe=0x1000 probe=0x1010 own_int3=0x1010
//
//   100 event_exec image=1 bias=0x400000          an observation
//     :: execed utid=1 upid=1 exec=1              a fact that it leads to
//     -> plant 100 image=1 bias=0x400000 exec=1   an action, and how it went: nothing, or !ESRCH
//     -> cont 100
//   == tracing, root execed                       last: the run as a whole
//
// "held" after an action: it answers a report that came before this one.
#pragma once

#include <string>
#include <string_view>

#include "replay/text/scenario_words.hpp"

namespace recount::scenario {

class Printer {
 public:
  void line(std::string_view text);  // as it is: a comment, a blank line
  void rules(const Rules& rules) { line(to_text(rules)); }
  void image(const ProbeTable& image) { line(to_text(image)); }
  void observation(Seq seq, const Observation& observation);
  void observation(Seq seq, std::string_view words);
  void fact(const Fact& fact);
  void action(const Action& action, int error);
  void broken(std::string_view promise);  // an InvariantError
  void outcome(const Machine& machine);
  const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
  Seq seq_ = 0;
};

}  // namespace recount::scenario

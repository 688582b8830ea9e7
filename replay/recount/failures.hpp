// Which processes failed, and in what order that is worth reading: first what the run failed of.
//
//   for (const Failure& failure : failures_of(history)) ...
//
// A process failed if it was killed or ended with an exit code other than 0. Its failure reached the top if no process above
// it ended well, or as another child had. Those come first, and among them
//
//   cause        no child of it failed before it
//   after_child  a child had failed before it, but otherwise
//   passes_on    it ended as a child had before: with the same exit code, or with 128+n after a child that signal n killed, as
//                a shell does. What it says is not its own
//
// each by the time of the end. Then, in the same way, those that somebody above went on after: the grep that found nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "replay/recount/history.hpp"

namespace recount {

struct Failure {
  enum class Part : std::uint8_t { cause, after_child, passes_on };
  const ProcessRecord* process = nullptr;
  Part part = Part::cause;
  bool reached_top = true;
  std::vector<const ProcessRecord*> before{};  // its children that failed before it, by the time of the end
  const ProcessRecord* passed_on = nullptr;    // the child whose end it repeats
};

std::vector<Failure> failures_of(const History& history);
const char* word_of(Failure::Part part);

// Of the program that it ran last, as JSON; "": of none, or of none that is known.
std::string argv_of(const History& history, const ProcessRecord& process);
std::string argv_text(const std::string& argv);
// The processes above it that ran another program than the one below them, nearest first: a fork without an exec adds none.
std::vector<const ProcessRecord*> chain_of(const History& history, const ProcessRecord& process);

}  // namespace recount

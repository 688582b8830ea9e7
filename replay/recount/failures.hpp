// Which processes failed, and in what order that is worth reading: first what the run failed of.
//
//   for (const Failure& failure : failures_of(history)) ...
//
// A process failed if it was killed or ended with an exit code other than 0. Its failure reached the top if no process above
// it ended well, or as another child had. By what became of it, it is in one of four groups, in this order:
//
//   test           it is a test, or what a test failed of. Known runners are known by name. A driver that ended well after what it
//                  was given to run had failed (automake's) counts if only shells and makes say why the run failed
//   reached        it reached the top
//   went_on        somebody above it went on; or its runner tried the test again, and it passed
//   nobody_minded  likewise, and that was to be expected: grep, test and their like, what configure tries, make's $(shell ...), a
//                  test that should fail. A difference that diff or cmp showed is minded if it reached the top, and only shells and
//                  makes say why the run failed
//
// Within a group:
//
//   cause        no child of it failed before it
//   after_child  a child had failed before it
//   passes_on    it ended as that child had, with the same exit code, or with 128+n after a child that signal n killed, as a shell
//                does, and did nothing in between: no fork, no exec, no line, no signal. What it says is not its own
//
// Of what reached the top that comes first which no parent did anything after, and then the latest; what only asks comes behind. Elsewhere the
// earliest is first.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "replay/recount/history.hpp"

namespace recount {

struct Failure {
  enum class Part : std::uint8_t { cause, after_child, passes_on };
  enum class Group : std::uint8_t { test, reached, went_on, nobody_minded };
  const ProcessRecord* process = nullptr;
  Part part = Part::cause;
  Group group = Group::reached;
  bool reached_top = true;
  bool only_asks = false;   // its program answers a question by its exit code, as grep and test do
  std::uint32_t later = 0;  // how many of those above it did something after it, before they failed as well
  std::vector<const ProcessRecord*> before{};  // its children that failed before it, by the time of the end
  const ProcessRecord* passed_on = nullptr;    // the child whose end it repeats
  const ProcessRecord* same_end = nullptr;  // a child that had ended alike, if it did something since: is it of that?
};

std::vector<Failure> failures_of(const History& history);
const char* word_of(Failure::Part part);
const char* word_of(Failure::Group group);
const char* word_of(EndedBy who);  // null: others

// Of the program that it ran last, as JSON; "": of none, or of none that is known.
std::string argv_of(const History& history, const ProcessRecord& process);
std::string argv_text(const std::string& argv);

// A process above another, and the program that it was running when it started what is below.
struct Starter {
  const ProcessRecord* process = nullptr;
  const ExecRecord* program = nullptr;  // null: of none that is known
  std::string argv() const { return program ? program->argv : std::string(); }
};
// Those that ran another program than the one below them, nearest first: a fork without an exec adds none.
std::vector<Starter> chain_of(const History& history, const ProcessRecord& process);

}  // namespace recount

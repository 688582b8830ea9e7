// Runs one command as a user would and says how it ended.
//
//   Ending ending = run({.arguments = {"/bin/sh", "-c", "exit 3"}});
//
// The command leads a process group of its own. What it leaves behind (daemons, orphans) becomes
// this process's child: run() waits until every writer of the two pipes is gone, then for all of
// them. At the deadline they are all killed, however far they got away, and `timed_out` says so.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace recount::test {

struct Command {
  std::vector<std::string> arguments;         // the program's path first
  std::string input = {};                     // what it reads on stdin
  std::vector<std::string> environment = {};  // NAME=VALUE, added to this process's own
  std::chrono::seconds deadline{120};
};

struct Ending {
  std::string output;
  std::string errors;
  int exit_code = -1;    // -1 if it was killed
  int signal = 0;        // 0 if it exited
  int left_running = 0;  // processes that were still alive a second after the command and its output had ended
  bool timed_out = false;

  // As a shell's $? says it, and as recount-record passes it on.
  int status() const noexcept { return signal == 0 ? exit_code : 128 + signal; }
};

Ending run(const Command& command);

}  // namespace recount::test

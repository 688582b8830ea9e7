// A command that runs while the test goes on: to send it signals, and to see what it has said so
// far and what it leaves behind.
//
//   Background recorder({.arguments = {RECOUNT_RECORD, ...}});
//   REQUIRE(recorder.says("ready"));           // waits for that text on its stdout
//   recorder.send(SIGTERM);
//   Ending ending = recorder.wait();           // of the command itself; others may go on
//   Remains remains = recorder.remains();      // waits for those, but not for ever
//
// One at a time: what it leaves behind becomes this process's child, and is killed at the end of
// the scope, or by a run() meanwhile.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/support/command.hpp"

namespace recount::test {

struct Remains {
  int running = 0;         // alive when the time was over
  int killed_by_trap = 0;  // ended by a SIGTRAP that nobody was there to take
};

class Background {
 public:
  explicit Background(Command command);
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  pid_t pid() const noexcept { return pid_; }
  void send(int signal) const;
  std::string output() const;
  std::string errors() const;
  bool says(const std::string& text);  // false: it ended, or its deadline came, without saying so
  Ending wait();                       // kills it at its deadline
  Remains remains(std::chrono::seconds patience = std::chrono::seconds{5});

 private:
  bool ended();
  void reap_others();

  Command command_;
  std::chrono::steady_clock::time_point deadline_;
  int output_ = -1;
  int errors_ = -1;
  pid_t pid_ = -1;
  bool ended_ = false;
  int status_ = 0;
  Remains remains_;
};

std::vector<pid_t> children_of_this_process();
void nap(std::chrono::microseconds duration);
void kill_all_children();  // of this process, and those of theirs, which become its own

// Waits until `condition` holds; false: it did not within a minute.
template <typename Condition>
bool comes_true(const Condition& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes{1};
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    nap(std::chrono::microseconds{200});
  }
  return true;
}

}  // namespace recount::test

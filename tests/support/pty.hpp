// A terminal of its own for one command, and a user who types when something has been shown.
//
//   Terminal terminal({.arguments = {"bash", "--norc", "--noediting", "-i"}, .environment =
//   {"PS1=ready> "}}); REQUIRE(terminal.shows("ready> "));       // waits for it, and takes all up
//   to its end terminal.type("cat\n"); REQUIRE(terminal.shows("cat\r\n"));       // the terminal's
//   echo terminal.type("\x1a");                    // Ctrl-Z terminal.screen(); // everything that
//   was shown so far
//
// The command leads a session whose controlling terminal this is, with core dumps off. At the end
// of the scope the terminal hangs up, and all that is left of the command is killed: one Terminal
// at a time, as with Background.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>

#include "tests/support/command.hpp"

namespace recount::test {

class Terminal {
 public:
  explicit Terminal(Command command);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  pid_t pid() const noexcept { return pid_; }
  void type(const std::string& keys) const;
  bool shows(const std::string& text);  // false: it has ended, or its deadline came
  // Waits until whoever reads the terminal gets each key at once (termios(3), noncanonical mode). A line editor shows its prompt
  // first: until then keys are the terminal's, which takes Ctrl-D for itself, and drops a line at Ctrl-C.
  bool gets_keys() const;
  void resize(int rows, int columns) const;  // and the foreground group gets SIGWINCH
  void hang_up();                            // the terminal is gone: SIGHUP
  // Waits until whoever is in the session, but for its leader, is stopped. A shell says that a job
  // is when its first process is, while another may still take what is typed.
  bool others_are_stopped() const;
  const std::string& screen() const noexcept { return screen_; }
  int wait();  // the command's end, as a shell's $? says it; -1: its deadline came

 private:
  bool read_more();

  Command command_;
  std::chrono::steady_clock::time_point deadline_;
  int master_ = -1;
  pid_t pid_ = -1;
  std::string screen_;
  std::size_t seen_ = 0;
};

}  // namespace recount::test

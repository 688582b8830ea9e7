// Starts the program behind a gate, so that it can be seized before it execs.
//
//   fork --> child reads the gate ............ go() --> execve --> the program
//            meanwhile: PTRACE_SEIZE it                    | fails: errno comes through a close-on-exec pipe, exit 127
//
// If the launcher goes before go(), the gate closes and the child ends without having run anything.
#pragma once

#include <string>
#include <vector>

#include "schema/vocabulary/ids.hpp"
#include "tracer/base/unique_fd.hpp"
#include "tracer/stop/waiter.hpp"

namespace recount {

class Launcher {
 public:
  // Forks. `path` is what is run, `argv` is what it is told, argv[0] included.
  Launcher(const std::string& path, const std::vector<std::string>& argv, const Waiter& waiter);

  Tid tid() const noexcept { return tid_; }
  int go() noexcept;          // 0 or an errno
  int exec_error() noexcept;  // the errno of a failed exec; 0 if it did not fail. Waits for the child's exec or end

 private:
  Tid tid_{};
  UniqueFd gate_;
  UniqueFd error_;
};

}  // namespace recount

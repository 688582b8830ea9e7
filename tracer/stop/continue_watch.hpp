// While the recorder is stopped with its program, somebody may continue the program alone, which then waits for the recorder. A process of
// its own looks for that, and continues the recorder.
//
//   { ContinueWatch watch(root); ::raise(SIGSTOP); }
//
// A stopped tracee keeps the SIGCONT pending until its tracer answers: it shows in /proc/PID/status (proc(5)).
#pragma once

#include <optional>

#include "schema/vocabulary/ids.hpp"
#include "tracer/process/child_process.hpp"

namespace recount {

class ContinueWatch {
 public:
  explicit ContinueWatch(Tid root);  // where no process can be made, nobody watches
  ~ContinueWatch();
  ContinueWatch(const ContinueWatch&) = delete;
  ContinueWatch& operator=(const ContinueWatch&) = delete;

 private:
  std::optional<ChildProcess> process_;
};

}  // namespace recount

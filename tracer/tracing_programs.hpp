// Programs that trace others, or themselves. What one of the run is about to trace is let go for it, and what LeakSanitizer asks of
// ptrace(2) is done for it (schema/machine/machine_tracer.cpp); the first is said. Where the program's call is not seen it fails
// (EPERM), as under any tracer. What shows then is one of:
//
//   - the program has LeakSanitizer, by libasan.so, liblsan.so, clang's runtime or linked in, and neither ASAN_OPTIONS nor
//     LSAN_OPTIONS says detect_leaks=0: it would be traced by a thread of its own at its end
//   - it imports ptrace, or is static and has it in it
//   - it has the name of a debugger
//
// That is said as a notice, once a run, when such a program, or a child that it forked, ends as one that may not trace does: with
// another exit code than 0, or by abort(3). That the tracer is why is never claimed.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "schema/machine/machine.hpp"
#include "tracer/image/image_store.hpp"
#include "tracer/log/log_item.hpp"

namespace recount {

class TracingPrograms {
 public:
  void began(ExecId exec, const StoredImage& image, Tid tid);
  void could_trace(ExecId exec) { could_trace_.insert(exec); }
  // `traced` was let go, since `tracer` was about to trace it.
  Diagnostic made_way(const std::string& traced, const std::string& tracer);
  std::string name_of(const Process& tracer) const;
  std::optional<Diagnostic> ended(ExecId exec, Tid pid, WaitStatus status);

 private:
  struct Program {
    std::string path;
    std::string sign;    // what shows: "it imports ptrace, and can't ..."
    std::string remedy;  // what to do about it
  };
  std::map<ImageId, Program> programs_;
  std::map<ExecId, ImageId> execs_;  // of these programs
  std::set<ExecId> could_trace_;
  bool told_way_ = false;
  bool told_end_ = false;
};

}  // namespace recount

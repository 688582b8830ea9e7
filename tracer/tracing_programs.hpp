// Programs that trace others, or themselves: while they are traced they can not (EPERM), and may fail by it.
//
// ptrace(2) itself is not seen without a stop at each system call. What shows is one of:
//
//   - the program has LeakSanitizer, by libasan.so, liblsan.so, clang's runtime or linked in, and neither ASAN_OPTIONS nor
//     LSAN_OPTIONS says detect_leaks=0: it would be traced by a thread of its own at its end
//   - it imports ptrace, or is static and has it in it
//   - it has the name of a debugger
//
// That is said as an info when such a program begins, once for an image; and as a notice, once a run, when such a program, or a
// child that it forked, ends as one that may not trace does: with another exit code than 0, or by abort(3). That the tracer is
// why is never claimed.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "tracer/image/image_store.hpp"
#include "tracer/log/log_item.hpp"

namespace recount {

class TracingPrograms {
 public:
  std::optional<Diagnostic> began(ExecId exec, const StoredImage& image, Tid tid);
  std::optional<Diagnostic> ended(ExecId exec, Tid pid, WaitStatus status);

 private:
  struct Program {
    std::string path;
    std::string sign;    // what shows: "it imports ptrace, and can't ..."
    std::string remedy;  // what to do about it
  };
  std::map<ImageId, Program> programs_;
  std::map<ExecId, ImageId> execs_;  // of these programs
  bool told_end_ = false;
};

}  // namespace recount

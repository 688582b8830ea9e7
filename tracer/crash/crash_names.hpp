// Names the frames of crashes after the snapshot: the process that died is not held for that. A process of its own does it
// (name_server.hpp), which the one that walks asks; what it says is taken where the log is written.
//
//   auto names = std::make_shared<CrashNames>(subject, answers);   // the other end of the socket on which the one that walks asks
//   if (names->add_to(crash, 0)) ...                // on the thread that writes the log, in the order of the crashes
//
// What can't be named has the names of its symbols, and `reason` says why.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "tracer/crash/crash_messages.hpp"
#include "tracer/image/image_subject.hpp"
#include "tracer/process/child_process.hpp"

namespace recount {

// What one of the two processes told is believed as far as it fits.
void add_part(CrashPart part, Crash& crash);

class CrashNames {
 public:
  static constexpr std::int64_t kWaitMaxNs = 10'000'000'000;  // for one crash

  CrashNames(const ImageSubject& subject, int answers);  // RecordError if there can be no process

  // What is told by then (monotonic_ns(); 0: by now). False: more may come.
  bool add_to(Crash& crash, std::int64_t until_ns);
  bool has_failed() const noexcept { return has_failed_; }  // from any thread: no more is named

 private:
  bool take(Crash& crash, std::int64_t until_ns);
  bool fail(const std::string& why);

  ChildProcess process_;
  std::atomic<bool> has_failed_{false};
  std::string failure_;
  std::uint64_t asked_for_ = 0;  // the number of the crash that add_to was called for last, and when first
  std::int64_t asked_ns_ = 0;
};

}  // namespace recount

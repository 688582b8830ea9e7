// Takes the snapshot of a process at the stop for a signal that it is about to die of, or before the recorder kills it (crash.hpp): the
// registers of that thread, its backtrace, the images, and the backtraces of the other threads, which are held; and what each waits for.
//
//   CrashReader crashes(subject, memory);
//   const auto crash = crashes.read(tid, signal);           // null: left out, since others have taken all the time there is
//
// Nothing is done to the process: its memory, /proc and registers are read. The machine has interrupted its other threads; of one that
// is blocked in the kernel and can't stop, that tells the stack pointer and the pc (/proc/PID/syscall, proc(5)), from which the walk
// goes as far as it needs no other register.
//
// Functions and lines by debug information come later, and from elsewhere (crash_names.hpp): the process does not wait for them.
//
// A crash may take kTimeMaxNs of a processor, and kWaitMaxNs where others have the processors; all of a run kAllMaxNs; deaths by a
// signal that somebody sent or that is no fault (SIGTERM, SIGPIPE, ...) together kAskedMaxNs. The processes that walk the stacks and name what is there are started at the first crash.
#pragma once

#include <cstdint>
#include <memory>

#include "tracer/base/x86_64.hpp"
#include "tracer/crash/crash_messages.hpp"
#include "tracer/crash/crash_names.hpp"
#include "tracer/image/image_subject.hpp"
#include "tracer/process/child_process.hpp"
#include "tracer/process/process_memory.hpp"

namespace recount {

class CrashReader {
 public:
  static constexpr std::int64_t kTimeMaxNs = 1'000'000'000;
  static constexpr std::int64_t kWaitMaxNs = 5'000'000'000;
  static constexpr std::int64_t kAllMaxNs = 10'000'000'000;
  static constexpr std::int64_t kAskedMaxNs = 2'000'000'000;

  CrashReader(ImageSubject subject, ProcessMemory& memory) : subject_(std::move(subject)), memory_(memory) {}

  std::shared_ptr<const Crash> read(Tid tid, int signal);
  std::uint64_t left_out() const noexcept { return left_out_; }  // crashes for which there was no time

 private:
  struct Seen;
  void ask(const std::vector<Seen>& threads, int signal, Crash& crash, std::int64_t start_ns);
  bool send(CrashRequest& request, int memory);
  bool wait_for_answer(std::int64_t start_ns, std::int64_t used_before_ns) const;
  void take_answer(Crash& crash, std::int64_t start_ns);
  std::string death();
  void start();
  void restart();
  void stop();

  ImageSubject subject_;
  ProcessMemory& memory_;
  std::unique_ptr<ChildProcess> process_;  // that walks
  std::shared_ptr<CrashNames> names_;      // whom that asks
  std::uint64_t crashes_ = 0;
  bool is_unnamed_ = false;  // the last one is named by nobody
  int restarts_ = 0;
  std::string unnamed_;              // why nobody names
  std::int64_t taken_ns_ = 0;        // by all
  std::int64_t asked_taken_ns_ = 0;  // by those that are no fault
  std::uint64_t left_out_ = 0;
};

}  // namespace recount

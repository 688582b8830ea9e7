// What the log has of a process that was about to die of a signal, or that the recorder killed: its registers, its images, the
// backtraces, and what its threads waited for.
//
//   CrashRecords crashes(log);
//   if (const auto crash = crashes.at(seq, tid)) ...    // seq of the signal's stop
//   if (const auto crash = crashes.killed(utids)) ...   // by the recorder: any of the threads of the process
//
// A log of an older minor version has none. Rows that make no sense are shown as they are; of too many the first are read.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "replay/log/log_file.hpp"

namespace recount {

struct FrameRecord {
  bool inlined = false;
  std::uint64_t address = 0;
  std::string image;
  std::optional<std::uint64_t> image_address;
  std::string function, file;
  std::uint32_t line = 0;  // 0: nobody knows

  // The function; without a name image+offset, without an image the address.
  std::string name() const;
};

struct WaitRecord {
  std::string call;         // the system call
  std::string object;       // what it waits for there; "" if nothing tells it
  std::int64_t holder = 0;  // the thread that it waits for; 0: none is known

  std::string words() const;  // "futex for the mutex at 0x1234, which thread 12 holds"
};

struct BacktraceRecord {
  std::int64_t tid = 0;
  std::string name{};               // what the thread calls itself; "" if nobody knows
  std::vector<FrameRecord> frames;  // the innermost first
  std::optional<WaitRecord> wait;   // nothing: it ran, or nobody knows
};

struct CrashImageRecord {
  std::uint64_t start = 0, end = 0;
  std::string path, build_id;
};

struct CrashRecord {
  std::int64_t took_ns = 0;
  std::string reason;                       // what is missing, and why
  std::string title;                        // its command line as it had it then; "" if nobody knows
  std::string words;                        // why it aborted; "" if nothing tells it
  std::vector<BacktraceRecord> backtraces;  // that of the thread that got the signal first
  std::vector<std::pair<std::string, std::uint64_t>> registers;
  std::vector<CrashImageRecord> images;

  // Threads that wait for each other, each for the next and the last for the first; empty if there are none.
  std::vector<std::int64_t> deadlock() const;
};

class CrashRecords {
 public:
  explicit CrashRecords(const LogFile& log);
  std::optional<CrashRecord> at(Seq seq, Tid tid);
  std::optional<CrashRecord> killed(const std::vector<Utid>& threads);

 private:
  struct Shown {
    Seq seq = 0;
    Tid tid{};
  };
  std::unique_ptr<Statement> crash_, words_, threads_, frames_, registers_, images_,
      waits_;  // null: there is no such table
  std::map<Utid, Shown> killed_;
};

}  // namespace recount

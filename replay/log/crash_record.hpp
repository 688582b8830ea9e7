// What the log has of a process that was about to die of a signal: its registers, its images, the backtraces.
//
//   CrashRecords crashes(log);
//   if (const auto crash = crashes.at(seq)) ...        // seq of the signal's stop
//
// A log of an older minor version has none. Rows that make no sense are shown as they are; of too many the first are read.
#pragma once

#include <cstdint>
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

struct BacktraceRecord {
  std::int64_t tid = 0;
  std::vector<FrameRecord> frames;  // the innermost first
};

struct CrashImageRecord {
  std::uint64_t start = 0, end = 0;
  std::string path, build_id;
};

struct CrashRecord {
  std::int64_t took_ns = 0;
  std::string reason;                       // what is missing, and why
  std::vector<BacktraceRecord> backtraces;  // that of the thread that got the signal first
  std::vector<std::pair<std::string, std::uint64_t>> registers;
  std::vector<CrashImageRecord> images;
};

class CrashRecords {
 public:
  explicit CrashRecords(const LogFile& log);
  std::optional<CrashRecord> at(Seq seq, Tid tid);

 private:
  std::unique_ptr<Statement> crash_, frames_, registers_, images_;  // null: there is no such table
};

}  // namespace recount

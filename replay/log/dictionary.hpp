// The words of a log: what its numbers are called. All of it comes from the file, so that a log
// from another kernel or architecture reads as it should there.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "replay/log/log_file.hpp"
#include "schema/machine/address_space.hpp"

namespace recount {

class Names {
 public:
  explicit Names(const LogFile& log);
  std::string signal(int number) const;                             // SIGTERM, or: signal 99
  std::optional<int> signal_number(const std::string& text) const;  // SIGTERM, term, 15
  std::string error(int number) const;                              // ENOENT, or: errno 999

 private:
  std::map<int, std::string> signals_;
  std::map<int, std::string> errors_;
};

bool has_column(const LogFile& log, const std::string& table, const std::string& column);

// The probes of one image as the machine needs them. Null if the log does not know the image;
// throws FileError if its probes are not what the image says.
std::shared_ptr<const ProbeTable> probe_table(const LogFile& log, ImageId image);

struct DiagnosticRecord {
  std::int64_t time_ns = 0;
  std::string severity, key, message, remedy;
};

std::vector<DiagnosticRecord> diagnostics_of(const LogFile& log);

// upid by utid, as the log says (not as the machine does).
std::unordered_map<std::uint32_t, std::uint32_t> task_processes(const LogFile& log);

}  // namespace recount

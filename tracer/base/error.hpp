// What went wrong around us, not in the traced program: caught once, in main, and said in one line.
#pragma once

#include <stdexcept>
#include <string>

namespace recount {

// The recorder's exit statuses for its own trouble, as env(1), timeout(1) and shells use them.
inline constexpr int kExitTimeout = 124;
inline constexpr int kExitFailure = 125;
inline constexpr int kExitCannotRun = 126;
inline constexpr int kExitNotFound = 127;

struct RecordError : std::runtime_error {
  RecordError(const std::string& message, int exit_status_ = kExitFailure)
      : std::runtime_error(message), exit_status(exit_status_) {}
  int exit_status;
};

}  // namespace recount

// What can go wrong around an analysis. main catches both and turns each into one line and exit
// status 2; what is wrong *in* a log is no error but an answer (recount.hpp).
#pragma once

#include <stdexcept>
#include <string>

namespace recount {

// "FILE: what, why; what next"
struct FileError : std::runtime_error {
  FileError(const std::string& path, const std::string& message) : std::runtime_error(path + ": " + message) {}
};

struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace recount

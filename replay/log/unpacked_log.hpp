// A packed log (schema/log/packed_file.hpp), unpacked for as long as it is read.
//
//   const auto unpacked = unpacked_log(path);   // null: the file is not packed
//   ... read unpacked->path() ...
//
// The file is in $TMPDIR, else /tmp, and only its owner may read it.
#pragma once

#include <memory>
#include <string>
#include <utility>

namespace recount {

class UnpackedLog {
 public:
  explicit UnpackedLog(std::string path) : path_(std::move(path)) {}
  ~UnpackedLog();
  UnpackedLog(const UnpackedLog&) = delete;
  UnpackedLog& operator=(const UnpackedLog&) = delete;
  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

std::unique_ptr<UnpackedLog> unpacked_log(const std::string& path);  // throws FileError

}  // namespace recount

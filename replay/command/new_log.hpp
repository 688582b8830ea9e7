// The file that will be a log. It is written beside its place and appears there whole.
//
//   NewLog place("ALL.db", replace);   // throws FileError if it is there already, unless it is to be replaced
//   ... write place.beside() ...
//   place.fill();                      // packed, if it is called FILE.gz or FILE.zst; else nothing is left of it
#pragma once

#include <string>

#include "schema/log/packed_file.hpp"

namespace recount {

class NewLog {
 public:
  NewLog(std::string path, bool replace);
  ~NewLog();
  NewLog(const NewLog&) = delete;
  NewLog& operator=(const NewLog&) = delete;

  const std::string& beside() const noexcept { return beside_; }
  void fill();

 private:
  void pack(Packing packing);
  [[noreturn]] void fail(const char* what, int error) const;
  std::string path_, beside_;
  bool replace_;
};

bool is_same_file(const std::string& a, const std::string& b);

}  // namespace recount

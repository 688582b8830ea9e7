// The place of the log: a file of that name is a whole log from its first moment, and never at the cost of another one.
//
//   OutputFile file(path, force);   // throws if it can't be
//   create_log(file.draft(), run);  // the empty log is made beside its place,
//   file.publish();                 // and put there under its name in one step
//   file.keep();                    // the program runs: the log stays, and what --force replaced goes
//
// Unless it is kept, the new file goes again, and what stood there before comes back.
#pragma once

#include <string>

#include "tracer/base/unique_fd.hpp"

namespace recount {

class OutputFile {
 public:
  OutputFile(const std::string& path, bool force);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  const std::string& draft() const noexcept { return draft_; }
  void publish();
  void keep() noexcept;
  bool is_still_there() const noexcept;  // under this name or another: nobody removed or replaced it

 private:
  std::string path_;
  std::string draft_;
  std::string previous_;  // where the replaced file waits; empty: there was none
  UniqueFd file_;         // of the draft, and so of the log; open as long as SQLite, whose locks a close(2) would drop
  bool force_;
  bool published_ = false;
  bool kept_ = false;
};

}  // namespace recount

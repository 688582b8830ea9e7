// The place of the log: a file of that name is a whole log from its first moment, and never at the cost of another one.
//
//   OutputFile file(path, force);   // throws if it can't be
//   file.fill(empty_log(run));      // the empty log is a file without a name,
//   file.publish();                 // and gets its name in one step
//   file.keep();                    // the program runs: the log stays, and what --force replaced goes
//
// Unless it is kept, the new file goes again, and what stood there before comes back, with its journal. A recorder that is
// killed at its start leaves nothing, or what the next one sweeps away (leftovers.hpp). Where files without a name can't be
// had (NFS), the draft is FILE.new-PID.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tracer/base/unique_fd.hpp"
#include "tracer/log/previous_log.hpp"

namespace recount {

class OutputFile {
 public:
  OutputFile(const std::string& path, bool force);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void fill(std::string_view bytes);
  void publish();
  void keep() noexcept;
  bool discard() noexcept;  // the log, which is whole, goes after all. False: it can't, or another file has its name
  void close_to_others() noexcept;       // what is in it is another user's: nobody but the owner reads it
  bool is_still_there() const noexcept;  // under this name or another: nobody removed or replaced it

 private:
  void open_draft();
  bool give_name() const noexcept;  // or errno says why not
  bool is_there() const noexcept;
  bool has_its_name() const noexcept;  // what stands at the place is this file

  std::string path_;
  std::string draft_;               // empty: it has no name
  PreviousLog previous_;            // what stood at the place
  std::vector<std::string> older_;  // what stood there before that
  UniqueFd file_;                   // of the log; open as long as SQLite, whose locks a close(2) would drop
  bool force_;
  bool published_ = false;
  bool kept_ = false;
  bool closed_to_others_ = false;
};

}  // namespace recount

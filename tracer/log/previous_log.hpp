// What stands at the place of a new log: a file, and what SQLite keeps beside it (-journal, -wal, -shm). They belong
// together. Beside another file of that name, a journal would be rolled into it.
//
//   PreviousLog previous("run.db");
//   previous.set_aside();       // run.db and run.db-journal are run.db.replaced-4711 and run.db.replaced-4711-journal
//   previous.put_back();        // or
//   previous.remove();
//
//         here            here and aside           aside           here and aside           here
//       FILE + journal -- link(2) each --> unlink each here .. link(2) each --> unlink each aside
//
// At every moment one of the two places has all of it, the file that is unlinked first being FILE. Where no hard links can be
// made, rename(2) moves one after the other, and FILE is the last to come back. A recorder that is killed meanwhile leaves what
// sweep() then puts back.
#pragma once

#include <string>

#include "tracer/base/unique_fd.hpp"

namespace recount {

class PreviousLog {
 public:
  explicit PreviousLog(std::string path) : path_(std::move(path)) {}
  PreviousLog(std::string path, std::string aside) : path_(std::move(path)), aside_(std::move(aside)) {}

  bool set_aside(
      bool with_file);       // false, and errno, if it can't be. Without the file: only what lies beside its place
  bool put_back() noexcept;  // false: it is still in aside()
  void remove() noexcept;    // from where it was put aside
  const std::string& aside() const noexcept { return aside_; }

 private:
  std::string path_;
  std::string aside_;  // empty: nothing was set aside
  UniqueFd lock_;      // says that its recorder lives
};

bool is_there(const std::string& path) noexcept;           // a file, a folder or a link of that name
void remove_companions(const std::string& path) noexcept;  // -journal, -wal, -shm

}  // namespace recount

// Who has no privilege: the tests' own user, or, if that is root, another one (setpriv(1)). Programs are brought to a folder where that
// user may read and write.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>

#include "tests/support/record_cli.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {

class Somebody {
 public:
  static constexpr unsigned kUser = 64231;

  Somebody() { std::filesystem::permissions(folder_.path(), std::filesystem::perms::all); }
  const TemporaryFolder& folder() const noexcept { return folder_; }
  std::string file(const std::string& name) const { return folder_.file(name); }
  std::string bring(const std::string& path) const {
    const std::string here = file(std::filesystem::path(path).filename());
    std::filesystem::copy_file(path, here, std::filesystem::copy_options::skip_existing);
    return here;
  }
  // The recorder, with the log run.db.
  Words recorder(const Words& options) const {
    return Words{bring(RECOUNT_RECORD),  "-q", "--force", "-o", file("run.db"), "--source-root",
                 RECOUNT_PROGRAM_SOURCES} +
           options;
  }
  std::string log() const { return file("run.db"); }
  Words command(const Words& words) const { return (geteuid() == 0 ? as_user(kUser) : Words{}) + words; }

 private:
  TemporaryFolder folder_;
};

}  // namespace recount::test

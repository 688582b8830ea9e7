// Which programs are left alone: --no-follow GLOB.
//
//   NoFollow no_follow({"gdb", "*/build/asan_*"});
//   no_follow.glob_for("./build/asan_test", "/home/me/build/asan_test")    // "*/build/asan_*"
//
// A program has two names: what was given to execve(2), which for a script is the script and not its interpreter, and the
// file that runs, with symbolic links followed. A GLOB (fnmatch(3), in which '*' also matches '/') names the program if it
// matches either of them, as a whole or its last part.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schema/vocabulary/ids.hpp"

namespace recount {

class NoFollow {
 public:
  explicit NoFollow(std::vector<std::string> globs) : globs_(std::move(globs)) {}

  bool empty() const noexcept { return globs_.empty(); }
  std::string glob_for(const std::string& given, const std::string& file) const;  // the first; empty: it is followed

 private:
  std::vector<std::string> globs_;
};

// What was given to execve(2), at the exec stop: the kernel puts it on the new stack, at the address that AT_EXECFN of
// getauxval(3) names. Empty if it can't be read.
std::string name_given_to_exec(Tid tid, std::uint64_t address);

}  // namespace recount

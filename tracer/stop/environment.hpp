// The environments of the programs of a run, each as a difference to what its process had before: to its own last program's, or
// to that which its parent ran when it was forked. The first program's has all its variables.
//
//   Environments environments(EnvMode::safe);
//   environments.born(parent, child);                          // processes, by their pids
//   exec.environment = environments.began(pid, read_proc_file(pid, "environ", Environments::kBytesMax));
//   environments.ended(pid);
//
// What a program does to its own environment after its start (setenv(3)) shows up where it hands that on. Memory is what the
// living processes need; those with the same environment share it.
//
// The values that are kept: safe, those of names that a reader of a failed run asks for (is_safe_name); all, every one; and in
// neither mode one that secret.hpp takes for a secret. `_`, where shells put the path of the program, is left out.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "schema/vocabulary/event.hpp"

namespace recount {

enum class EnvMode { all, safe, none };

bool is_safe_name(std::string_view name);

class Environments {
 public:
  static constexpr std::size_t kBytesMax = 256 << 10;  // of /proc/PID/environ; what lies behind is left out
  static constexpr std::size_t kValueMax = 4096;       // bytes; a longer value is cut, and ends in "..."

  explicit Environments(EnvMode mode) : mode_(mode) {}
  EnvMode mode() const noexcept { return mode_; }

  void born(Tid parent, Tid child);
  std::vector<EnvChange> began(Tid pid, std::string block);  // NAME=VALUE, each with a 0 behind it
  // The values of its program's environment that are secrets, and long enough to be told from other words.
  const std::vector<std::string>& secrets_of(Tid pid) const;
  void ended(Tid pid) { of_.erase(pid); }

 private:
  struct Environment {
    std::string block;
    std::map<std::string_view, std::string_view> values;  // into block
    std::vector<std::string> secrets;
  };
  static std::shared_ptr<const Environment> parsed(std::string block);
  EnvChange change(std::string_view name, EnvChange::Kind kind, std::string_view value) const;

  EnvMode mode_;
  std::unordered_map<Tid, std::shared_ptr<const Environment>> of_;
};

}  // namespace recount

// All that a store keeps of a run, as plain values. digest_of(log) makes it (replay/digest/), Store::add() writes it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "replay/store/line_set.hpp"

namespace recount {

struct RunDigest {
  struct Test {
    std::string name, runner, result;
    std::optional<std::int64_t> duration_ns, cpu_us;
    std::int64_t processes = 0;
  };
  struct File {
    std::int64_t lines = 0, hit = 0;
    std::string text;       // its hash; "": the log has no text that these lines are of
    LineNumbers code, ran;  // none without a text
  };
  std::string uuid, log, argv, hostname, outcome, ending;
  std::string repository, branch, commit, job;  // "": its tags don't say
  std::int64_t start_unix_ns = 0;
  std::optional<std::int64_t> duration_ns;
  std::int64_t processes = 0, failed = 0, lines = 0, lines_hit = 0;
  std::vector<Test> tests;
  std::map<std::string, std::int64_t> failures;  // by signature
  std::map<std::string, File> files;             // by stored_path()
};

// A file's place beneath the folder of the run's sources; whole where it is elsewhere.
inline std::string stored_path(const std::string& root, const std::string& file) {
  const bool is_beneath = !root.empty() && file.starts_with(root + "/");
  return is_beneath ? file.substr(root.size() + 1) : file;
}

}  // namespace recount

// The views inside a log and the replay's fold, side by side, in the test's own process.
#pragma once

#include <string>
#include <vector>

#include "replay/recount/history.hpp"

namespace recount::test {

using Rows = std::vector<std::string>;

// A row is its columns, each with | behind it; NULL is null.
Rows ask(const std::string& path, const std::string& sql);

struct Folded {
  explicit Folded(const std::string& path)
      : log(path), coverage(log), history(log, &coverage), verdict(Recount(log).run(&history)) {}
  LogFile log;
  Coverage coverage;
  History history;
  Verdict verdict;
};

// CHECKs that both say the same of processes, threads, execs, signals, output, lines and functions.
void check_equal(const std::string& path);

}  // namespace recount::test

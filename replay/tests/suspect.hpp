// Which lines and functions are suspected of a failure: those that ran in executions that failed, and in few others.
//
//   Spectrum spectrum;
//   spectrum.begin(true);  spectrum.ran({"/src/a.c", 5, "parse"});   // each execution with all that ran in it
//   for (const Suspicion& line : spectrum.lines()) ... line.score ...
//
// The score is Ochiai's coefficient as spectrum-based fault localisation uses it (Abreu, Zoeteweij, van Gemund: "On the accuracy
// of spectrum-based fault localization", 2007):
//
//   failed(l) / sqrt(total_failed * (failed(l) + passed(l)))
//
// 1 is a line that ran in all executions that failed and in no other; 0 one that ran in none that failed. Listed is what separates:
// what ran in a larger share of those that failed than of those that passed. The most suspicious come first; those with the same score have the same rank, and stand by file and line.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace recount {

struct RanLine {
  std::string file;
  std::uint32_t line = 0;
  std::string function;  // empty: none is known
};

struct Suspicion {
  std::string file;
  std::uint32_t line = 0;  // of a function: the first of its lines that ran in a failing execution
  std::string function;
  std::uint64_t failed = 0, passed = 0;  // executions in which it ran
  double score = 0;
  std::size_t rank = 0;
};

double ochiai(std::uint64_t failed, std::uint64_t passed, std::uint64_t total_failed);

class Spectrum {
 public:
  void begin(bool failed);
  void ran(const RanLine& line);  // in the execution that was begun last; again is the same as once

  std::uint64_t failed() const noexcept { return failed_; }
  std::uint64_t passed() const noexcept { return passed_; }
  std::vector<Suspicion> lines() const;
  std::vector<Suspicion> functions() const;

 private:
  struct Count {
    std::uint64_t failed = 0, passed = 0, last = 0;  // last: the execution that was counted last
    std::uint32_t line = 0;
    std::string function;
  };
  using Key = std::pair<std::string, std::string>;
  void count(Count& count, const RanLine& line);
  Suspicion suspicion(const std::string& file, const Count& count) const;

  std::uint64_t failed_ = 0, passed_ = 0;
  bool is_failing_ = false;
  std::map<std::pair<std::string, std::uint32_t>, Count> lines_;
  std::map<Key, Count> functions_;  // by file and name
};

}  // namespace recount

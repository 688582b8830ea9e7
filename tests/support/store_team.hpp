// Runs of one team, made by hand, and the store that they are added to.
//
//   Team team;
//   team.add({1, "aaaa", {{"A.x"}, {"A.y", false}}});          // its first day, at a commit, with two tests
//   team.ask({"history"})[0]["outcome"]                         // "failed"
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/command.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {

struct TestLine {
  std::string name;
  bool passes = true;
  int ms = 10;
};

struct RunSpec {
  int number = 0;  // a day later than the one before
  std::string commit;
  std::vector<TestLine> tests;
  int lines_hit = 1;                                     // of two, the third and the fourth of /src/lib/a.c
  std::string branch = "main", failure = "", text = "";  // of that file
};

class Team {
 public:
  using Words = std::vector<std::string>;
  std::string log(const RunSpec& run) const;
  Ending add(const Words& logs) const;
  void add(const RunSpec& run) const;
  nlohmann::json ask(Words question) const;

  TemporaryFolder folder;
  std::string store = folder.file("store.db");
};

}  // namespace recount::test

// recount-replay step: its prompt, from a pipe.
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/sample_logs.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace recount::test;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

namespace {

// What is said to the prompt, and the events of the steps that it showed.
struct Talk {
  Ending ending;
  std::vector<json> steps;
  std::vector<int> events() const {
    std::vector<int> seqs;
    for (const json& step : steps) seqs.push_back(step["event"]["seq"]);
    return seqs;
  }
};

Talk talk(const std::string& log, const std::string& words, std::vector<std::string> options = {}) {
  std::vector<std::string> arguments{RECOUNT_REPLAY, "step", "--format=json", log};
  arguments.insert(arguments.end(), options.begin(), options.end());
  Talk talk{run({.arguments = arguments, .input = words}), {}};
  std::istringstream lines(talk.ending.output);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with('{')) talk.steps.push_back(json::parse(line));
  return talk;
}

struct EventfulLog {
  EventfulLog() { write_eventful_log(path); }
  TemporaryFolder folder;
  std::string path = folder.file("log");
};

}  // namespace

TEST_CASE("steps go forward and back over observations, and end with the log") {
  const EventfulLog log;
  const auto all = talk(log.path, std::string(500, '\n')).events();
  REQUIRE(all.size() > 20);
  CHECK(std::is_sorted(all.begin(), all.end()));
  const auto some =
      talk(log.path, "next 3\nback\nback 2\nnext\ngo " + std::to_string(all[9]) + "\nback 100\n").events();
  CHECK(some == std::vector<int>{all[0], all[3], all[2], all[0], all[1], all[9], all[0]});
  CHECK_THAT(talk(log.path, "next 500\n").ending.output, ContainsSubstring("no such step"));
}

TEST_CASE("an event that is an action is shown with what it answers") {
  const EventfulLog log;
  const Talk first = talk(log.path, "", {"--at=2"});
  REQUIRE(first.steps.size() == 1);
  CHECK(first.steps[0]["event"]["kind"] == "spawned");
  CHECK(first.steps[0]["log"][0]["seq"] == 2);
  CHECK(first.steps[0]["rules"] == json::array({"root_is_seized", "root_runs"}));
}

TEST_CASE("a step is looked for by its kind, process, task, hit or error") {
  const EventfulLog log;
  const auto kind_of = [&](const std::string& words) { return talk(log.path, words).steps.back()["event"]; };
  CHECK(kind_of("until event_exec\n")["kind"] == "event_exec");
  CHECK(kind_of("until upid 2\n")["upid"] == 2);
  const json hit = talk(log.path, "until hit\n").steps.back();
  CHECK(hit["rules"][0] == "first_hit");
  CHECK_THAT(hit["facts"][0].get<std::string>(), ContainsSubstring("hit utid="));
  CHECK(talk(log.path, "until divergence\n").steps.size() == 1);
}

TEST_CASE("the step where log and machine differ is found, and says how") {
  const EventfulLog log;
  tamper(log.path,
         "UPDATE trace_event SET address = address + 1 WHERE seq = (SELECT min(seq) FROM trace_event WHERE kind ="
         " (SELECT kind FROM trace_event_kind WHERE name = 'set_pc'))");
  const Talk found = talk(log.path, "until divergence\n");
  REQUIRE(found.steps.size() == 2);
  CHECK_THAT(found.steps[1]["divergence"].get<std::string>(), ContainsSubstring("set_pc"));
  const Ending text = run({.arguments = {RECOUNT_REPLAY, "step", log.path}, .input = "until divergence\n"});
  CHECK_THAT(text.output, ContainsSubstring("the machine says") && ContainsSubstring("because  first_hit"));
}

TEST_CASE("what the prompt does not know is said, and it goes on") {
  const EventfulLog log;
  const Talk said = talk(log.path, "dance\nuntil teatime\ngo x\nhelp\nstate\nrules\nshow\nquit\nnext\n");
  CHECK(said.events() == std::vector<int>{1, 1});
  CHECK_THAT(said.ending.output, ContainsSubstring("no command dance") && ContainsSubstring("no observation teatime") &&
                                     ContainsSubstring("x is no number") && ContainsSubstring("late_hit:"));
  CHECK(said.ending.status() == 0);
}

#include "replay/tests/tests_against.hpp"

#include <iomanip>
#include <nlohmann/json.hpp>
#include <set>

#include "replay/store/base_run.hpp"
#include "replay/store/store_text.hpp"

namespace recount {
namespace {

using TestName = std::pair<std::string, std::string>;  // and its runner

struct Slower {
  TestName test;
  double last_ms = 0, median_ms = 0, deviation_ms = 0, times = 0;
  std::int64_t runs = 0;
};

struct TestsChange {
  std::string store;
  BaseRun run;
  std::vector<Slower> slower;
  std::vector<TestName> newly_failing, gone;
  std::vector<std::pair<TestName, std::string>> fresh;  // and the result
};

TestName name_in(const Rows& rows) { return {std::string(rows.bytes(0)), std::string(rows.bytes(1))}; }

std::vector<Slower> slower_than_before(const Store& store, const RunRecord& run, const std::string& branch,
                                       const std::vector<TestRecord>& tests) {
  Json judged = Json::array();
  for (const TestRecord& test : tests)
    if (test.duration_ns && test.failed == false) judged.push_back({test.test, test.runner, *test.duration_ns});
  const std::string list = judged.dump(-1, ' ', false, Json::error_handler_t::replace);
  Rows rows = store.ask(store_question("slower"), narrowed_to(run, branch, list));
  std::vector<Slower> slower;
  while (rows.next())
    slower.push_back({name_in(rows), rows.real(2), rows.real(3), rows.real(4), rows.real(5), rows.integer(6)});
  return slower;
}

// A test that several processes are stands there once, with what failed first.
TestsChange tests_change(const Store& store, const RunRecord& run, const std::vector<TestRecord>& tests) {
  TestsChange change{store.path(), base_run(store, run, BaseRun::With::anything), {}, {}, {}, {}};
  change.slower = slower_than_before(store, run, change.run.asked_branch, tests);
  std::map<TestName, std::string> now;
  for (const TestRecord& test : tests) now.try_emplace({test.test, test.runner}, status_of(test));
  Rows rows = store.ask(store_question("last-results"), narrowed_to(run, change.run.asked_branch, change.run.id));
  std::set<TestName> known;
  while (rows.next()) {
    const TestName name = *known.insert(name_in(rows)).first;
    const auto found = now.find(name);
    if (found == now.end() && rows.integer(3) != 0) change.gone.push_back(name);
    if (found != now.end() && found->second == "failed" && rows.bytes(2) == "passed")
      change.newly_failing.push_back(name);
  }
  for (const auto& [name, status] : now)
    if (!known.contains(name)) change.fresh.emplace_back(name, status);
  return change;
}

std::string name_text(const TestName& name) { return visible(name.first) + "  (" + visible(name.second) + ")"; }

void write_text(const Request& request, const TestsChange& change) {
  std::ostream& out = request.out();
  const Paint paint = request.paint();
  out << "against " << visible(change.store) << ": " << visible(text_of(change.run)) << '\n';
  if (!change.newly_failing.empty()) out << "\nnewly failing\n";
  for (const TestName& name : change.newly_failing) out << "  " << paint.bad(name_text(name)) << '\n';
  if (!change.slower.empty()) out << "\nslower\n        now     median  times  of runs\n";
  const auto time = [](double ms) { return duration_text(static_cast<std::int64_t>(ms * 1e6)); };
  for (const Slower& slow : change.slower)
    out << std::setw(11) << time(slow.last_ms) << std::setw(11) << time(slow.median_ms) << std::setw(7) << std::fixed
        << std::setprecision(2) << slow.times << std::setw(9) << slow.runs << "  " << name_text(slow.test) << '\n';
  if (!change.fresh.empty()) out << "\nnew\n";
  for (const auto& [name, status] : change.fresh) out << "  " << name_text(name) << ": " << status << '\n';
  if (!change.gone.empty()) out << "\ngone\n";
  for (const TestName& name : change.gone) out << "  " << name_text(name) << '\n';
  if (change.newly_failing.empty() && change.slower.empty() && change.fresh.empty() && change.gone.empty())
    out << "no test is slower, newly failing, new or gone\n";
}

Json name_json(const TestName& name) { return {{"test", name.first}, {"runner", name.second}}; }

Json change_json(const TestsChange& change) {
  Json json{{"against", change.store}, {"run", json_of(change.run)}};
  for (const char* list : {"newly_failing", "slower", "new", "gone"}) json[list] = Json::array();
  for (const TestName& name : change.newly_failing) json["newly_failing"].push_back(name_json(name));
  for (const TestName& name : change.gone) json["gone"].push_back(name_json(name));
  for (const auto& [name, status] : change.fresh) {
    json["new"].push_back(name_json(name));
    json["new"].back()["status"] = status;
  }
  for (const Slower& slow : change.slower) {
    Json test = name_json(slow.test);
    test.update({{"last_ms", slow.last_ms},
                 {"median_ms", slow.median_ms},
                 {"deviation_ms", slow.deviation_ms},
                 {"times", slow.times},
                 {"runs", slow.runs}});
    json["slower"].push_back(test);
  }
  return json;
}

}  // namespace

void check_tests_against(const Request& request) {
  if (request.options.count("against") == 0) return;
  for (const char* option : {"changed", "junit"})
    if (request.options.count(option) != 0)
      throw UsageError(std::string("--against tells of all tests of the log, without --") + option);
  if (request.format != "text" && request.format != "json") throw UsageError("--against is written as text or json");
  if (request.log.merged()) throw UsageError("--against takes the log of one run");
}

void write_tests_against(const Request& request, const std::vector<TestRecord>& tests) {
  const Store store(request.options.text("against"), Store::Mode::ask);
  const TestsChange change = tests_change(store, request.log.run(), tests);
  request.json() ? write_json(request.out(), change_json(change)) : write_text(request, change);
}

}  // namespace recount

// What export writes, held against the formats' rules and against the views of the same log.
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "tests/support/catch.hpp"
#include "tests/support/query.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/sample_logs.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

using Json = nlohmann::json;

std::string exported(const std::string& log, const std::string& format) {
  const Ending ending = replay({"export", log, "--format", format});
  CHECK(ending.status() == 0);
  CHECK(ending.errors.empty());
  return ending.output;
}

// Runs the check on each kind of log that the suite has.
template <typename Check>
void on_each_log(Check check) {
  for (const SampleLog& sample : sample_logs()) DYNAMIC_SECTION(sample.name) {
      const TemporaryFolder folder;
      const std::string log = folder.file("run.db");
      sample.write(log);
      check(log);
    }
}

std::string count(const std::string& log, const std::string& of) { return value(log, "SELECT count(*) FROM " + of); }

TEST_CASE("jsonl and csv have the rows and columns of the view event", "[export]") {
  on_each_log([](const std::string& log) {
    const auto rows =
        query(log,
              "SELECT run_uuid, seq, time_ns, kind, tid, utid, upid, status, signal, address, result, error, "
              "cause_seq FROM event ORDER BY seq");
    std::istringstream lines(exported(log, "jsonl"));
    std::istringstream table(exported(log, "csv"));
    std::string line, record;
    REQUIRE(std::getline(table, record));
    CHECK(record == "run_uuid,seq,time_ns,kind,tid,utid,upid,status,signal,address,result,error,cause_seq,detail");
    for (const Row& row : rows) {
      REQUIRE(std::getline(lines, line));
      REQUIRE(std::getline(table, record));
      const Json json = Json::parse(line);
      std::string fields;
      for (std::size_t i = 0; i < row.size(); ++i) fields += (row[i] == "null" ? "" : row[i]) + ",";
      CHECK(record.substr(0, fields.size()) == fields);
      CHECK(json["run_uuid"] == row[0]);
      CHECK(json["seq"].dump() == row[1]);
      CHECK(json["kind"] == row[3]);
      CHECK(json["upid"].dump() == row[6]);
      CHECK(json["cause_seq"].dump() == row[12]);
    }
    CHECK_FALSE(std::getline(lines, line));
    CHECK_FALSE(std::getline(table, record));
  });
}

// Each arrow begins within a slice of its track, each slice lies within its process, and tracks are named.
TEST_CASE("chrome: a track per process, a slice per exec, an instant per signal, an arrow per fork", "[export]") {
  on_each_log([](const std::string& log) {
    const Json trace = Json::parse(exported(log, "chrome"));
    std::map<std::string, int> phases;
    std::set<int> named, processes;
    for (const Json& event : trace.at("traceEvents")) {
      const std::string phase = event.at("ph");
      ++phases[phase + (event.contains("cat") ? " " + event["cat"].get<std::string>() : "")];
      CHECK(event.at("name").is_string());
      CHECK(event.at("ts").get<double>() >= 0);
      REQUIRE(event.at("tid").get<int>() > 0);
      processes.insert(event.at("pid").get<int>());
      if (event["name"] == "process_name") named.insert(event["pid"].get<int>());
      if (phase == "X") CHECK(event.at("dur").get<double>() >= 0);
      if (phase == "s" || phase == "f") CHECK(event.contains("id"));
      if (phase == "i") CHECK(event.at("s") == "t");
    }
    CHECK(named == processes);
    CHECK(std::to_string(named.size()) == count(log, "process"));
    CHECK(std::to_string(phases["X exec"]) ==
          value(log, "SELECT (SELECT count(*) FROM process) + (SELECT count(*) FROM exec)"));
    CHECK(std::to_string(phases["i signal"]) == count(log, "signal"));
    CHECK(std::to_string(phases["s fork"]) == count(log, "process WHERE parent_upid IS NOT NULL"));
    CHECK(phases["s fork"] == phases["f fork"]);
    CHECK(trace.at("otherData").at("run_uuid") == value(log, "SELECT run_uuid FROM run"));
  });
}

TEST_CASE("chrome says how a program ended", "[export]") {
  const TemporaryFolder folder;
  write_eventful_log(folder.file("run.db"));
  const Json trace = Json::parse(exported(folder.file("run.db"), "chrome"));
  std::map<std::string, std::string> ends;
  for (const Json& event : trace["traceEvents"])
    if (event.contains("args") && event["args"].contains("end")) ends[event["name"]] = event["args"]["end"];
  CHECK(ends["prog"] == "exit code 3");
  CHECK(ends["other"] == "killed by SIGKILL");
}

bool is_hex(const std::string& text, std::size_t length) {
  return text.size() == length && text.find_first_not_of("0123456789abcdef") == std::string::npos &&
         text.find_first_not_of('0') != std::string::npos;
}

std::int64_t time_of(const Json& span, const std::string& which) {
  return std::stoll(span.at(which + "TimeUnixNano").get<std::string>());
}

std::string attribute_of(const Json& span, const std::string& key) {
  for (const Json& attribute : span.at("attributes"))
    if (attribute.at("key") == key) return attribute.at("value").begin().value();
  return "";
}

TEST_CASE("otlp-json: spans with ids of their own, beneath the span that ran before", "[export]") {
  on_each_log([](const std::string& log) {
    const Json trace = Json::parse(exported(log, "otlp-json"));
    const Json& spans = trace.at("resourceSpans").at(0).at("scopeSpans").at(0).at("spans");
    std::map<std::string, Json> by_id;
    for (const Json& span : spans) {
      CHECK(is_hex(span.at("traceId"), 32));
      CHECK(is_hex(span.at("spanId"), 16));
      CHECK(std::stoll(span.at("startTimeUnixNano").get<std::string>()) <=
            std::stoll(span.at("endTimeUnixNano").get<std::string>()));
      CHECK(by_id.emplace(span["spanId"], span).second);
    }
    int roots = 0;
    for (const Json& span : spans) {
      if (!span.contains("parentSpanId")) {
        ++roots;
        continue;
      }
      REQUIRE(by_id.contains(span["parentSpanId"]));
      const Json& above = by_id[span["parentSpanId"]];
      CHECK(time_of(above, "start") <= time_of(span, "start"));
      const bool is_same_process = attribute_of(above, "recount.upid") == attribute_of(span, "recount.upid");
      if (is_same_process) CHECK(time_of(span, "end") == time_of(above, "end"));
    }
    CHECK(std::to_string(spans.size()) ==
          value(log, "SELECT (SELECT count(*) FROM process) + (SELECT count(*) FROM exec)"));
    CHECK(std::to_string(roots) == count(log, "process WHERE parent_upid IS NULL"));
    const std::string failed = count(log, "process WHERE exit_code <> 0 OR term_signal IS NOT NULL");
    CHECK(std::to_string(std::count_if(spans.begin(), spans.end(),
                                       [](const Json& span) { return span.contains("status"); })) == failed);
  });
}

// The spans of all runs.
std::vector<Json> spans_in(const std::string& text) {
  std::vector<Json> spans;
  const Json trace = Json::parse(text);
  for (const Json& resource : trace.at("resourceSpans"))
    for (const Json& span : resource.at("scopeSpans").at(0).at("spans")) spans.push_back(span);
  return spans;
}

// A test that fails below its runner, and one that is killed.
void write_tested_log(const std::string& path) {
  LogBuilder log(path);
  log.spawned(100);
  log.exec(100, R"(["runner"])");
  for (const int pid : {101, 102}) {
    log.fork(100, pid);
    log.stop(pid);
    log.exec(pid, R"(["unit","--gtest_filter=Parser.case)" + std::to_string(pid) + R"("])");
    log.advance(1'000'000);
    pid == 101 ? log.exited(pid, 1) : log.killed(pid, 11);
  }
  log.exited(100, 1);
  log.echild();
  log.finish();
}

TEST_CASE("otlp-json says by the names of the conventions what was a test and how it ended", "[export]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  write_tested_log(log);
  std::vector<std::string> tests, errors, results;
  for (const Json& span : spans_in(exported(log, "otlp-json"))) {
    const auto take = [&](const char* key, std::vector<std::string>& all) {
      if (const std::string text = attribute_of(span, key); !text.empty()) all.push_back(text);
    };
    take("error.type", errors);
    take("cicd.pipeline.result", results);
    if (span.contains("status")) take("test.case.name", tests);
    CHECK(
        (attribute_of(span, "process.executable.path").empty() ||
         attribute_of(span, "process.executable.path").ends_with("/" + attribute_of(span, "process.executable.name"))));
  }
  CHECK(results == std::vector<std::string>{"failure"});
  CHECK(tests == std::vector<std::string>{"Parser.case101", "Parser.case102"});
  CHECK(errors == std::vector<std::string>{"exit code 1", "exit code 1", "SIGSEGV"});
}

std::map<std::string, std::vector<double>> counters_in(const Json& trace) {
  std::map<std::string, std::vector<double>> counters;
  for (const Json& event : trace.at("traceEvents"))
    if (event.at("ph") == "C") counters[event.at("name")].push_back(event.at("args").at("value").get<double>());
  return counters;
}

TEST_CASE("chrome shows tests, and counts processes and the processors that they used", "[export]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  write_tested_log(log);
  tamper(log, "UPDATE trace_usage SET user_us = 500, system_us = 0 WHERE seq = (SELECT MIN(seq) FROM trace_usage)");
  const Json trace = Json::parse(exported(log, "chrome"));
  std::vector<std::string> tests;
  for (const Json& event : trace.at("traceEvents"))
    if (event.at("ph") == "b") tests.push_back(event.at("name"));
  CHECK(tests == std::vector<std::string>{"Parser.case101", "Parser.case102"});
  auto counters = counters_in(trace);
  CHECK(counters["running processes"] == std::vector<double>{1, 2, 1, 2, 1, 0});
  REQUIRE(counters["processors in use"].size() == 6);
  CHECK((counters["processors in use"][1] > 0.4 && counters["processors in use"][1] < 0.5));
  CHECK(counters["processors in use"].back() == 0);
}

TEST_CASE("several runs are exported together, each with ids of its own", "[export]") {
  const TemporaryFolder folder;
  const std::string a = folder.file("a.db"), b = folder.file("b.db");
  write_tested_log(a);
  write_eventful_log(b);
  tamper(
      b,
      "UPDATE trace_run SET run_uuid = 'another', start_unix_ns = (SELECT start_unix_ns FROM trace_run) + 5000000000");
  const auto both = [&](const char* format) { return replay({"export", "--format", format, a, b}).output; };
  std::set<std::string> ids;
  for (const Json& span : spans_in(both("otlp-json"))) ids.insert(span.at("spanId"));
  CHECK(ids.size() == spans_in(exported(a, "otlp-json")).size() + spans_in(exported(b, "otlp-json")).size());
  CHECK(Json::parse(both("otlp-logs")).at("resourceLogs").size() == 2);
  const Json trace = Json::parse(both("chrome"));
  std::set<int> named;
  double last = 0;
  for (const Json& event : trace.at("traceEvents")) {
    if (event.at("name") == "process_name") CHECK(named.insert(event.at("pid").get<int>()).second);
    last = std::max(last, event.at("ts").get<double>());
  }
  CHECK(std::to_string(named.size()) ==
        std::to_string(std::stoi(count(a, "process")) + std::stoi(count(b, "process"))));
  CHECK(last > 5'000'000);
  CHECK(trace.at("otherData").at("runs").size() == 2);
}

// A process that writes before and after its exec, a line of two writes, and colours.
void write_talking_log(const std::string& path) {
  LogBuilder log(path);
  const ImageId image = log.image("/bin/any", {}, LogBuilder::Output::seen);
  log.spawned(100);
  log.exec(100, R"(["sh"])", image);
  log.fork(100, 101);
  log.stop(101);
  log.wrote(101, 2, "before \xc3");
  log.wrote(101, 2, "\xa4\n");
  log.exec(101, R"(["cc"])", image);
  log.wrote(101, 1, "\x1b[31mred\x1b[0m\nlast", 5, 13);
  log.exited(101, 0);
  log.exited(100, 0);
  log.echild();
  log.finish();
}

TEST_CASE("chrome has an instant on the thread's track for each write", "[export]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  write_talking_log(log);
  std::vector<Json> writes;
  const Json trace = Json::parse(exported(log, "chrome"));
  for (const Json& event : trace.at("traceEvents"))
    if (event.value("cat", "") == "output") writes.push_back(event);
  REQUIRE(writes.size() == 4);
  CHECK((writes[0].at("name") == "stderr" && writes[0].at("args").at("text") == "before "));
  CHECK((writes[1].at("args").at("text") == "\xc3\xa4\n" && writes[1].at("pid") == 2));
  CHECK((writes[3].at("name") == "stdout" && writes[3].at("args").at("left_out") == 5));
}

TEST_CASE("otlp-logs has a record for each line, with the span in which it was written", "[export]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  write_talking_log(log);
  const Json logs = Json::parse(exported(log, "otlp-logs")), trace = Json::parse(exported(log, "otlp-json"));
  std::map<std::string, std::string> span_names;
  for (const Json& span : trace.at("resourceSpans").at(0).at("scopeSpans").at(0).at("spans"))
    span_names[span.at("spanId")] = span.at("name");
  const Json& records = logs.at("resourceLogs").at(0).at("scopeLogs").at(0).at("logRecords");
  std::vector<std::string> said;
  for (const Json& record : records) {
    CHECK(record.at("traceId") ==
          trace.at("resourceSpans").at(0).at("scopeSpans").at(0).at("spans").at(0).at("traceId"));
    said.push_back(span_names.at(record.at("spanId")) + ": " + record.at("body").at("stringValue").get<std::string>());
  }
  CHECK(said == std::vector<std::string>{"sh (fork): before ä", "cc: red", "cc: ... 5 bytes left out ...", "cc: last"});
  CHECK(records[0].at("attributes")[0].at("value").at("stringValue") == "stderr");
}

TEST_CASE("names that are no UTF-8 or need quotes are exported all the same", "[export]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  write_family_log(log);
  tamper(log, "UPDATE trace_exec SET path = CAST(x'2f612c2262ff0a' AS TEXT)");
  for (const char* const format : {"json", "chrome", "otlp-json"})
    CHECK_FALSE(Json::parse(exported(log, format)).is_discarded());
  CHECK_THAT(exported(log, "csv"), Catch::Matchers::ContainsSubstring("\"/a,\"\"b\xef\xbf\xbd\n\""));
  CHECK_THAT(exported(log, "otlp-json"), Catch::Matchers::ContainsSubstring(R"("name":"a,\"b)"));
}

}  // namespace
}  // namespace recount::test

// What the log has of a process that died of a signal, held against what stands beside the lines of crash.cpp; and that it dies
// as it does untraced.

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <regex>

#include "tests/support/catch.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::json;

const std::string kSources = RECOUNT_PROGRAM_SOURCES;
const std::string kPrograms = RECOUNT_PROGRAMS;

Words command_of(const std::string& build, const std::string& way) {
  Words command{kPrograms + "/crash-" + build, way};
  if (way == "library") command.push_back(kPrograms + "/crash_library-" + build);
  return command;
}

// "file:line function" by its number.
std::map<int, std::string> expected_frames(const std::string& way) {
  std::map<int, std::string> frames;
  const std::regex mark("// frame " + way + " (\\d+) (\\w+)");
  for (const std::string name : {"crash.cpp", "crash_library.c"}) {
    std::ifstream source(kSources + '/' + name);
    int number = 0;
    for (std::string line; std::getline(source, line);) {
      ++number;
      std::smatch found;
      if (std::regex_search(line, found, mark))
        frames[std::stoi(found[1])] = name + ":" + std::to_string(number) + " " + found[2].str();
    }
  }
  return frames;
}

std::map<int, std::string> recorded_frames(const std::string& log) {
  std::map<int, std::string> frames;
  for (const Row& row :
       query(log,
             "SELECT b.file, b.line, b.function FROM backtrace b JOIN crash c ON c.seq = b.seq AND c.tid = b.tid "
             "WHERE b.file LIKE '%/crash%' ORDER BY b.level"))
    frames[static_cast<int>(frames.size())] = fs::path(row[0]).filename().string() + ":" + row[1] + " " + row[2];
  return frames;
}

struct Recorded {
  Recorded(const std::string& build, const std::string& way) {
    const Words command = command_of(build, way);
    untraced = run({.arguments = command});
    traced = record_in(folder, Words{"-q", "-o", "run.db", "--source-root", kSources, "--"} + command);
  }
  void check_same_end() const {
    CHECK(untraced.signal != 0);
    CHECK(traced.status() == untraced.status());
    CHECK(traced.output == untraced.output);
    check_sealed(log);
    CHECK(value(log, "SELECT term_signal FROM process") == std::to_string(untraced.signal));
    CHECK(value(log, "SELECT count(*) FROM crash WHERE fatal AND run_uuid = (SELECT run_uuid FROM run)") == "1");
  }
  TemporaryFolder folder;
  std::string log = folder.file("run.db");
  Ending untraced, traced;
};

TEST_CASE("a crash has the backtrace that stands beside the lines, inlined functions included", "[crash]") {
  for (const char* const build : {"O0", "O2"})
    for (const char* const way : {"segv", "abort", "assert", "exception", "null_call", "library", "thread"})
      DYNAMIC_SECTION(way << ", " << build) {
        const Recorded recorded(build, way);
        recorded.check_same_end();
        CHECK(recorded_frames(recorded.log) == expected_frames(way));
        CHECK(value(recorded.log, "SELECT reason FROM crash") == "null");
      }
}

TEST_CASE("what was inlined says so, and the one that it was inlined into does not", "[crash]") {
  const Recorded recorded("O2", "segv");
  CHECK(query(recorded.log, "SELECT inlined FROM backtrace WHERE level < 4 ORDER BY level") ==
        std::vector<Row>{{"1"}, {"1"}, {"0"}, {"0"}});
  CHECK(value(recorded.log, "SELECT count(DISTINCT address) FROM backtrace WHERE level < 3") == "1");
}

TEST_CASE("a call of nothing stands at the address 0, and an endless recursion is cut at 64 frames", "[crash]") {
  const Recorded null_call("O0", "null_call");
  CHECK(value(null_call.log, "SELECT address FROM backtrace WHERE level = 0") == "0");
  CHECK(value(null_call.log, "SELECT address FROM crash") == "0");
  const Recorded overflow("O0", "overflow");
  overflow.check_same_end();
  CHECK(value(overflow.log, "SELECT count(*) FROM backtrace WHERE function = 'go_deeper' OR level = 0") == "64");
}

TEST_CASE("the other threads are where they wait in a system call, with who called it", "[crash]") {
  const Recorded recorded("O0", "thread");
  CHECK(value(recorded.log,
              "SELECT count(*) FROM backtrace b JOIN crash c ON c.seq = b.seq AND c.tid <> b.tid "
              "WHERE b.function = 'wait_for_ever(void*)'") == "3");
  CHECK(value(recorded.log,
              "SELECT count(*) FROM backtrace b JOIN crash c ON c.seq = b.seq AND c.tid <> b.tid "
              "WHERE b.level = 0 AND b.image LIKE '%libc%'") == "3");
}

TEST_CASE("a stripped program has addresses in its file", "[crash]") {
  const Recorded recorded("stripped", "segv");
  recorded.check_same_end();
  CHECK(value(recorded.log,
              "SELECT count(*) FROM backtrace WHERE level < 2 AND image LIKE '%/crash-stripped' AND "
              "image_address > 0 AND function IS NULL") == "2");
  CHECK_THAT(run({.arguments = {RECOUNT_REPLAY, "failures", recorded.log}}).output,
             ContainsSubstring("     crash-stripped+0x"));
}

TEST_CASE("registers and images are there, and the report tells the crash", "[crash]") {
  const Recorded recorded("O0", "segv");
  CHECK(value(recorded.log,
              "SELECT count(*) FROM crash_register r JOIN backtrace b ON b.level = 0 WHERE r.name = 'rip' AND r.value "
              "= b.address") == "1");
  CHECK(value(recorded.log,
              "SELECT count(*) FROM crash_image i JOIN backtrace b ON b.level = 0 AND b.image = i.path "
              "WHERE b.address BETWEEN i.start_address AND i.end_address") == "1");
  const Ending text = run({.arguments = {RECOUNT_REPLAY, "failures", recorded.log}});
  CHECK_THAT(text.output, ContainsSubstring("     innermost (inlined)  at " + kSources + "/crash.cpp:") &&
                              ContainsSubstring("  return *p;  // frame segv 0"));
  const Json failure = Json::parse(
      run({.arguments = {RECOUNT_REPLAY, "failures", recorded.log, "--format", "json"}}).output)["failures"][0];
  CHECK(failure["crash"]["backtraces"][0]["frames"][2]["function"] == "outer");
  CHECK(failure["crash"]["registers"].contains("rip"));
}

TEST_CASE("a merged log has the crashes of each", "[crash]") {
  const Recorded a("O0", "segv"), b("O0", "abort");
  const std::string both = a.folder.file("both.db");
  CHECK(run({.arguments = {RECOUNT_REPLAY, "merge", "-o", both, a.log, b.log}}).status() == 0);
  CHECK(query(both, "SELECT signal_name, fatal FROM crash ORDER BY seq") ==
        std::vector<Row>{{"SIGSEGV", "1"}, {"SIGABRT", "1"}});
  CHECK(value(both, "SELECT count(DISTINCT run_uuid) FROM backtrace") == "2");
  CHECK_THAT(run({.arguments = {RECOUNT_REPLAY, "failures", both}}).output,
             ContainsSubstring("give_up  at ") && ContainsSubstring("outer  at "));
}

TEST_CASE("who has a handler, or only leaves, has no snapshot", "[crash]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  record_in(folder, {"-q", "-o", "run.db", "--", kPrograms + "/sigsegv_recovery-O0"});
  CHECK(value(log, "SELECT count(*) FROM signal WHERE signal = 11") != "0");
  CHECK(value(log, "SELECT count(*) FROM crash") == "0");
}

// Where it is in the file, and its size: "[ 1] NAME TYPE ADDRESS OFFSET SIZE ...".
std::pair<std::size_t, std::size_t> section_of(const std::string& sections, const std::string& name) {
  std::smatch found;
  const std::regex line("\\] \\" + name + " +\\S+ +[0-9a-f]+ ([0-9a-f]+) ([0-9a-f]+)");
  REQUIRE(std::regex_search(sections, found, line));
  return {std::stoul(found[1], nullptr, 16), std::stoul(found[2], nullptr, 16)};
}

void damage(std::string& bytes, std::pair<std::size_t, std::size_t> section, std::mt19937& random) {
  for (std::size_t i = 0; i < 1 + section.second / 50; ++i)
    bytes[section.first + random() % section.second] = static_cast<char>(random());
}

// Bytes of the sections that unwinding and naming read are turned over; those that the program itself needs are left alone.
TEST_CASE("a crashing program with damaged debug information dies as ever, and is recorded", "[crash]") {
  const TemporaryFolder folder;
  const std::string sections = run({.arguments = {"readelf", "-SW", kPrograms + "/crash-O0"}}).output;
  std::mt19937 random(7);
  for (int round = 0; round < 12; ++round) {
    std::string program = contents_of(kPrograms + "/crash-O0");
    for (const char* const name :
         {".debug_info", ".debug_line", ".debug_abbrev", ".debug_str", ".eh_frame_hdr", ".eh_frame"})
      damage(program, section_of(sections, name), random);
    INFO("round " << round);
    write(folder.file("damaged"), program, 0755);
    const Ending traced = record_in(
        folder, {"-q", "--force", "-o", "run.db", "--source-root", kSources, "--", folder.file("damaged"), "segv"});
    CHECK(traced.status() == 139);
    check_sealed(folder.file("run.db"));
    CHECK(value(folder.file("run.db"), "SELECT count(*) FROM crash") == "1");
  }
}

}  // namespace
}  // namespace recount::test

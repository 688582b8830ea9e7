// compact: a log without the events of its hits says the same of everything but their order and time, and says what it lacks.
#include <filesystem>
#include <regex>

#include "schema/log/log_format.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/sample_logs.hpp"
#include "tests/support/views_comparison.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;

// What both logs must say alike, byte for byte.
const std::vector<Words>& same_reports() {
  static const std::vector<Words> kAll{{"tree"},
                                       {"tree", "--all", "--threads"},
                                       {"tree", "--format", "json"},
                                       {"failures"},
                                       {"failures", "--all"},
                                       {"failures", "--format", "json"},
                                       {"tests"},
                                       {"tests", "--format", "json"},
                                       {"output", "--format", "json"},
                                       {"coverage"},
                                       {"coverage", "--format", "annotate"},
                                       {"coverage", "--format", "lcov"},
                                       {"coverage", "--format", "json"},
                                       {"coverage", "--format", "gcovr"},
                                       {"coverage", "--format", "sonarqube"},
                                       {"coverage", "--format", "codecov"},
                                       {"coverage", "--format", "coveralls"},
                                       {"coverage", "--format", "markdown"},
                                       {"coverage", "--format", "github"},
                                       {"coverage", "--under", "2", "--format", "lcov"},
                                       {"coverage", "--under", "3", "--format", "annotate"}};
  return kAll;
}

const Words& same_questions() {
  static const Words kAll{"SELECT * FROM process ORDER BY upid",
                          "SELECT * FROM process_tree ORDER BY sort_key",
                          "SELECT * FROM thread ORDER BY utid",
                          "SELECT * FROM exec ORDER BY exec_id",
                          "SELECT * FROM signal ORDER BY seq",
                          "SELECT * FROM output ORDER BY seq",
                          "SELECT * FROM image ORDER BY image_id",
                          "SELECT * FROM run",
                          "SELECT * FROM line_coverage ORDER BY file, line",
                          "SELECT * FROM function_coverage ORDER BY file, line, function",
                          "SELECT * FROM file_coverage ORDER BY file",
                          "SELECT * FROM branch ORDER BY file, line, branch",
                          "SELECT * FROM test ORDER BY test",
                          "SELECT run_uuid, test, file, line, function FROM test_line ORDER BY test, file, line",
                          "SELECT run_uuid, upid, utid, exec_id, image_id, probe_id, file, line, function FROM hit "
                          "ORDER BY utid, exec_id, probe_id, file, line, function"};
  return kAll;
}

// The log as it was and as it is compacted, under one name, so that reports may name it.
struct Pair {
  Pair() {
    fs::create_directory(folder.path() / "full");
    fs::create_directory(folder.path() / "small");
  }
  Ending compact(const Words& more = {}) const { return replay(Words{"compact", full, "-o", small} + more); }
  std::string in(const std::string& which, const Words& words) const {
    const Ending ending =
        run({.arguments = in_folder(folder.file(which), Words{RECOUNT_REPLAY} + words + Words{"run.db"})});
    return ending.output + "status " + std::to_string(ending.status());
  }
  void check_same() const {
    for (const Words& report : same_reports()) {
      INFO(report.front() << ' ' << (report.size() > 1 ? report.back() : ""));
      CHECK(in("small", report) == in("full", report));
    }
    for (const std::string& question : same_questions()) {
      INFO(question);
      CHECK(query(small, question) == query(full, question));
      CHECK(replay({"query", small, question}).output == replay({"query", full, question}).output);
    }
    check_equal(small);
    CHECK(replay({"verify", small}).status() == 0);
  }

  TemporaryFolder folder;
  std::string full = folder.file("full/run.db"), small = folder.file("small/run.db");
};

const std::string kFamily =
    "#include <stdio.h>\n"
    "#include <stdlib.h>\n"
    "#include <sys/wait.h>\n"
    "#include <unistd.h>\n"
    "static int even(int n) {\n"
    "  if (n % 2 == 0)\n"
    "    return 1;\n"
    "  return 0;\n"
    "}\n"
    "static int child(int n) {\n"
    "  int sum = 0;\n"
    "  for (int i = 0; i < n; ++i) sum += even(i);\n"
    "  printf(\"%d\\n\", sum);\n"
    "  fflush(stdout);\n"
    "  if (n == 3) abort();\n"
    "  return n == 2;\n"
    "}\n"
    "int main(int argc, char **argv) {\n"
    "  if (argc > 1) return child(atoi(argv[1]));\n"
    "  for (int n = 0; n < 6; ++n) {\n"
    "    char number[8];\n"
    "    snprintf(number, sizeof number, \"%d\", n);\n"
    "    if (fork() == 0) return execl(argv[0], argv[0], number, (char *)0), 1;\n"
    "    wait(0);\n"
    "  }\n"
    "  return 0;\n"
    "}\n";

// A program that runs itself six times.
struct Family : Pair {
  explicit Family(const Words& options = {}) {
    write(folder.path() / "f.c", kFamily);
    const std::string program = folder.file("f");
    REQUIRE(run({.arguments = {RECOUNT_TEST_CC, "-g", "-O0", folder.file("f.c"), "-o", program}}).status() == 0);
    const Words words = Words{"-q", "-o", full, "--source-root", folder.path().string(), "--output", "all"} + options;
    run({.arguments = recorder(words + Words{"--", program})});
  }
};

// As the recorder does it; a log that is made by hand has no such rows.
void write_stopped(const std::string& log) {
  std::string rows;
  const auto write = [&rows](const Folded& folded) {
    for (const ProcessRecord& process : folded.history.processes())
      if (process.end_ns)
        rows += "INSERT INTO trace_stopped VALUES (" + std::to_string(process.end_seq) + ", " +
                std::to_string(process.stopped_ns) + ");";
  };
  write(Folded(log));  // which is closed before the log is changed
  tamper(log, rows);
}

TEST_CASE("what a made-up run was like is the same when its log is compacted", "[compact]") {
  for (const SampleLog& sample : sample_logs()) {
    INFO(sample.name);
    const Pair pair;
    sample.write(pair.full);
    write_stopped(pair.full);
    const Ending ending = pair.compact();
    CHECK(ending.errors.empty());
    REQUIRE(ending.status() == 0);
    pair.check_same();
  }
}

TEST_CASE("a run of programs is the same when its log is compacted, and its log is smaller", "[compact]") {
  const Words options = GENERATE(Words{}, Words{"--branches"}, Words{"--scope", "run"}, Words{"--scope", "fork"});
  INFO((options.empty() ? "" : options.back()));
  const Family family(options);
  REQUIRE(family.compact().status() == 0);
  CHECK(std::stoi(value(family.small, "SELECT COUNT(*) FROM trace_event")) <
        std::stoi(value(family.full, "SELECT COUNT(*) FROM trace_event")));
  CHECK(std::filesystem::file_size(family.small) <= std::filesystem::file_size(family.full));
  family.check_same();
}

TEST_CASE("of a part of a compacted run nothing differs but when a line ran first", "[compact]") {
  const Family family;
  REQUIRE(family.compact().status() == 0);
  const std::regex first_seq("\"first_seq\":[0-9nul]+");
  const Words report{"coverage", "--under", "3", "--format", "json"};
  const std::string full = family.in("full", report), small = family.in("small", report);
  CHECK(std::regex_replace(small, first_seq, "") == std::regex_replace(full, first_seq, ""));
  CHECK(small != full);
}

TEST_CASE("what a compacted log lacks is said by it, by verify and by who would show it", "[compact]") {
  const Family family;
  const Ending ending = family.compact();
  CHECK_THAT(ending.output, ContainsSubstring(" left out, ") && ContainsSubstring("can't say any more"));
  CHECK(value(family.small, "SELECT COUNT(*) FROM diagnostic WHERE key = 'compacted'") == "1");
  CHECK_THAT(replay({"verify", family.small}).output, ContainsSubstring("agree with the machine (compact left out ") &&
                                                          ContainsSubstring("the log is complete"));
  for (const char* const command : {"events", "state", "export"})
    CHECK_THAT(replay({command, family.small}).errors, ContainsSubstring("was compacted: "));
  const Ending until = replay({"coverage", "--until", "20", family.small});
  CHECK(until.status() == 2);
  CHECK_THAT(until.errors, ContainsSubstring("was compacted, and does not say when"));
  CHECK_THAT(replay({"compact", family.small, "-o", family.folder.file("again.db")}).errors,
             ContainsSubstring("was compacted already"));
}

TEST_CASE("a row that is missing from a compacted log is missed", "[compact]") {
  const Family family;
  REQUIRE(family.compact().status() == 0);
  tamper(family.small, "DELETE FROM trace_event WHERE seq = (SELECT MIN(seq) FROM trace_event WHERE kind = 41)");
  CHECK(replay({"verify", family.small}).status() == 1);
  tamper(family.small, "DELETE FROM trace_event WHERE cause_seq IS NULL AND kind = 18");
  CHECK(replay({"verify", family.small}).status() == 1);
}

TEST_CASE("readers that do not know sums refuse a compacted log", "[compact]") {
  const Family family;
  REQUIRE(family.compact().status() == 0);
  CHECK(value(family.full, "PRAGMA user_version") == "1");
  CHECK(value(family.small, "PRAGMA user_version") == std::to_string(kCompactedVersion));
}

TEST_CASE("compacted logs are merged, and a merged log is compacted, with one answer", "[compact]") {
  const Pair pair;
  const Family one, two({"--branches"});
  REQUIRE(one.compact().status() == 0);
  REQUIRE(two.compact().status() == 0);
  REQUIRE(replay({"merge", "-o", pair.full, one.full, two.full}).status() == 0);
  REQUIRE(pair.compact().status() == 0);
  pair.check_same();
  fs::remove(pair.small);
  REQUIRE(replay({"merge", "-o", pair.small, one.small, two.small, one.small}).status() == 0);
  pair.check_same();
}

TEST_CASE("a run that is there already brings no sums along", "[compact]") {
  const Family family;
  REQUIRE(family.compact().status() == 0);
  const std::string all = family.folder.file("all.db");
  REQUIRE(replay({"merge", "-o", all, family.full, family.small}).status() == 0);
  CHECK(replay({"verify", all}).status() == 0);
  CHECK(query(all, "SELECT * FROM line_coverage ORDER BY file, line") ==
        query(family.full, "SELECT * FROM line_coverage ORDER BY file, line"));
}

TEST_CASE("a log that the machine does not agree with is not compacted", "[compact]") {
  const Family family;
  tamper(family.full, "DELETE FROM trace_event WHERE seq = 12");
  const Ending ending = family.compact();
  CHECK(ending.status() == 2);
  CHECK_THAT(ending.errors, ContainsSubstring("can't be compacted"));
  CHECK_FALSE(fs::exists(family.small));
}

TEST_CASE("sums that stand for more than any log has are refused", "[compact]") {
  const Family family;
  REQUIRE(family.compact().status() == 0);
  tamper(family.small,
         "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO trace_sum_set "
         "SELECT 1000000 + i, 1, 1 FROM n");
  tamper(family.small, "INSERT INTO trace_sum SELECT 99, 1000000, 2000000");
  tamper(family.small,
         "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO trace_sum_thread "
         "SELECT 1000000 + i, 1, 99, 1, 1 FROM n");
  const Ending ending = replay({"coverage", family.small});
  CHECK(ending.status() == 2);
  CHECK_THAT(ending.errors, ContainsSubstring("more sums than"));
}

}  // namespace
}  // namespace recount::test

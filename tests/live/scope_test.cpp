// --scope: in how much of a run a line is stopped at once.
#include <fstream>

#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/live_subject.hpp"
#include "tests/support/query.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

std::string hits_of(const std::string& log, const std::string& file, const std::string& text_of_line) {
  return value(log, "SELECT hits FROM line_coverage WHERE file LIKE '%/" + file + "' AND line = " + text_of_line);
}

std::string count(const std::string& log, const std::string& kind) {
  return value(log, "SELECT count(*) FROM event WHERE kind = '" + kind + "'");
}

TEST_CASE("the lines that a run reaches are the same in each scope", "[scope]") {
  const std::vector<Subject> subjects{{"dlopen_reuse.c"},
                                      {"fork_exec.c", {"@fork_exec", "@greet", "you"}},
                                      {"fork_many.c"},
                                      {"fork_plain.c"},
                                      {"library_start.c"},
                                      {"patches_itself.c"},
                                      {"self_exec.c"},
                                      {"spawn.c", {"@spawn", "@greet", "you"}},
                                      {"text_mprotect.c"},
                                      {"thread_fork.c"},
                                      {"vfork_exec.c", {"@vfork_exec", "@greet", "you"}},
                                      {"vfork_shared.c"}};
  for (const Subject& subject : subjects)
    for (const std::string build : {"O0", "O2"})
      for (const std::string probes : {"--probes=line", "--probes=block"})
        DYNAMIC_SECTION(subject.name() << "-" << build << " " << probes) {
          const TemporaryFolder folder;
          const auto command = command_line(subject, build);
          const Ending untraced = run({.arguments = command});
          for (const std::string scope : {"process", "run", "fork"}) {
            const std::string log = folder.file(scope);
            check_same_behaviour(record(log, command, "", {probes, "--scope", scope}), untraced);
            check_nothing(check_log(log, untraced));
            check_nothing(check_views_equal_replay(log));
            check_nothing(check_reports_agree(log));
            check_nothing(check_same_lines(folder.file("process"), log));
            CHECK(value(log, "SELECT scope FROM run") == scope);
          }
        }
}

TEST_CASE("in the scope of a run a program that is run again stops only where it has not been", "[scope]") {
  const TemporaryFolder folder;
  const std::string once = folder.file("once"), often = folder.file("often");
  const std::string greet = program("greet", "O0");
  record(once, {"sh", "-c", "\"$0\" you; :", greet}, "", {"--scope=run"});
  record(often, {"sh", "-c", "for i in 1 2 3 4 5 6 7 8 9; do \"$0\" you; done", greet}, "", {"--scope=run"});
  CHECK(value(often, "SELECT count(*) FROM exec WHERE path LIKE '%greet-O0'") == "9");
  CHECK(count(often, "lift") == count(once, "lift"));
  CHECK(value(often, "SELECT max(hits) FROM line_coverage") == "1");
  check_nothing(check_same_lines(once, often));
  CHECK(replay({"verify", often}).status() == 0);
}

TEST_CASE("where every probe was hit a program is not planted any more", "[scope]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db"), all = folder.file("all");
  std::ofstream(folder.file("all.c")) << "int main(void) {\n  return 0;\n}\n";
  REQUIRE(run({.arguments = {RECOUNT_TEST_CC, "-g", "-O0", "-o", all, folder.file("all.c")}}).status() == 0);
  record(log, {"sh", "-c", "for i in 1 2 3 4 5; do \"$0\"; done; :", all}, "",
         {"--scope=run", "--source-root", folder.path().string()});
  CHECK(value(log, "SELECT count(*) FROM line_coverage WHERE hits = 0") == "0");
  CHECK(value(log, "SELECT count(*) FROM event WHERE kind = 'plant' AND detail = " + quoted(all)) == "1");
  CHECK(replay({"verify", log}).status() == 0);
}

TEST_CASE("in the scope of a fork a child has all lines before it again", "[scope]") {
  const TemporaryFolder folder;
  for (const std::string probes : {"--probes=line", "--probes=block"}) {
    const std::string log = folder.file(probes);
    record(log, {program("fork_plain", "O0")}, "", {"--scope=fork", probes});
    CHECK(hits_of(log, "fork_plain.c", "6") == "2");
    CHECK(hits_of(log, "fork_plain.c", "15") == "2");
    CHECK(hits_of(log, "fork_plain.c", "19") == "1");
    CHECK(hits_of(log, "fork_plain.c", "10") == "2");
  }
}

}  // namespace
}  // namespace recount::test

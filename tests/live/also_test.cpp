// --also: lines of programs and libraries that the run never started.
#include <filesystem>
#include <fstream>

#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/consumer.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;
// Programs one, two and three with a source each, and a library with two, all in build/; none of them in other folders.
class Project {
 public:
  Project() {
    fs::create_directories(folder_.path() / "build/lib");
    for (const std::string name : {"one", "two", "three", "part"}) {
      std::ofstream(folder_.file(name + ".c"))
          << "int " << (name == "part" ? name : "main") << "(void)\n{\n  return 0;\n}\n";
      const bool is_part = name == "part";
      must_run({RECOUNT_TEST_CC, "-g", is_part ? "-shared" : "-g", "-fPIC", name + ".c", "-o",
                is_part ? "build/lib/libpart.so" : "build/" + name});
    }
    must_run({RECOUNT_TEST_CC, "-g", "-c", "one.c", "-o", "build/one.o"});
    must_run({"strip", "build/three"});
    std::ofstream(folder_.file("build/notes.txt")) << "no program\n";
  }
  Ending record(Words options, const std::string& program = "build/one") const {
    options.insert(options.begin(), {RECOUNT_RECORD, "--force", "-o", "run.db"});
    options.insert(options.end(), {"--", program});
    return run_here(options);
  }
  // Files of lines that count, each with how many of them ran.
  std::string files() const {
    std::string text;
    for (const Row& row : query(folder_.file("run.db"), "SELECT file, lines_hit FROM file_coverage ORDER BY file"))
      text += fs::path(row[0]).filename().string() + ' ' + row[1] + ' ';
    return text;
  }
  Ending replay(Words words) const {
    words.insert(words.begin(), RECOUNT_REPLAY);
    return run_here(words);
  }

 private:
  Ending run_here(const Words& command) const {
    return run({.arguments = in_folder(folder_.path().string(), command)});
  }
  void must_run(const Words& command) const { consume(command, folder_.path().string()); }
  TemporaryFolder folder_;
};

TEST_CASE("what --also names counts as code that did not run", "[also]") {
  const Project project;
  project.record({});
  CHECK(project.files() == "one.c 2 ");
  const Ending two = project.record({"--also", "build/two"});
  CHECK(two.status() == 0);
  CHECK_THAT(two.errors, !ContainsSubstring("not instrumented"));
  CHECK(project.files() == "one.c 2 two.c 0 ");
  CHECK(project.replay({"verify", "run.db"}).status() == 0);
  CHECK_THAT(project.replay({"coverage", "run.db"}).output,
             ContainsSubstring("50.0 %          2/4  of the lines of 2 files"));
  CHECK_THAT(project.replay({"coverage", "run.db", "--format", "annotate"}).output,
             ContainsSubstring("#####:    3:  return 0;"));
  project.record({"--also", "build/lib/../t*o", "--also", "build/lib/*.so"});
  CHECK(project.files() == "one.c 2 part.c 0 two.c 0 ");
}

TEST_CASE("of a folder all programs and libraries with lines count, each once", "[also]") {
  const Project project;
  const Ending ending = project.record({"--also", "build", "--also", "."});
  CHECK(project.files() == "one.c 2 part.c 0 two.c 0 ");
  CHECK_THAT(ending.errors, !ContainsSubstring("three"));
  CHECK(project.replay({"verify", "run.db"}).status() == 0);
  project.record({"--also", "build", "--exclude", "two.c"});
  CHECK(project.files() == "one.c 2 part.c 0 ");
  project.record({"--also", "build", "--no-coverage"});
  CHECK(project.files() == "");
}

TEST_CASE("what --also can't read is told", "[also]") {
  const Project project;
  CHECK_THAT(project.record({"--also", "build/three"}).errors,
             ContainsSubstring("build/three is not instrumented: it has no debug information"));
  CHECK_THAT(project.record({"--also", "build/notes.txt"}).errors, ContainsSubstring("notes.txt is not instrumented"));
  const Ending nothing = project.record({"--also", "elsewhere/x*"});
  CHECK(nothing.status() == 0);
  CHECK_THAT(nothing.errors, ContainsSubstring("elsewhere/x*: there is no such file or folder"));
  CHECK(project.record({"--also", ""}).status() == 125);
}

TEST_CASE("a run of what another log only has by --also is added to it", "[also]") {
  const Project project;
  project.record({"--also", "build"});
  REQUIRE(project.replay({"merge", "-o", "first.db", "run.db"}).status() == 0);
  project.record({}, "build/two");
  CHECK_THAT(project.replay({"coverage", "first.db", "run.db"}).output,
             ContainsSubstring("66.6 %          4/6  of the lines of 3 files"));
}

}  // namespace
}  // namespace recount::test

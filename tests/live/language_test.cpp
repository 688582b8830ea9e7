// One small program a language: compiled where the test runs, recorded, and compared with what stands beside its lines:
// "hits 1 in NAME" at the line that declares a function, "hits 0" and "hits 1" elsewhere, in the language's own comments.

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>

#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/consumer.hpp"
#include "tests/support/query.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

struct Expected {
  std::string hits;
  std::string function;  // empty: the line does not declare one, or compilers call it differently
};

std::map<int, Expected> expectations(const fs::path& source) {
  std::ifstream text(source);
  const std::regex remark(R"((?://|!|--) hits (\d+)(?: in (.+))?$)");
  std::map<int, Expected> found;
  std::smatch match;
  int number = 0;
  for (std::string line; std::getline(text, line);) {
    number++;
    if (std::regex_search(line, match, remark)) found[number] = {match[1], match[2]};
  }
  REQUIRE_FALSE(found.empty());
  return found;
}

// A folder with the program's source in src/, as a project has it: what is built there knows it by a relative path.
class Project {
 public:
  explicit Project(const std::string& source) : source_(folder_.path() / "src" / source) {
    fs::create_directory(folder_.path() / "src");
    fs::copy(fs::path(RECOUNT_LANGUAGES) / source, source_);
    source_ = fs::canonical(source_);
  }

  std::string folder() const { return folder_.path().string(); }
  std::string log() const { return folder_.file("run.db"); }
  const fs::path& source() const noexcept { return source_; }
  void write(const std::string& name, const std::string& text) const { std::ofstream(folder_.path() / name) << text; }

  void must_run(const Words& command) const {
    Words words{"/usr/bin/env", "-C", folder(), "GOCACHE=" + folder_.file("cache"), "GO111MODULE=off"};
    words.insert(words.end(), command.begin(), command.end());
    const Ending ending = run({.arguments = words, .deadline = std::chrono::seconds{600}});
    INFO(command.front() << ": " << ending.output << ending.errors);
    REQUIRE(ending.status() == 0);
  }
  void record(const Words& command) const {
    Words words{RECOUNT_RECORD, "-q", "-o", log(), "--source-root", folder() + "/src", "--"};
    words.insert(words.end(), command.begin(), command.end());
    must_run(words);
  }

  std::string ask(const std::string& what, const std::string& view, int line) const {
    const auto rows = query(log(), "SELECT " + what + " FROM " + view + " WHERE line = " + std::to_string(line) +
                                       " AND file = " + quoted(source_.string()));
    return rows.size() == 1 ? rows[0][0] : std::to_string(rows.size()) + " rows";
  }

 private:
  TemporaryFolder folder_;
  fs::path source_;
};

void check_hits(const Project& project) {
  const Ending tracefile = run({.arguments = {RECOUNT_REPLAY, "coverage", project.log(), "--format", "json"}});
  for (const auto& [line, expected] : expectations(project.source())) {
    INFO(project.source().filename().string() << ":" << line);
    CHECK(project.ask("hits > 0", "line_coverage", line) == expected.hits);
    if (expected.function.empty()) continue;
    CHECK(project.ask("function || ' ' || (hits > 0)", "function_coverage", line) ==
          expected.function + " " + expected.hits);
    CHECK_THAT(tracefile.output, Catch::Matchers::ContainsSubstring('"' + expected.function + '"'));
  }
}

void check_program(const std::string& source, const Words& compile) {
  const Project project(source);
  project.must_run(compile);
  project.record({"./program"});
  check_hits(project);
}

TEST_CASE("C", "[c]") { check_program("shape.c", {RECOUNT_TEST_CC, "-g", "src/shape.c", "-o", "program"}); }

TEST_CASE("C++", "[c]") { check_program("shape.cpp", {RECOUNT_TEST_CXX, "-g", "src/shape.cpp", "-o", "program"}); }

TEST_CASE("Fortran", "[fortran]") {
  if (!have("gfortran")) return;
  check_program("shape.f90", {"gfortran", "-g", "src/shape.f90", "-o", "program"});
}

TEST_CASE("Ada", "[ada]") {
  if (!have("gnatmake")) return;
  check_program("shape.adb", {"gnatmake", "-q", "-g", "src/shape.adb", "-o", "program"});
}

TEST_CASE("D", "[d]") {
  if (!have("gdc")) return;
  check_program("shape.d", {"gdc", "-g", "src/shape.d", "-o", "program"});
}

TEST_CASE("Go by gccgo", "[gccgo]") {
  if (!have("gccgo-12")) return;
  check_program("shape.go", {"gccgo-12", "-g", "src/shape.go", "-o", "program"});
}

TEST_CASE("Go", "[go]") {
  if (!have("go")) return;
  check_program("shape.go", {"go", "build", "-gcflags=-N -l", "-o", "program", "src/shape.go"});
}

TEST_CASE("go test strips what it runs: that is said, and what helps does", "[go]") {
  if (!have("go")) return;
  const bool is_kept = GENERATE(false, true);
  const Project project("shape.go");
  project.write("go.mod", "module example.test/m\ngo 1.19\n");
  project.write("m.go", "package m\n\nfunc Div(a, b int) int {\n\treturn a / b\n}\n");
  project.write("m_test.go",
                "package m\n\nimport \"testing\"\n\nfunc TestDiv(t *testing.T) {\n\tif Div(6, 3) != 2 "
                "{\n\t\tt.Fatal(\"bad\")\n\t}\n}\n");
  Words words{"/usr/bin/env",
              "-C",
              project.folder(),
              "HOME=" + project.folder(),
              "GOTOOLCHAIN=local",
              RECOUNT_RECORD,
              "-o",
              project.log(),
              "--source-root",
              project.folder(),
              "--",
              "go",
              "test",
              "-count=1"};
  if (is_kept) words.insert(words.end(), {"-o", "m.test"});
  words.push_back(".");
  const Ending ending = run({.arguments = words, .deadline = std::chrono::seconds{600}});
  INFO(ending.errors);
  CHECK(ending.status() == 0);
  const bool is_said = ending.errors.find(
                           "is a Go program without debug information; go test and go run leave that out; "
                           "what go test -o FILE") != std::string::npos;
  CHECK(is_said == !is_kept);
  CHECK((query(project.log(), "SELECT 1 FROM line_coverage WHERE hits > 0 LIMIT 1").size() == 1) == is_kept);
}

TEST_CASE("Rust, with symbols of both schemes", "[rust]") {
  if (!have("rustc")) return;
  const std::string scheme = GENERATE("legacy", "v0");
  INFO(scheme);
  Words compile{"rustc", "-g", "src/shape.rs", "-o", "program"};
  if (scheme == "v0") compile.insert(compile.end(), {"-C", "symbol-mangling-version=v0"});
  check_program("shape.rs", compile);
}

TEST_CASE("cargo test: the library and its tests, in the binary that cargo runs", "[rust]") {
  if (!have("cargo")) return;
  const Project project("lib.rs");
  project.write("Cargo.toml", "[package]\nname = \"small\"\nversion = \"0.1.0\"\nedition = \"2021\"\n");
  project.record({"cargo", "test", "--offline", "--lib"});
  check_hits(project);
}

}  // namespace
}  // namespace recount::test

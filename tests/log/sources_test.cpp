// The sources in the log: what is kept, under which name, and what becomes of those that can't be.
#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "schema/shared/path_map.hpp"
#include "tests/support/background.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/query.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;
using Catch::Matchers::ContainsSubstring;

const std::string kSource = "int twice(int n) {\n  return 2 * n;\n}\nint main(void) {\n  return twice(0);\n}\n";

// A folder with sources below src/, and what is built of them beside it.
class Project {
 public:
  Project() { fs::create_directory(folder_.path() / "src"); }

  std::string root() const { return fs::canonical(folder_.path() / "src").string(); }
  std::string source(const std::string& name) const { return root() + "/" + name; }
  std::string file(const std::string& name) const { return folder_.file(name); }
  void write(const std::string& name, const std::string& text = kSource) const {
    std::ofstream(folder_.path() / "src" / name, std::ios::binary) << text;
  }
  void build(const Words& arguments) const {
    Words command{"sh", "-c", R"(cd "$0" && exec "$@")", folder_.path().string(), RECOUNT_TEST_CC, "-g"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const Ending ending = run({.arguments = command});
    INFO(ending.errors);
    REQUIRE(ending.status() == 0);
  }
  Words recorder(const Words& options, const Words& command) const {
    Words words{RECOUNT_RECORD, "--force", "-o", log(), "--source-root", root()};
    words.insert(words.end(), options.begin(), options.end());
    words.push_back("--");
    words.insert(words.end(), command.begin(), command.end());
    return words;
  }
  Ending record(const Words& options = {}, const Words& command = {}) const {
    const Words program{file("program")};
    return run({.arguments = recorder(options, command.empty() ? program : command)});
  }
  std::string log() const { return folder_.file("run.db"); }
  std::string answer(const std::string& sql) const { return value(log(), sql); }

 private:
  TemporaryFolder folder_;
};

// As a user's sqlite3 shows it.
std::string kept_text(const Project& project, const std::string& name) {
  return run({.arguments = {"sqlite3", project.log(),
                            "SELECT hex(sqlar_uncompress(content, size_bytes)) FROM source WHERE file = " +
                                quoted(project.source(name))}})
      .output;
}

std::string hex(const std::string& text) {
  std::string out;
  for (const unsigned char c : text) {
    out += "0123456789ABCDEF"[c >> 4];
    out += "0123456789ABCDEF"[c & 15];
  }
  return out;
}

TEST_CASE("the log keeps the text of a source as it was, whatever bytes it has", "[sources]") {
  const Project project;
  const std::string odd = kSource + "/* \xff\xfe \x01 \r\n caf\xc3\xa9 */";
  project.write("odd.c", odd);
  project.build({"src/odd.c", "-o", "program"});
  const Ending ending = project.record();
  CHECK(ending.status() == 0);
  const std::string hash = run({.arguments = {"sha256sum", project.source("odd.c")}}).output.substr(0, 64);
  fs::remove(project.source("odd.c"));
  CHECK(kept_text(project, "odd.c") == hex(odd) + "\n");
  CHECK(project.answer("SELECT hash FROM source") == hash);
  CHECK(project.answer("SELECT newer || coalesce(reason, '-') FROM source") == "0-");
  CHECK(project.answer("SELECT count(*) FROM diagnostic WHERE key LIKE 'source%'") == "0");
}

TEST_CASE("a text is kept once, however many files and images have it", "[sources]") {
  const Project project;
  project.write("a.c");
  project.write("b.c");
  project.build({"src/a.c", "-o", "program"});
  project.build({"src/b.c", "-o", "b"});
  project.build({"src/a.c", "-O1", "-o", "c"});
  project.record({}, {"sh", "-c", project.file("program") + ";" + project.file("b") + ";" + project.file("c")});
  CHECK(project.answer("SELECT count(*) FROM trace_source") == "1");
  CHECK(project.answer("SELECT count(*) FROM source") == "3");
  CHECK(project.answer("SELECT count(DISTINCT image_id) FROM source WHERE hash IS NOT NULL") == "3");
}

TEST_CASE("a source that is edited between two execs is two texts", "[sources]") {
  const Project project;
  project.write("a.c");
  project.build({"src/a.c", "-o", "program"});
  project.build({"src/a.c", "-DOTHER", "-o", "b"});
  const std::string edit = "echo '/* later */' >>" + project.source("a.c") + "; touch " + project.file("b");
  // The first text must have been read before it is changed: the log tells.
  const std::string wait = "until cp " + project.log() + " " + project.file("copy") + " && [ \"$(sqlite3 " +
                           project.file("copy") + " 'SELECT count(*) FROM trace_source' 2>&1)\" = 1 ]; do :; done";
  project.record({}, {"sh", "-c", project.file("program") + ";" + wait + ";" + edit + ";" + project.file("b")});
  CHECK(project.answer("SELECT count(*) FROM trace_source") == "2");
  CHECK(project.answer("SELECT count(DISTINCT hash) FROM source") == "2");
  CHECK(project.answer("SELECT count(*) FROM source WHERE newer") == "0");
}

TEST_CASE("--no-sources keeps the lines and not the texts", "[sources]") {
  const Project project;
  project.write("a.c");
  project.build({"src/a.c", "-o", "program"});
  project.record({"--no-sources"});
  CHECK(project.answer("SELECT count(*) FROM source") == "0");
  CHECK(project.answer("SELECT lines_hit FROM file_coverage") == "4");
}

TEST_CASE("a source that is newer than its image is said, once", "[sources]") {
  const Project project;
  project.write("a.c");
  project.build({"src/a.c", "-o", "program"});
  project.build({"src/a.c", "-o", "again"});
  run({.arguments = {"touch", "-d", "+1 hour", project.source("a.c")}});
  const Ending ending = project.record({}, {"sh", "-c", project.file("program") + ";" + project.file("again")});
  CHECK(ending.status() == 0);
  CHECK_THAT(ending.errors, ContainsSubstring("1 source is newer than") && ContainsSubstring(project.source("a.c")));
  CHECK(project.answer("SELECT count(*) FROM source WHERE newer AND hash IS NOT NULL") == "2");
  CHECK(project.answer("SELECT count(*) FROM diagnostic WHERE key = 'source-newer-than-image'") == "1");
}

// --- what can't be kept ---

void check_not_kept(const Project& project, const std::string& reason) {
  const Ending ending = project.record();
  CHECK(ending.status() == 0);
  CHECK_FALSE(ending.timed_out);
  CHECK_THAT(ending.errors, !ContainsSubstring("kept"));  // an info is for who asks with -v
  CHECK(project.answer("SELECT reason FROM source WHERE hash IS NULL") == reason);
  CHECK(project.answer("SELECT severity FROM diagnostic WHERE key = 'source-not-kept'") == "info");
  CHECK(project.answer("SELECT lines_hit FROM file_coverage") == "4");
  CHECK(project.answer("SELECT status FROM run") == "complete");
}

TEST_CASE("a source that is gone, a FIFO, a folder or huge is told, and hurts nobody", "[sources]") {
  const Project project;
  project.write("a.c");
  project.build({"src/a.c", "-o", "program"});
  const std::string path = project.source("a.c");
  fs::remove(path);
  SECTION("gone") { check_not_kept(project, "No such file or directory"); }
  SECTION("a FIFO that nobody writes to") {
    REQUIRE(mkfifo(path.c_str(), 0644) == 0);
    check_not_kept(project, "it is no regular file");
  }
  SECTION("a folder") {
    fs::create_directory(path);
    check_not_kept(project, "it is no regular file");
  }
  SECTION("huge") {
    std::ofstream(path).put('x');
    fs::resize_file(path, (16 << 20) + 1);
    check_not_kept(project, "it is larger than 16 MiB");
  }
}

TEST_CASE("sources that are missing are one diagnostic for an image, not one for each", "[sources]") {
  const Project project;
  Words arguments{"src/main.c"};
  project.write("main.c", "int main(void) { return 0; }\n");
  for (int i = 0; i < 20; ++i) {
    const std::string name = "f" + std::to_string(i);
    project.write(name + ".c", "int " + name + "(void) { return 0; }\n");
    arguments.push_back("src/" + name + ".c");
  }
  arguments.insert(arguments.end(), {"-o", "program"});
  project.build(arguments);
  for (int i = 0; i < 20; ++i) fs::remove(project.source("f" + std::to_string(i) + ".c"));
  project.record();
  CHECK_THAT(project.answer("SELECT message FROM diagnostic WHERE key = 'source-not-kept'"),
             ContainsSubstring("20 sources of") && ContainsSubstring(" and 17 more: No such file or directory"));
  CHECK(project.answer("SELECT count(*) FROM source WHERE hash IS NULL") == "20");
}

// --- the log survives ---

std::string copied_answer(const Project& project, const std::string& sql) {
  fs::copy_file(project.log(), project.file("copy"), fs::copy_options::overwrite_existing);
  try {
    return value(project.file("copy"), sql);
  } catch (const std::runtime_error&) {
    return "";  // copied in the middle of a commit
  }
}

TEST_CASE("sources are in the log while the program still runs, and stay if the recorder is killed",
          "[sources][survival]") {
  const Project project;
  project.write("a.c",
                "#include <stdio.h>\n#include <unistd.h>\nint main(void) {\n  puts(\"ready\");\n"
                "  fflush(stdout);\n  pause();\n}\n");
  project.build({"src/a.c", "-o", "program"});
  Background recording({.arguments = project.recorder({}, {project.file("program")})});
  REQUIRE(recording.says("ready"));
  CHECK(comes_true([&] { return copied_answer(project, "SELECT count(*) FROM trace_source") == "1"; }));
  recording.send(SIGKILL);
  recording.wait();
  CHECK(project.answer("SELECT count(*) FROM source WHERE hash IS NOT NULL") == "1");
  CHECK(project.answer("SELECT status FROM run") == "running");
}

// --- builds made elsewhere ---

TEST_CASE("--map finds the sources of a build that was made elsewhere", "[sources][map]") {
  const Project project;
  project.write("a.c");
  const std::string from = fs::canonical(project.file(".")).string();
  project.build({"-fdebug-prefix-map=" + from + "=/build/x", "src/a.c", "-o", "program"});
  SECTION("without it there is nothing under the root") {
    CHECK_THAT(project.record().errors, ContainsSubstring("no coverage"));
  }
  SECTION("with it lines, globs and texts are those of the place here") {
    const Ending ending = project.record({"--map", "/elsewhere=/", "--map", "/build/x/=" + from, "--include", "*.c"});
    CHECK(ending.status() == 0);
    CHECK(project.answer("SELECT file || lines_hit FROM file_coverage") == project.source("a.c") + "4");
    CHECK(kept_text(project, "a.c") == hex(kSource) + "\n");
  }
  SECTION("the first rule that fits counts, also for one file") {
    project.write("b.c", "other\n");
    project.record({"--map", "/build/x/src/a.c=" + project.source("b.c"), "--map", "/build/x=" + from});
    CHECK(project.answer("SELECT file FROM file_coverage") == project.source("b.c"));
  }
}

TEST_CASE("--map is refused if it names no place", "[sources][map]") {
  const Project project;
  project.write("a.c");
  project.build({"src/a.c", "-o", "program"});
  for (const std::string rule : {"nothing", "=/tmp", "/build=/no/such/place"}) {
    const Ending ending = project.record({"--map", rule});
    CHECK(ending.status() == 125);
    CHECK_THAT(ending.errors, ContainsSubstring("--map " + rule));
    CHECK_FALSE(fs::exists(project.log()));
  }
}

TEST_CASE("a map renames whole names below its folder, by the first rule that fits", "[map]") {
  PathMap map;
  CHECK(map.apply("/any/../thing") == "/any/../thing");
  map.add("/build/x", "/home/x");
  map.add("/build", "/rest");
  CHECK(map.apply("/build/x/a.c") == "/home/x/a.c");
  CHECK(map.apply("/build/x") == "/home/x");
  CHECK(map.apply("/build/./y/../x/a.c") == "/home/x/a.c");
  CHECK(map.apply("/build/xy/a.c") == "/rest/xy/a.c");
  CHECK(map.apply("/builds/a.c") == "/builds/a.c");
  CHECK(map.apply("a.c") == "a.c");
}

TEST_CASE("a map turns relative paths into absolute ones, and back", "[map]") {
  PathMap map;
  map.add(".", "/src");
  map.add("/home/me/", ".");
  map.add("/", "/copy");
  CHECK(map.apply("lib/a.c") == "/src/lib/a.c");
  CHECK(map.apply("./a.c") == "/src/a.c");
  CHECK(map.apply("../a.c") == "../a.c");
  CHECK(map.apply("/home/me/lib/a.c") == "lib/a.c");
  CHECK(map.apply("/home/you/a.c") == "/copy/home/you/a.c");
}

TEST_CASE("a rule of a map is divided at its first equals sign", "[map]") {
  CHECK(PathMap::parse("a=b=c")->to == "b=c");
  CHECK(PathMap::parse("a=")->to.empty());
  CHECK_FALSE(PathMap::parse("=b"));
  CHECK_FALSE(PathMap::parse("ab"));
}

}  // namespace
}  // namespace recount::test

// Programs whose debug information is not in them, recorded: the files are made by the real tools while the test runs. A case
// that needs one of these begins with its tag; where the tool is missing, its CTest test is shown as skipped.

#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <sstream>

#include "tests/support/catch.hpp"
#include "tests/support/consumer.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"

using namespace recount::test;
using recount::test::write;

namespace {

const std::string kSource =
    "static int twice(int a) {\n"  // 1
    "  return 2 * a;\n"            // 2
    "}\n"                          // 3
    "int main(int argc, char **argv) {\n"
    "  (void)argv;\n"
    "  if (argc > 5)\n"            // 6
    "    return twice(9);\n"       // 7, not run
    "  return twice(argc) - 2;\n"  // 8
    "}\n";

const std::string kLibrary =
    "int part(int a) {\n"  // 1
    "  if (a > 5)\n"       // 2
    "    return 1;\n"      // 3, not run
    "  return a - 1;\n"    // 4
    "}\n";

class Build {  // a folder with the sources in src/, and everything else beside it
 public:
  Build() {
    fs::create_directory(folder_.file("src"));
    write(folder_.file("src/main.c"), kSource);
  }

  std::string operator/(const std::string& name) const { return folder_.file(name); }
  void sh(const std::string& script) const {
    const Ending ending = run({.arguments = {"/bin/sh", "-ec", "cd \"$1\"; " + script, "sh", folder_.path().string()}});
    INFO(script << '\n' << ending.output << ending.errors);
    REQUIRE(ending.status() == 0);
  }
  void compile(const std::string& flags, const std::string& name = "program") const {
    sh(RECOUNT_TEST_CC " " + flags + " src/main.c -o " + name);
  }
  std::string build_id(const std::string& name) const {
    const Ending notes = run({.arguments = {"/usr/bin/readelf", "-n", folder_.file(name)}});
    const auto at = notes.output.find("Build ID: ");
    REQUIRE(at != std::string::npos);
    return notes.output.substr(at + 10, 40);
  }
  // "DIR/.build-id/xx/yyy.debug" of that file, whose folder is made.
  std::string place_by_id(const std::string& dir, const std::string& name) const {
    const std::string id = build_id(name);
    fs::create_directories(folder_.file(dir + "/.build-id/" + id.substr(0, 2)));
    return dir + "/.build-id/" + id.substr(0, 2) + '/' + id.substr(2) + ".debug";
  }
  Ending record(const Words& options, const Words& program = {"./program"}) const {
    return record_in(folder_,
                     Words{"--force", "-o", "run.db", "--source-root", "src"} + options + Words{"--"} + program);
  }
  // The same, where other folders stand at the places that `mounts` names.
  Ending record_elsewhere(const std::string& mounts, const std::string& program = "./program") const {
    return run(
        {.arguments = {"/usr/bin/unshare", "-rm", "/bin/sh", "-ec",
                       "cd \"$1\"; " + mounts + "; exec \"$2\" --force -o run.db --source-root src -- " + program, "sh",
                       folder_.path().string(), RECOUNT_RECORD}});
  }
  // file:line of each line, '-' before those that did not run.
  std::string lines(const std::string& name = "main.c") const {
    std::string text;
    for (const Row& row : query(folder_.file("run.db"),
                                "SELECT line, hits FROM line_coverage WHERE file LIKE '%/" + name + "' ORDER BY line"))
      text += (text.empty() ? "" : " ") + std::string(row[1] == "0" ? "-" : "") + row[0];
    return text;
  }
  std::string functions(const std::string& name = "main.c") const {
    return value(folder_.file("run.db"),
                 "SELECT group_concat(name, ' ') FROM (SELECT DISTINCT \"function\" AS name FROM "
                 "function_coverage WHERE file LIKE '%/" +
                     name + "' ORDER BY 1)");
  }
  std::string said(const std::string& key) const {
    return value(
        folder_.file("run.db"),
        "SELECT group_concat(message || '; ' || coalesce(remedy, '')) FROM diagnostic WHERE \"key\" = '" + key + "'");
  }

 private:
  TemporaryFolder folder_;
};

const std::string kLines = "1 2 4 6 -7 8";
const std::string kFunctions = "main twice";

void check_covered(const Build& build) {
  INFO(build.said("image-not-instrumented"));
  CHECK(build.lines() == kLines);
  CHECK(build.functions() == kFunctions);
  CHECK(build.said("image-incomplete") == "null");
}

bool may_mount() {
  const bool may = run({.arguments = {"/usr/bin/unshare", "-rm", "/bin/true"}}).status() == 0;
  if (!may) std::cout << "skipped: mount namespaces are not allowed here\n";
  return may;
}

}  // namespace

TEST_CASE("a folder named with --debug-dir has debug information by build id and by name") {
  const Build build;
  build.compile("-g");
  const std::string by_id = build.place_by_id("debug", "program");
  const std::string place = GENERATE(as<std::string>{}, "by id", "debug/program.debug", "debug/linked", "other/linked");
  const std::string file = place == "by id" ? by_id : place;
  const bool linked = place.ends_with("linked");
  INFO(place);
  build.sh("mkdir -p other; objcopy --only-keep-debug program " + file + "; objcopy --strip-all " +
           (linked ? "--add-gnu-debuglink=" + file + " " : "") + "program");
  CHECK(build.record({}).status() == 0);
  CHECK(build.lines() == "");
  CHECK(build.record({"--debug-dir", "debug", "--debug-dir=other"}).status() == 0);
  check_covered(build);
}

TEST_CASE("a debug file without build id counts by its checksum alone") {
  const Build build;
  build.compile("-g -Wl,--build-id=none");
  build.sh(
      "mkdir debug; objcopy --only-keep-debug program debug/linked; objcopy --strip-all "
      "--add-gnu-debuglink=debug/linked program");
  build.record({"--debug-dir", "debug"});
  check_covered(build);
  build.sh("printf x >>debug/linked");
  build.record({"--debug-dir", "debug"});
  CHECK(build.lines() == "");
}

TEST_CASE("a debug file of another build is passed over for the right one") {
  const Build build;
  build.compile("-g -O1", "other");
  build.compile("-g");
  build.sh(
      "mkdir wrong; objcopy --only-keep-debug other wrong/linked; objcopy --only-keep-debug program linked;"
      "objcopy --strip-all --add-gnu-debuglink=linked program");
  build.record({"--debug-dir", "wrong"});
  check_covered(build);
}

TEST_CASE("a stripped program is said once, with its build id and what to do") {
  const Build build;
  build.compile("-g");
  build.sh("strip program");
  const Ending ending = build.record({}, {"sh", "-c", "./program; ./program; ./program || true"});
  CHECK(value(build / "run.db",
              "SELECT count(*) FROM diagnostic WHERE message LIKE '%/program is not instrumented%'") == "1");
  const std::string said = build.said("image-not-instrumented");
  CHECK(said.find("it has no debug information") != std::string::npos);
  CHECK(said.find("--debug-dir; its build id is " + build.build_id("program")) != std::string::npos);
  CHECK(said.find("-dbgsym") != std::string::npos);
}

TEST_CASE("a --debug-dir that is not there is refused before anything runs") {
  const TemporaryFolder folder;
  check_refused(folder, {"--debug-dir", "nowhere", "--", "true"}, 125, "--debug-dir nowhere");
}

TEST_CASE("debug information packed in a way that libelf can't read is named") {
  const Build build;
  build.compile("-g");
  if (run({.arguments = {"/usr/bin/objcopy", "--compress-debug-sections=zstd", build / "program"}}).status() != 0) {
    WARN("skipped: this objcopy knows no zstd");
    return;
  }
  build.record({});
  if (build.lines() == kLines) return;  // this libelf can read it
  CHECK(build.said("image-not-instrumented").find("compressed with zstd") != std::string::npos);
  CHECK(build.said("image-not-instrumented").find("zlib") != std::string::npos);
}

TEST_CASE("a program whose debug information is damaged runs as ever") {
  const Build build;
  build.compile(GENERATE("-gdwarf-4", "-gdwarf-5", "-g -gz=zlib"));
  const std::string sections = run({.arguments = {"/usr/bin/objdump", "-h", build / "program"}}).output;
  for (const std::string& line : lines_of(sections)) {  // "27 .debug_info 00000124 0 0 0000313a 2**0"
    std::istringstream words(line);
    std::string number, name, size, vma, lma, offset;
    words >> number >> name >> size >> vma >> lma >> offset;
    if (!name.starts_with(".debug_")) continue;
    INFO(line);
    build.sh("cp program damaged; head -c $((0x" + size +
             ")) /dev/zero | tr '\\0' '\\377' | "
             "dd of=damaged bs=1 seek=$((0x" +
             offset + ")) conv=notrunc 2>/dev/null");
    CHECK(build.record({}, {"./damaged"}).status() == 0);
    check_sealed(build / "run.db");
  }
}

TEST_CASE("a program of musl is covered", "[musl]") {
  if (!have("musl-gcc")) return;
  const std::string flags = GENERATE("", "-static", "-static -fPIE -static-pie");
  INFO(flags);
  const Build build;
  build.sh("musl-gcc -g " + flags + " src/main.c -o program");
  CHECK(build.record({}).status() == 0);
  check_covered(build);
}

TEST_CASE("two programs share debug information that dwz moved out of them", "[dwz]") {
  if (!have("dwz")) return;
  const std::string dwarf = GENERATE("-gdwarf-4", "-gdwarf-5");
  INFO(dwarf);
  const Build build;
  const std::string shared_types =
      "struct S { int a; long b; char c[9]; }; typedef struct S T; enum E { one, two, three };"
      "union U { struct S s; enum E e; unsigned long long l; };";
  write(build / "src/main.c", kSource + shared_types + " T kept; union U kept_too;\n");
  build.compile(dwarf);
  build.compile(dwarf + " -DOTHER", "twin");
  build.sh("dwz -m shared.debug program twin; readelf -S program | grep -q gnu_debugaltlink");
  build.record({});
  check_covered(build);

  build.sh("mkdir debug; mv shared.debug debug");  // and where it was, nothing is
  build.record({});
  const std::string said = build.said(dwarf == "-gdwarf-4" ? "image-not-instrumented" : "image-incomplete");
  CHECK(said.find("shares debug information with is missing: shared.debug") != std::string::npos);
  CHECK(build.lines() == (dwarf == "-gdwarf-4" ? "" : "1 2 3 4 6 -7 8 9"));  // DWARF 5 has the paths beside the lines,
  // and it is not known that nothing was optimized
  build.record({"--debug-dir", "debug"});
  check_covered(build);

  build.compile(dwarf + " -O1", "a");
  build.compile(dwarf + " -O1 -DOTHER", "b");
  build.sh("dwz -m shared.debug a b");
  build.record({});
  CHECK(build.said("image-not-instrumented").find("of another build: shared.debug") != std::string::npos);
}

TEST_CASE("debug information is found in the system's folder by build id and by link", "[mount]") {
  if (!may_mount()) return;
  const Build build;
  build.compile("-g");
  const bool by_id = GENERATE(true, false);
  const std::string folder = fs::canonical(build / "").string();
  const std::string place = by_id ? build.place_by_id("system", "program") : "system" + folder + "/linked";
  build.sh("mkdir -p 'system" + folder + "'; objcopy --only-keep-debug program " + place + "; objcopy --strip-all " +
           (by_id ? "" : "--add-gnu-debuglink=" + place + " ") + "program");
  CHECK(build.record_elsewhere("mount --bind system /usr/lib/debug").status() == 0);
  check_covered(build);
}

TEST_CASE("a library in a system folder is covered if its debug information is elsewhere", "[mount]") {
  if (!may_mount()) return;
  const std::string place = "/usr/lib/x86_64-linux-gnu/libanl.so.1";  // of the C library; little asks for it
  if (!fs::exists(place)) {
    std::cout << "skipped: there is no " << place << " here\n";
    return;
  }
  const std::string dwarf = GENERATE("-gdwarf-4", "-gdwarf-5");
  INFO(dwarf);
  const Build build;
  write(build / "src/part.c", kLibrary);
  write(build / "src/main.c", "int part(int); int main(int argc, char **argv) { (void)argv; return part(argc); }\n");
  build.sh(RECOUNT_TEST_CC " " + dwarf + " -fPIC -shared -Wl,-soname,libanl.so.1 src/part.c -o libpart.so;" +
           RECOUNT_TEST_CC " src/main.c -Wl,--no-as-needed ./libpart.so -o program");
  build.sh("objcopy --only-keep-debug libpart.so " + build.place_by_id("system", "libpart.so") +
           "; objcopy --strip-all libpart.so");
  const Ending ending = build.record_elsewhere("mount --bind system /usr/lib/debug; mount --bind libpart.so " + place);
  INFO(ending.errors);
  CHECK(ending.status() == 0);
  CHECK(build.lines("part.c") == "1 2 -3 4");
}

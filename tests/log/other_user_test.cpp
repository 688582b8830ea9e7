// A recorder that may read more than the programs that it records: it reads no file on their say that their user may not read, and
// what it has read of another user's run is the owner's of the log alone.
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

const Words kAsAnother = as_user(12345);

bool can_be_another() {
  if (geteuid() == 0 && run({.arguments = kAsAnother + Words{"true"}}).status() == 0) return true;
  WARN("skipped: not root, or no other user can be had here");
  return false;
}

// A program of the other user's, made in a folder of theirs from sources that they may read.
void build(const TemporaryFolder& folder) {
  chmod(folder.path().c_str(), 0777);
  const std::string script = R"(cd "$0" && echo "int main(void) { return 0; }" >s.c && gcc -g s.c -o program)";
  REQUIRE(run({.arguments = kAsAnother + Words{"sh", "-c", script, folder.path().string()}}).status() == 0);
}

Ending record_program(const TemporaryFolder& folder, const Words& as, const std::string& name = "./program") {
  const Words options{"--no-cache", "--source-root", folder.path().string(), "--force", "-o", folder.file("run.db"),
                      "-v"};
  return record_in(folder, options + Words{"--"} + as + Words{name});
}

std::string kept(const TemporaryFolder& folder) {
  return value(folder.file("run.db"), "SELECT count(*) FROM trace_file_source WHERE hash IS NOT NULL");
}

std::string reason(const TemporaryFolder& folder) {
  return value(folder.file("run.db"), "SELECT group_concat(reason) FROM trace_file_source");
}

mode_t mode_of(const std::string& path) {
  struct stat info {};
  REQUIRE(stat(path.c_str(), &info) == 0);
  return info.st_mode & 0777;
}

TEST_CASE("a source that the program's user may not read is not kept", "[user]") {
  if (!can_be_another()) return;
  const TemporaryFolder folder;
  build(folder);
  CHECK(record_program(folder, kAsAnother).status() == 0);
  CHECK(kept(folder) == "1");
  chown(folder.file("s.c").c_str(), 0, 0);
  chmod(folder.file("s.c").c_str(), 0600);
  CHECK(record_program(folder, kAsAnother).status() == 0);
  CHECK(kept(folder) == "0");
  CHECK(reason(folder) == "Permission denied");
  CHECK(record_program(folder, {}).status() == 0);  // root's own program
  CHECK(kept(folder) == "1");
}

TEST_CASE("a program that its user may run and not read has no lines in the log", "[user]") {
  if (!can_be_another()) return;
  const TemporaryFolder folder;
  build(folder);
  chown(folder.file("program").c_str(), 0, 0);
  chmod(folder.file("program").c_str(), 0711);
  CHECK(record_program(folder, kAsAnother).status() == 0);
  CHECK(value(folder.file("run.db"), "SELECT count(*) FROM trace_probe_line") == "0");
  check_sealed(folder.file("run.db"));
}

TEST_CASE("debug information that the program's user may not read is not read", "[user]") {
  if (!can_be_another()) return;
  const TemporaryFolder folder;
  build(folder);
  REQUIRE(
      run({.arguments = in_folder(folder.path().string(), {"sh", "-c",
                                                           "objcopy --only-keep-debug program program.debug && objcopy "
                                                           "--strip-all --add-gnu-debuglink=program.debug program"})})
          .status() == 0);
  CHECK(record_program(folder, kAsAnother).status() == 0);
  CHECK(value(folder.file("run.db"), "SELECT count(*) > 0 FROM trace_probe_line") == "1");
  chmod(folder.file("program.debug").c_str(), 0600);
  CHECK(record_program(folder, kAsAnother).status() == 0);
  CHECK(value(folder.file("run.db"), "SELECT count(*) FROM trace_probe_line") == "0");
}

TEST_CASE("a link that leads out of the source roots is not followed", "[user]") {
  const TemporaryFolder folder;
  const TemporaryFolder elsewhere;
  write(folder.file("s.c"), "int main(void) { return 0; }\n");
  REQUIRE(
      run({.arguments = in_folder(folder.path().string(), {RECOUNT_TEST_CC, "-g", "s.c", "-o", "program"})}).status() ==
      0);
  write(elsewhere.file("secret"), "of somebody\n");
  fs::remove(folder.file("s.c"));
  SECTION("out of them") {
    fs::create_symlink(elsewhere.file("secret"), folder.file("s.c"));
    CHECK(record_program(folder, {}).status() == 0);
    CHECK(kept(folder) == "0");
    CHECK_THAT(reason(folder), Catch::Matchers::ContainsSubstring("leads out of the source roots"));
  }
  SECTION("to another place in them") {
    write(folder.file("real.c"), "int main(void) { return 0; }\n");
    fs::create_symlink("real.c", folder.file("s.c"));
    CHECK(record_program(folder, {}).status() == 0);
    CHECK(kept(folder) == "1");
  }
}

TEST_CASE("the log of another user's run is its owner's alone, any other goes by the umask", "[user]") {
  if (!can_be_another()) return;
  const TemporaryFolder folder;
  build(folder);
  const mode_t before = umask(022);
  CHECK(record_program(folder, kAsAnother).status() == 0);
  CHECK(mode_of(folder.file("run.db")) == 0600);
  CHECK(record_program(folder, {}).status() == 0);
  CHECK(mode_of(folder.file("run.db")) == 0644);
  umask(027);
  CHECK(record_program(folder, {}).status() == 0);
  CHECK(mode_of(folder.file("run.db")) == 0640);
  umask(before);
}

}  // namespace
}  // namespace recount::test

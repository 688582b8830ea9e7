// What --include and --exclude mean.
#include "schema/shared/source_filter.hpp"
#include "tests/support/catch.hpp"

namespace recount::test {
namespace {

bool excludes(const std::string& glob, const std::string& path) {
  return !SourceFilter({"/src"}, {}, {glob}).wants("/src/" + path);
}

TEST_CASE("a glob that names a folder takes all that lies below it") {
  for (const std::string glob : {"mp3", "mp3/", "./mp3", "./mp3/", "mp3/*", "./mp3/*", "**/mp3/**", "**/mp3", "mp3/**",
                                 "/src/mp3", "/src/mp3/", "mp?"}) {
    INFO(glob);
    CHECK(excludes(glob, "mp3/read.c"));
    CHECK(excludes(glob, "mp3/deep/read.c"));
    CHECK_FALSE(excludes(glob, "main.c"));
    CHECK_FALSE(excludes(glob, "mp34/read.c"));
    CHECK_FALSE(excludes(glob, "mp/read.c"));
  }
}

TEST_CASE("a glob without a slash fits at any depth, one with a slash below the root") {
  for (const std::string glob : {"mp3", "mp3/", "**/mp3", "**/mp3/**"}) CHECK(excludes(glob, "lib/mp3/read.c"));
  for (const std::string glob : {"./mp3", "./mp3/", "./mp3/*", "/src/mp3"})
    CHECK_FALSE(excludes(glob, "lib/mp3/read.c"));
  CHECK(excludes("read.c", "lib/read.c"));
  CHECK_FALSE(excludes("./read.c", "lib/read.c"));
  CHECK(excludes("lib/mp3", "lib/mp3/read.c"));
  CHECK_FALSE(excludes("lib/mp3", "x/lib/mp3/read.c"));
  CHECK_FALSE(excludes("read.c/", "read.c"));  // a folder alone
}

TEST_CASE("two stars are any number of folders, and none as well") {
  CHECK(excludes("**/read.c", "read.c"));
  CHECK(excludes("**/read.c", "a/b/read.c"));
  CHECK(excludes("lib/**/read.c", "lib/read.c"));
  CHECK(excludes("lib/**/read.c", "lib/a/b/read.c"));
  CHECK_FALSE(excludes("lib/**/read.c", "libs/read.c"));
  CHECK(excludes("**/a/**/b/**/c", "a/b/c"));
  CHECK_FALSE(excludes(std::string(40000, '*') + "/x", "read.c"));
}

TEST_CASE("a glob of the root itself fits everything, and an empty one nothing") {
  for (const std::string glob : {".", "./", "*", "**", "/"}) CHECK(excludes(glob, "a/read.c"));
  CHECK_FALSE(excludes("", "read.c"));
}

TEST_CASE("globs that fit none of the files are named with their options") {
  const SourceFilter filter({"/src", "/other"}, {"*.c", "*.rs"}, {"vendor", "gen/", "/other/x.c"});
  CHECK(filter.globs_without({"/src/a.c", "/src/gen/b.c", "/other/x.c", "/elsewhere/vendor/a.c"}) ==
        std::vector<std::string>{"--include *.rs", "--exclude vendor"});
}

}  // namespace
}  // namespace recount::test

// Two logs whose coverage reports are held against the formats: a plain one, and one with awkward names.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>
#include "tests/support/catch.hpp"

#include "tests/support/command.hpp"
#include "tests/support/coverage_sample.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {

inline std::string replayed(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {RECOUNT_REPLAY, "coverage"});
  const Ending ending = run({.arguments = arguments});
  INFO(ending.errors);
  REQUIRE(ending.status() == 0);
  return ending.output;
}

inline void write_file(const std::string& path, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

// A run of two small files: 5 of 7 lines, 3 of 4 functions.
struct Sample {
  Sample() {
    write_file(root + "/main.cpp",
               "int twice(int x) {\n  return 2 * x;\n}\n\nint main() {\n"
               "\treturn twice(0);\n}\n");
    write_file(root + "/lib/a.h", "int f(int, char) { return 1; }\nint f(int, long) { return 2; }\n");
    write_coverage_log(log, root, {main_file, header});
  }
  std::string report(const std::string& format) const { return replayed({log, "--format", format}); }
  std::string written(const std::string& format) const {
    const std::string file = folder.file(format + (format == "cobertura" ? ".xml" : ".report"));
    replayed({log, "--format", format, "-o", file});
    return file;
  }

  TemporaryFolder folder;
  std::string root = folder.file("root"), log = folder.file("log");
  SampleFile main_file{
      root + "/main.cpp",
      {{"twice(int)", "_Z5twicei", 1, {{1, true}, {2, true}, {3, false}}}, {"main", "", 5, {{5, true}, {6, true}}}}};
  SampleFile header{root + "/lib/a.h",
                    {{"f(int, char)", "_Z1fic", 1, {{1, true}}}, {"f(int, long)", "_Z1fil", 2, {{2, false}}}}};
};

// Names and texts as awkward as a file system lets them be.
struct AwkwardSample {
  AwkwardSample() {
    for (const std::string& name : names) add(name);
    write_file(root + "/latin1.c", "// caf\xe9\r\nint x;\x1b[31m\n");
    add("latin1.c");
    write_file(root + "/short.c", "one\ntwo");
    add("short.c");
    std::filesystem::create_directories(root + "/folder.c");
    add("folder.c");
    write_file(root + "/huge.c", "");
    std::filesystem::resize_file(root + "/huge.c", std::uintmax_t{1} << 34);
    add("huge.c");
    add("missing.c");
    write_coverage_log(log, root, files);
  }
  void add(const std::string& name) {
    files.push_back(
        {root + "/" + name, {{"f<&\"'>(int, char)\n\x01\xff", "", 1, {{1, true}, {2, false}, {70, false}}}}});
  }

  TemporaryFolder folder;
  std::string root = folder.file("r&o<o>t 'x' \"y\""), log = folder.file("log");
  const std::vector<std::string> names{"with space.c",
                                       "quote\".c",
                                       "apos'.c",
                                       "a&b<c>.c",
                                       "new\nline.c",
                                       "tab\t.c",
                                       "back\\slash.c",
                                       "percent%,colon:.c",
                                       "pipe|`tick`.c",
                                       "\xc3\xa4\xe2\x82\xac.c",
                                       "bad\xff.c",
                                       "bell\x07.c",
                                       "noncharacter\xef\xbf\xbf.c"};
  std::vector<SampleFile> files;
};

}  // namespace recount::test

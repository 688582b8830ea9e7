// Logs with the coverage that a test asks for, as if a program had run those lines.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace recount::test {

struct SampleLine {
  std::uint32_t line = 0;
  bool hit = false;
};

struct SampleFunction {
  std::string name;
  std::string linkage_name;  // "": none of its own
  std::uint32_t line = 0;    // of the declaration
  std::vector<SampleLine> lines;
};

struct SampleFile {
  std::string path;  // absolute
  std::vector<SampleFunction> functions;
};

// `root` is the recording's one source root.
void write_coverage_log(const std::string& path, const std::string& root, const std::vector<SampleFile>& files);

// 2,000 files with 100 lines and ten functions each, every other function hit.
std::vector<SampleFile> many_sample_files(const std::string& root);

}  // namespace recount::test

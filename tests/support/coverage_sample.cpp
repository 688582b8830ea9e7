#include "tests/support/coverage_sample.hpp"

#include "tests/support/log_builder.hpp"
#include "tests/support/query.hpp"

namespace recount::test {
namespace {

constexpr int kTid = 100;

struct Probes {
  std::vector<ProbeSpec> all;
  std::vector<std::uint64_t> hit;  // addresses
};

void add(Probes& probes, const SampleFile& file, const SampleFunction& function) {
  for (const auto& [line, hit] : function.lines) {
    const std::uint64_t address = 0x10 * (probes.all.size() + 1);
    probes.all.push_back({address, file.path, {line}, function.name, function.line, false, function.linkage_name});
    if (hit) probes.hit.push_back(address);
  }
}

}  // namespace

void write_coverage_log(const std::string& path, const std::string& root, const std::vector<SampleFile>& files) {
  Probes probes;
  for (const SampleFile& file : files)
    for (const SampleFunction& function : file.functions) add(probes, file, function);
  {
    LogBuilder log(path);
    const ImageId image = log.image("/bin/sample", probes.all);
    log.spawned(kTid);
    log.exec(kTid, R"(["sample"])", image);
    for (const std::uint64_t address : probes.hit) log.hit(kTid, address);
    log.exited(kTid, 0);
    log.echild();
    log.finish();
  }
  tamper(path, "UPDATE trace_run SET source_roots = json_array(" + quoted(root) + ")");
}

std::vector<SampleFile> many_sample_files(const std::string& root) {
  constexpr std::uint32_t kFiles = 2000, kFunctions = 10, kLines = 10;
  std::vector<SampleFile> files;
  for (std::uint32_t i = 0; i < kFiles; ++i) {
    SampleFile file{root + "/folder" + std::to_string(i % 50) + "/file" + std::to_string(i) + ".cpp", {}};
    for (std::uint32_t f = 0; f < kFunctions; ++f) {
      const std::string number = std::to_string(i) + "_" + std::to_string(f);
      SampleFunction function{"some::name::space::function_" + number + "(int, char const*)",
                              "_ZN4some4name5space8function_" + number + "EiPKc",
                              20 * f + 1,
                              {}};
      for (std::uint32_t l = 1; l <= kLines; ++l) function.lines.push_back({20 * f + 1 + l, f % 2 == 0});
      file.functions.push_back(function);
    }
    files.push_back(file);
  }
  return files;
}

}  // namespace recount::test

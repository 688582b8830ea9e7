#include "replay/coverage/changed_option.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>

namespace recount {
namespace {

std::optional<std::uint32_t> strip_option(const ParsedOptions& options) {
  if (options.count("strip") == 0) return std::nullopt;
  if (options.count("changed") == 0)
    throw UsageError("--strip is about the names in a patch, and there is no --changed PATCH");
  return options.whole("strip");
}

}  // namespace

void add_changed_options(OptionTable& options, const std::string& meaning) {
  options.add_options()("changed", meaning, text_value(), "PATCH")(
      "strip", "folders to strip from the names in the patch (default: 1 if git made it)", whole_value(), "NUM");
}

std::optional<std::vector<PatchFile>> patch_option(const ParsedOptions& options) {
  const std::optional<std::uint32_t> strip = strip_option(options);
  if (options.count("changed") == 0) return std::nullopt;
  const std::string path = options.text("changed");
  if (path == "-") return read_patch(std::cin, "standard input", strip);
  std::ifstream patch(path, std::ios::binary);
  if (!patch || std::filesystem::is_directory(path))
    throw FileError(path, "is no patch that can be read; make one with: git diff BASE > FILE");
  return read_patch(patch, path, strip);
}

std::optional<std::string> root_option(const ParsedOptions& options) {
  if (options.count("root") == 0) return std::nullopt;
  std::string root = std::filesystem::absolute(options.text("root")).lexically_normal().string();
  while (root.size() > 1 && root.back() == '/') root.pop_back();
  return root;
}

}  // namespace recount

#include "replay/source_text.hpp"

#include <sys/stat.h>

#include <fstream>

namespace recount {
namespace {

bool is_worth_reading(const std::string& file) {
  struct stat info {};
  return stat(file.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
         static_cast<std::uintmax_t>(info.st_size) <= SourceText::kBytesMax;
}

}  // namespace

std::optional<std::string> SourceText::text(const std::string& file) const {
  if (!is_worth_reading(file)) return std::nullopt;
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  const std::streamoff size = stream ? std::streamoff{stream.tellg()} : -1;
  if (size < 0 || static_cast<std::uintmax_t>(size) > kBytesMax) return std::nullopt;
  std::string text(static_cast<std::size_t>(size), '\0');
  stream.seekg(0);
  stream.read(text.data(), size);
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

}  // namespace recount

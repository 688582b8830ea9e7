#include "replay/log/unpacked_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <string_view>

#include "replay/log/errors.hpp"
#include "schema/log/packed_file.hpp"

namespace recount {
namespace {

std::optional<Packing> packing_of(const std::string& path) {
  std::array<char, 4> head{};
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), head.size());
  return packing_of_bytes({head.data(), static_cast<std::size_t>(file.gcount())});
}

std::uint64_t size_of(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

std::string temporary_pattern() {
  const char* const folder = std::getenv("TMPDIR");
  return std::string(folder && *folder ? folder : "/tmp") + "/recount-XXXXXX";
}

}  // namespace

UnpackedLog::~UnpackedLog() { ::unlink(path_.c_str()); }

std::unique_ptr<UnpackedLog> unpacked_log(const std::string& path) {
  const auto packing = packing_of(path);
  if (!packing) return nullptr;
  std::string name = temporary_pattern();
  const int fd = ::mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0)
    throw FileError(path, std::string("cannot be unpacked into ") + name + ", " + std::strerror(errno) +
                              "; name another folder with TMPDIR");
  auto unpacked = std::make_unique<UnpackedLog>(name);
  try {
    unpack(path, *packing, fd, unpacked_bytes_max(size_of(path)));
  } catch (const PackedFileError& error) {
    ::close(fd);
    throw FileError(path, error.what());
  }
  ::close(fd);
  return unpacked;
}

}  // namespace recount

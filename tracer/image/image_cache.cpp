#include "tracer/image/image_cache.hpp"

#include <fcntl.h>
#include <gelf.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>
#include <vector>

#include "tracer/base/clock.hpp"
#include "tracer/base/sha256.hpp"
#include "tracer/base/unique_fd.hpp"
#include "tracer/elf/elf_file.hpp"
#include "tracer/image/image_codec.hpp"

namespace recount {
namespace {

namespace fs = std::filesystem;

struct Header {
  std::array<char, 8> magic{'r', 'e', 'c', 'o', 'u', 'n', 't', '7'};
  std::uint64_t size = 0;  // of what follows
  std::uint64_t crc = 0;   // of that, as gzip has it (RFC 1952)
};

std::uint64_t crc_of(const std::string& bytes) {
  return crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

std::string numbers(std::initializer_list<std::int64_t> all) {
  std::string text;
  for (const std::int64_t number : all) text += std::to_string(number) + ' ';
  return text;
}

std::string status_text(const struct stat& file) {
  return numbers({static_cast<std::int64_t>(file.st_dev), static_cast<std::int64_t>(file.st_ino), file.st_size,
                  file.st_mtim.tv_sec, file.st_mtim.tv_nsec, file.st_ctim.tv_sec, file.st_ctim.tv_nsec});
}

std::string bytes_at(int fd, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  const ssize_t got = ::pread(fd, bytes.data(), size, static_cast<off_t>(offset));
  bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return bytes;
}

std::string identity_of(int fd) {
  struct stat file {};
  if (::fstat(fd, &file) != 0) return {};
  const ElfHandle elf = open_elf(fd);
  GElf_Ehdr header;
  const std::string build_id = elf ? build_id_of(elf.get()) : "";
  if (build_id.empty() || gelf_getehdr(elf.get(), &header) == nullptr) return status_text(file);
  return build_id + ' ' + numbers({file.st_size}) +
         bytes_at(fd, header.e_shoff, std::size_t{header.e_shentsize} * header.e_shnum);
}

// Another recorder may find other probes in the same image, or lay them down otherwise.
const std::string& recorder_identity() {
  static const std::string identity = [] {
    const UniqueFd self(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    return self ? identity_of(self.get()) : std::string();
  }();
  return identity;
}

bool is_ours_alone(const std::string& folder) {
  struct stat info {};
  return ::lstat(folder.c_str(), &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == ::geteuid() &&
         (info.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

// nullopt unless it is whole.
std::optional<std::string> read_kept(int fd) {
  Header header;
  const std::string begin = bytes_at(fd, 0, sizeof header);
  if (begin.size() != sizeof header) return std::nullopt;
  std::memcpy(&header, begin.data(), sizeof header);
  struct stat info {};
  if (header.magic != Header().magic || ::fstat(fd, &info) != 0) return std::nullopt;
  if (header.size != static_cast<std::uint64_t>(info.st_size) - sizeof header) return std::nullopt;
  std::string bytes = bytes_at(fd, sizeof header, header.size);
  if (bytes.size() != header.size || crc_of(bytes) != header.crc) return std::nullopt;
  return bytes;
}

ImageAddress stood_at(const ImageWatch& watch) {
  return watch.detoured == ImageAddress{} ? watch.watch.address : watch.detoured;
}

bool fits(const Image& image, int fd) {
  const ElfHandle elf = open_elf(fd);
  if (!elf) return false;
  const CodeBytes code(elf.get(), fd);
  const auto stands = [&code](ImageAddress address, std::uint8_t byte) {
    const auto bytes = code.from(raw(address));
    return !bytes.empty() && bytes.front() == byte;
  };
  return std::all_of(image.probes.begin(), image.probes.end(),
                     [&](const ImageProbe& probe) { return stands(probe.address, probe.original); }) &&
         std::all_of(image.watches.begin(), image.watches.end(),
                     [&](const ImageWatch& watch) { return stands(stood_at(watch), watch.instructions.front()); });
}

bool write_all(int fd, const void* bytes, std::size_t size) {
  const char* at = static_cast<const char*>(bytes);
  while (size > 0) {
    const ssize_t written = ::write(fd, at, size);
    if (written <= 0) return false;
    at += written;
    size -= static_cast<std::size_t>(written);
  }
  return true;
}

}  // namespace

std::string ImageCache::default_folder() {
  const char* const cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache == '/') return std::string(cache) + "/recount";
  const char* const home = std::getenv("HOME");
  return home != nullptr && *home == '/' ? std::string(home) + "/.cache/recount" : "";
}

ImageCache::ImageCache(std::string folder, std::string subject, std::uint64_t bytes_max)
    : folder_(std::move(folder)), subject_(std::move(subject)), bytes_max_(bytes_max) {}

std::string ImageCache::file_for(int fd, DebugInfo where) const {
  const std::string identity = identity_of(fd);
  if (folder_.empty() || identity.empty() || recorder_identity().empty()) return {};
  return folder_ + '/' +
         sha256(recorder_identity() + '\0' + subject_ + '\0' + std::to_string(static_cast<int>(where)) + identity);
}

std::optional<Image> ImageCache::find(int fd, DebugInfo where) const {
  const std::string path = file_for(fd, where);
  if (path.empty() || !is_ours_alone(folder_)) return std::nullopt;
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file) return std::nullopt;
  const auto bytes = read_kept(file.get());
  if (!bytes) return std::nullopt;
  auto image = unpacked_image({reinterpret_cast<const std::uint8_t*>(bytes->data()), bytes->size()});
  if (!image || !fits(*image, fd)) return std::nullopt;
  ::futimens(file.get(), nullptr);  // used: it stays
  return image;
}

bool ImageCache::make_folder() const {
  std::error_code failed;
  fs::create_directories(fs::path(folder_).parent_path(), failed);
  ::mkdir(folder_.c_str(), S_IRWXU);
  return is_ours_alone(folder_);
}

void ImageCache::keep(int fd, DebugInfo where, const Image& image) const {
  const std::string path = file_for(fd, where);
  const std::string bytes = packed(image);
  if (path.empty() || bytes.size() + sizeof(Header) > bytes_max_ || !make_folder()) return;
  std::string aside = folder_ + "/new-XXXXXX";
  const UniqueFd file(::mkostemp(aside.data(), O_CLOEXEC));
  if (!file) return;
  Header header;
  header.size = bytes.size();
  header.crc = crc_of(bytes);
  const bool is_whole =
      write_all(file.get(), &header, sizeof header) && write_all(file.get(), bytes.data(), bytes.size());
  if (!is_whole || ::rename(aside.c_str(), path.c_str()) != 0) ::unlink(aside.c_str());
  make_room();
}

// What another removes at the same time is gone as well.
void ImageCache::make_room() const {
  struct Kept {
    fs::file_time_type used;
    std::uint64_t size;
    fs::path path;
  };
  std::vector<Kept> all;
  std::uint64_t bytes = 0;
  std::error_code failed;
  for (fs::directory_iterator at(folder_, failed), end; !failed && at != end; at.increment(failed)) {
    std::error_code gone;
    const Kept kept{at->last_write_time(gone), at->file_size(gone), at->path()};
    if (gone) continue;
    bytes += kept.size;
    all.push_back(kept);
  }
  std::sort(all.begin(), all.end(), [](const Kept& a, const Kept& b) { return a.used < b.used; });
  for (auto oldest = all.begin(); bytes > bytes_max_ && oldest != all.end(); ++oldest) {
    bytes -= oldest->size;
    fs::remove(oldest->path, failed);
  }
}

ImageHelper::Reader cached(ImageHelper::Reader reader, ImageCache cache, std::int64_t worth_ns) {
  const auto read = reader.image;
  reader.image = [read, cache, worth_ns](int fd, const std::string& path, DebugInfo where, const OutlineTold& told) {
    if (auto image = cache.find(fd, where)) {
      image->path = path;
      return std::move(*image);
    }
    const std::int64_t begin = monotonic_ns();
    Image image = read(fd, path, where, told);
    if (image.is_alone && monotonic_ns() - begin >= worth_ns) cache.keep(fd, where, image);
    return image;
  };
  return reader;
}

}  // namespace recount

// What reading an image found, kept between runs: a folder with a file for each.
//
//   ImageCache cache(folder, subject);              // subject: all that was asked for, as text
//   if (auto image = cache.find(fd, where)) ...     // read before, by this very recorder
//   cache.keep(fd, where, image);
//
// An image is known by its build id, its size and its section headers (strip leaves the build id as it is); without a build id, by
// its file: device, inode, size, and the times of its last change. Only what was read from the image, or from a debug file with
// its build id, is kept: what else there is (.dwo, dwz, debug files by their names alone) may come, go and change on its own. What is found is believed if every probe's byte is
// the one that stands in the image.
//
// Runs side by side share a folder: a file is written aside and renamed, and a reader that has it open keeps it. Above kBytesMax the
// files that nobody has used for longest are removed. The folder is the user's own, and no one else's to write to; else it is not
// used, and so it is when anything goes wrong: a cache saves time, and is never needed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tracer/image/image_helper.hpp"

namespace recount {

class ImageCache {
 public:
  static constexpr std::uint64_t kBytesMax = std::uint64_t{512} << 20;

  // $XDG_CACHE_HOME/recount, or ~/.cache/recount (XDG Base Directory Specification); empty if neither is an absolute path.
  static std::string default_folder();

  ImageCache(std::string folder, std::string subject, std::uint64_t bytes_max = kBytesMax);

  std::optional<Image> find(int fd, DebugInfo where) const;
  void keep(int fd, DebugInfo where, const Image& image) const;

 private:
  std::string file_for(int fd, DebugInfo where) const;
  bool make_folder() const;
  void make_room() const;

  std::string folder_;
  std::string subject_;
  std::uint64_t bytes_max_;
};

// Reads what the cache does not have, and keeps it if reading it took `worth_ns` or longer.
ImageHelper::Reader cached(ImageHelper::Reader reader, ImageCache cache, std::int64_t worth_ns = 2'000'000);

}  // namespace recount

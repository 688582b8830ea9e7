// Every program image of the run, each read once.
//
//   const StoredImage& image = store.of_process(tid);     // at an exec stop
//   image.id, image.bytes ...                             // what to plant, what a lift puts back
//
// An image is a file as it was when the run first saw it: the same path with another inode, size or time of change is
// another image. Ids and probe ids are given in the order in which images are first seen.
#pragma once

#include <sys/stat.h>

#include <map>
#include <memory>
#include <tuple>
#include <vector>

#include "schema/address_space.hpp"
#include "tracer/image_reader.hpp"
#include "tracer/process_memory.hpp"

namespace recount {

struct StoredImage {
  ImageId id{};
  Image image;
  std::shared_ptr<const ProbeTable> table;  // for the machine
  ProbeBytes bytes;                         // for the process's memory
};

class ImageStore {
 public:
  // Without coverage, images are named and not read.
  ImageStore(SourceFilter sources, bool coverage) : sources_(std::move(sources)), coverage_(coverage) {}

  struct Found {
    std::shared_ptr<const StoredImage> image;  // null: /proc/PID/exe could not be opened
    bool is_new = false;                       // this call read it
  };
  Found of_process(Tid tid, const std::string& path);

  const StoredImage& at(ImageId id) const { return *images_.at(raw(id) - 1); }
  std::uint8_t original(ProbeId probe) const;
  const std::vector<std::shared_ptr<const StoredImage>>& all() const noexcept { return images_; }

 private:
  using Identity = std::tuple<dev_t, ino_t, off_t, std::int64_t, std::int64_t>;
  static Identity identity_of(const struct stat& file);
  std::shared_ptr<const StoredImage> store(Image image);

  SourceFilter sources_;
  bool coverage_;
  std::map<Identity, std::shared_ptr<const StoredImage>> by_identity_;
  std::vector<std::shared_ptr<const StoredImage>> images_;
  std::uint32_t next_probe_ = 1;
};

}  // namespace recount

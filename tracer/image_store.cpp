#include "tracer/image_store.hpp"

#include <fcntl.h>

#include <algorithm>

#include "tracer/unique_fd.hpp"

namespace recount {

ImageStore::Identity ImageStore::identity_of(const struct stat& file) {
  const auto nanoseconds = [](const timespec& t) { return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec; };
  return {file.st_dev, file.st_ino, file.st_size, nanoseconds(file.st_mtim), nanoseconds(file.st_ctim)};
}

ImageStore::Found ImageStore::of_process(Tid tid, const std::string& path) {
  // The link itself is opened: it leads to the file that runs, even if that was deleted, replaced, or lies in another
  // mount namespace (proc(5)).
  const UniqueFd file(::open(("/proc/" + std::to_string(raw(tid)) + "/exe").c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (!file || ::fstat(file.get(), &info) != 0) return {};
  auto& known = by_identity_[identity_of(info)];
  if (known) return {known, false};
  Image image;
  if (coverage_) {
    image = read_image(file.get(), path, sources_);
  } else {
    image.path = path;
    image.reason = "coverage was switched off";
  }
  known = store(std::move(image));
  return {known, true};
}

std::shared_ptr<const StoredImage> ImageStore::store(Image image) {
  auto stored = std::make_shared<StoredImage>();
  auto table = std::make_shared<ProbeTable>();
  stored->id = table->image = ImageId{static_cast<std::uint32_t>(images_.size() + 1)};
  table->first = ProbeId{next_probe_};
  for (const ImageProbe& probe : image.probes) {
    table->addresses.push_back(probe.address);
    if (probe.original == 0xcc) table->own_int3.push_back(probe.address);
    stored->bytes.originals.push_back(probe.original);
  }
  stored->bytes.addresses = table->addresses;
  next_probe_ += static_cast<std::uint32_t>(image.probes.size());
  stored->table = std::move(table);
  stored->image = std::move(image);
  return images_.emplace_back(std::move(stored));
}

std::uint8_t ImageStore::original(ProbeId probe) const {
  const auto after = std::upper_bound(images_.begin(), images_.end(), probe,
                                      [](ProbeId id, const auto& image) { return id < image->table->first; });
  const StoredImage& image = **std::prev(after);
  return image.bytes.originals.at(raw(probe) - raw(image.table->first));
}

}  // namespace recount

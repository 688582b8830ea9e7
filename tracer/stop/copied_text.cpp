#include "tracer/stop/copied_text.hpp"

#include <algorithm>
#include <cstddef>
#include <span>

#include "tracer/base/x86_64.hpp"

namespace recount {
namespace {

using Bytes = std::vector<std::uint8_t>;
using View = std::span<const std::uint8_t>;

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kAround = 16;  // bytes that are looked at on either side
constexpr std::size_t kEnough = 8;     // that have to be the same

// The bytes beside the int3, as far as they lie on its page: those before it backwards, so that the nearest is the first.
struct Surroundings {
  Bytes before;
  Bytes after;
};

Bytes read_bytes(Tid tid, std::uint64_t start, std::uint64_t size, ProcessMemory& memory) {
  Bytes bytes(size);
  if (size == 0 || memory.read(tid, Address{start}, bytes) != 0) return {};
  return bytes;
}

Surroundings surroundings_of(Tid tid, Address address, ProcessMemory& memory) {
  const std::uint64_t at = raw(address), page = at / kPage * kPage;
  const std::uint64_t before = std::min(kAround, at - page), after = std::min(kAround, page + kPage - at - 1);
  Surroundings around{read_bytes(tid, at - before, before, memory), read_bytes(tid, at + 1, after, memory)};
  std::reverse(around.before.begin(), around.before.end());
  return around;
}

// One segment of an image as it is in the process, with the bytes that int3s of ours displace.
class Text {
 public:
  Text(Tid tid, const StoredImage& image, LoadBias bias, const ImageSegment& segment, ProcessMemory& memory)
      : start_(raw(segment.address)), bytes_(read_bytes(tid, raw(segment.address + bias), segment.size, memory)) {
    put_back(image.bytes);
    put_back(image.watch_bytes);
  }

  // How many bytes around that address are the same without a gap; an int3 in the copy may stand for any.
  std::size_t likeness(ImageAddress address, const Surroundings& around) const {
    const std::uint64_t at = raw(address) - start_;
    if (raw(address) < start_ || at >= bytes_.size()) return 0;
    std::size_t before = 0, after = 0;
    while (before < around.before.size() && before < at && same(around.before[before], bytes_[at - 1 - before]))
      ++before;
    while (after < around.after.size() && at + 1 + after < bytes_.size() &&
           same(around.after[after], bytes_[at + 1 + after]))
      ++after;
    return before + after;
  }

 private:
  static bool same(std::uint8_t copy, std::uint8_t original) { return copy == original || copy == arch::kInt3; }

  void put_back(const ProbeBytes& ours) {
    for (std::size_t i = 0; i < ours.addresses.size(); ++i) {
      const std::uint64_t at = raw(ours.addresses[i]) - start_;
      if (at < bytes_.size() && bytes_[at] == arch::kInt3) bytes_[at] = ours.originals[i];
    }
  }

  std::uint64_t start_;
  Bytes bytes_;
};

bool is_inside(Address address, const StoredImage& image, LoadBias bias) {
  return std::any_of(image.image.segments.begin(), image.image.segments.end(), [&](const ImageSegment& segment) {
    return raw(address) - raw(segment.address + bias) < segment.size;
  });
}

struct Best {
  std::size_t likeness = kEnough - 1;
  CopiedInt3 of;
  std::uint8_t original = 0;
  bool agreed = true;

  void consider(std::size_t found, CopiedInt3 id, std::uint8_t byte) {
    if (found < likeness || found < kEnough) return;
    agreed = found > likeness || (agreed && byte == original);
    likeness = found;
    of = id;
    original = byte;
  }
};

void search(Tid tid, const Surroundings& around, const StoredImage& image, LoadBias bias, ProcessMemory& memory,
            Best& best) {
  for (const ImageSegment& segment : image.image.segments) {
    const Text text(tid, image, bias, segment, memory);
    for (std::size_t i = 0; i < image.bytes.addresses.size(); ++i)
      best.consider(text.likeness(image.bytes.addresses[i], around),
                    {.probe = ProbeId{raw(image.table->first) + static_cast<std::uint32_t>(i)}},
                    image.bytes.originals[i]);
    for (std::size_t i = 0; i < image.image.watches.size(); ++i)
      if (const ImageWatch& watch = image.image.watches[i]; is_of_way(watch.watch.kind))
        best.consider(text.likeness(watch.watch.address, around),
                      {.watch = WatchId{raw(image.table->first_watch) + static_cast<std::uint32_t>(i)}},
                      watch.original());
  }
}

}  // namespace

CopiedInt3 copied_int3(Tid tid, Address address, const std::vector<Placed>& placed, const ImageStore& images,
                       ProcessMemory& memory) {
  for (const Placed image : placed)
    if (is_inside(address, images.at(image.image), image.bias)) return {};
  const Surroundings around = surroundings_of(tid, address, memory);
  Best best;
  for (const Placed image : placed) search(tid, around, images.at(image.image), image.bias, memory, best);
  return best.agreed ? best.of : CopiedInt3();
}

}  // namespace recount

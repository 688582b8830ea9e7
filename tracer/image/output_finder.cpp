#include "tracer/image/output_finder.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

namespace recount {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint64_t kPage = 4096;

// Of calls whose first three arguments are a descriptor, bytes or an iovec, and how many (syscalls(2), x86-64).
constexpr std::array kCalls{
    std::pair{1, WatchKind::write},                                       // write
    std::pair{18, WatchKind::write},                                      // pwrite64
    std::pair{44, WatchKind::write},                                      // sendto
    std::pair{20, WatchKind::writev}, std::pair{296, WatchKind::writev},  // pwritev
};

constexpr std::array<std::uint8_t, 8> kCallAndTest{0x0f, 0x05, 0x48, 0x3d, 0x00, 0xf0, 0xff, 0xff};
constexpr std::size_t kMov = 5, kCall = 2, kTest = 6;  // bytes of the three instructions

struct Site {
  std::uint64_t test;  // the address of the comparison
  WatchKind kind;
};

std::optional<WatchKind> kind_of_call(std::span<const std::uint8_t> mov) {
  if (mov[0] != 0xb8) return std::nullopt;  // mov $imm32, %eax
  std::int32_t number = 0;
  std::memcpy(&number, &mov[1], sizeof number);
  const auto* const call =
      std::find_if(kCalls.begin(), kCalls.end(), [number](const auto& entry) { return entry.first == number; });
  return call == kCalls.end() ? std::nullopt : std::optional(call->second);
}

std::vector<Site> sites_in(std::uint64_t start, std::span<const std::uint8_t> bytes) {
  std::vector<Site> sites;
  auto at = bytes.begin();
  while ((at = std::search(at, bytes.end(), kCallAndTest.begin(), kCallAndTest.end())) != bytes.end()) {
    const auto offset = static_cast<std::size_t>(at - bytes.begin());
    if (offset >= kMov)
      if (const auto kind = kind_of_call(bytes.subspan(offset - kMov, kMov)))
        sites.push_back({start + offset + kCall, *kind});
    at += kCall;
  }
  return sites;
}

// The bytes behind a segment that its last page brings along, if the file has nothing there.
std::uint64_t room_behind(int fd, const ImageSegment& segment) {
  const std::uint64_t end = segment.offset + segment.size;
  if (raw(segment.address) % kPage != segment.offset % kPage) return 0;
  std::array<std::uint8_t, kPage> rest{};
  const std::uint64_t size = (kPage - end % kPage) % kPage;
  const ssize_t there = ::pread(fd, rest.data(), size, static_cast<off_t>(end));
  if (there < 0 || std::any_of(rest.begin(), rest.end(), [](std::uint8_t byte) { return byte != 0; })) return 0;
  return size;
}

void add_distance(Bytes& code, std::uint64_t from, std::uint64_t to) {
  const auto distance = static_cast<std::uint32_t>(to - (from + 4));
  for (int byte = 0; byte < 4; ++byte) code.push_back(static_cast<std::uint8_t>(distance >> (8 * byte)));
}

constexpr std::size_t kTrapAt = 10;  // of the code below
constexpr std::size_t kCodeSize = 22;

// cmp $1, %edi; je trap; cmp $2, %edi; jne done; trap: nop, or our int3; done: the comparison; jmp back.
Bytes test_of_descriptor(std::uint64_t at, const Bytes& original, std::uint64_t back) {
  Bytes code{0x83, 0xff, 0x01, 0x74, 0x05, 0x83, 0xff, 0x02, 0x75, 0x01, 0x90};
  code.insert(code.end(), original.begin(), original.end());
  code.push_back(0xe9);
  add_distance(code, at + code.size(), back);
  return code;
}

Bytes jump_to(std::uint64_t from, std::uint64_t to) {
  Bytes jump{0xe9};
  add_distance(jump, from + 1, to);
  jump.push_back(0x90);
  return jump;
}

void add_site(const Site& site, std::uint64_t& room_at, std::uint64_t room_end, Image& image) {
  const Bytes original(kCallAndTest.begin() + kCall, kCallAndTest.end());
  ImageWatch watch{{ImageAddress{site.test}, site.kind}, original, {}};
  if (room_end - room_at >= kCodeSize) {
    const std::uint64_t back = site.test + kTest;
    image.detours.push_back({ImageAddress{site.test}, original, jump_to(site.test, room_at), ImageAddress{room_at},
                             test_of_descriptor(room_at, original, back)});
    watch.watch.address = ImageAddress{room_at + kTrapAt};
    watch.resume = ImageAddress{back};
    room_at += kCodeSize;
  }
  image.watches.push_back(std::move(watch));
}

}  // namespace

void find_output(const CodeBytes& code, int fd, Image& image) {
  for (const ImageSegment& segment : image.segments) {
    const auto sites = sites_in(raw(segment.address), code.from(raw(segment.address)));
    if (sites.empty()) continue;
    std::uint64_t room_at = raw(segment.address) + segment.size;
    const std::uint64_t room_end = room_at + room_behind(fd, segment);
    for (const Site& site : sites) add_site(site, room_at, room_end, image);
  }
  std::sort(image.watches.begin(), image.watches.end(),
            [](const ImageWatch& a, const ImageWatch& b) { return a.watch.address < b.watch.address; });
}

}  // namespace recount

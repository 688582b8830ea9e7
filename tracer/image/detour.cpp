#include "tracer/image/detour.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

namespace recount {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint8_t kNop = 0x90;

// How many bytes the last page brings along, if the file has nothing there.
std::uint64_t room_behind(int fd, const ImageSegment& segment) {
  const std::uint64_t end = segment.offset + segment.size;
  if (raw(segment.address) % kPage != segment.offset % kPage) return 0;
  std::array<std::uint8_t, kPage> rest{};
  const std::uint64_t size = (kPage - end % kPage) % kPage;
  const ssize_t there = ::pread(fd, rest.data(), size, static_cast<off_t>(end));
  if (there < 0 || std::any_of(rest.begin(), rest.end(), [](std::uint8_t byte) { return byte != 0; })) return 0;
  return size;
}

}  // namespace

std::vector<Room> rooms_of(int fd, const std::vector<ImageSegment>& segments) {
  std::vector<Room> rooms;
  for (const ImageSegment& segment : segments) {
    const std::uint64_t start = raw(segment.address), end = start + segment.size;
    rooms.push_back({start, end, end + room_behind(fd, segment)});
  }
  return rooms;
}

void Assembler::put_word(std::uint32_t word) {
  for (int byte = 0; byte < 4; ++byte) bytes_.push_back(static_cast<std::uint8_t>(word >> (8 * byte)));
}

Trap Assembler::put_trap(WatchKind kind) {
  const Trap trap{here(), kind};
  put({kNop});
  return trap;
}

void Assembler::jump(std::uint64_t to) {
  put({kJumpOpcode});
  put_word(static_cast<std::uint32_t>(to - (here() + 4)));
}

std::size_t Assembler::branch(std::uint8_t opcode) {
  put({opcode, 0});
  return bytes_.size();
}

bool add_detour(const Instructions& displaced, const Assembler& code, const std::vector<Trap>& traps,
                const Instructions& done, Room& room, Image& image) {
  if (code.here() > room.end) return false;
  Assembler jump(displaced.at);
  jump.jump(room.at);
  MachineCode as_long = jump.bytes();
  as_long.resize(displaced.bytes.size(), kNop);
  image.detours.push_back({ImageAddress{displaced.at}, displaced.bytes, as_long, ImageAddress{room.at}, code.bytes()});
  for (const Trap& trap : traps)
    image.watches.push_back({{ImageAddress{trap.at}, trap.kind}, done.bytes, ImageAddress{done.at}});
  room.at = code.here();
  return true;
}

void sort_watches(Image& image) {
  std::sort(image.watches.begin(), image.watches.end(),
            [](const ImageWatch& a, const ImageWatch& b) { return a.watch.address < b.watch.address; });
}

}  // namespace recount

// Code of ours in the image, where the file has nothing: the unused bytes behind a segment, on its last page. Nothing is mapped for
// it. Instructions of the image become a jump there (image.hpp, ImageDetour); the code does them, and jumps back.
//
// It tests what the program is about to do, so that only what is looked for comes to one of its traps. A trap is a nop, or an int3 of
// ours while its watch is in place: without it the program does what it does untraced.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "tracer/image/call_window.hpp"
#include "tracer/image/image.hpp"

namespace recount {

// The unused bytes behind a segment, from the first that is still free. Empty if there are none.
struct Room {
  std::uint64_t start;  // of the segment
  std::uint64_t at, end;
};

std::vector<Room> rooms_of(int fd, const std::vector<ImageSegment>& segments);  // one each

// What stands there, and where.
struct Instructions {
  std::uint64_t at;
  MachineCode bytes;
};

// Where a detour is to stop.
struct Trap {
  std::uint64_t at;
  WatchKind kind;
};

constexpr std::uint8_t kIfEqual = 0x74, kUnlessEqual = 0x75, kAlways = 0xeb;  // jumps of 8 bits

class Assembler {
 public:
  explicit Assembler(std::uint64_t at) : at_(at) {}

  std::uint64_t here() const { return at_ + bytes_.size(); }
  void put(std::initializer_list<std::uint8_t> bytes) { bytes_.insert(bytes_.end(), bytes); }
  void put(const MachineCode& bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  void put_word(std::uint32_t word);
  Trap put_trap(WatchKind kind);
  void jump(std::uint64_t to);
  // A conditional jump, forward, of which land() says where it leads.
  std::size_t branch(std::uint8_t opcode);
  void land(std::size_t branch) { bytes_[branch - 1] = static_cast<std::uint8_t>(bytes_.size() - branch); }
  void land(const std::vector<std::size_t>& branches) {
    for (const std::size_t each : branches) land(each);
  }

  const MachineCode& bytes() const { return bytes_; }

 private:
  std::uint64_t at_;
  MachineCode bytes_;
};

// False: there is no room for it. `done`: what is done for a task that was stopped at one of the traps. The watches are no
// longer in order then.
bool add_detour(const Instructions& displaced, const Assembler& code, const std::vector<Trap>& traps,
                const Instructions& done, Room& room, Image& image);

void sort_watches(Image& image);

}  // namespace recount

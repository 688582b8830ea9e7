// Walks the stack of a thread by the call frame information of the images in its process (.eh_frame; libdwfl), and where there
// is none by the frame pointer.
//
//   StackWalk walk(images, read);                             // images: ascending by start
//   for (const StackPlace& place : walk.from(registers, 64)) ...
//
// The images and the memory may be anything: this belongs into a process of its own. A pc that lies in no image is taken for
// one that was just called (a null function pointer): the walk goes on where the top of the stack says.
#pragma once

#include <elfutils/libdwfl.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "tracer/crash/crash_messages.hpp"

namespace recount {

struct StackPlace {
  std::uint64_t pc = 0;
  bool is_return = false;  // it is the address behind a call
};

struct WalkedImage {
  std::uint64_t start = 0, end = 0;
  std::function<Elf*()> open;  // null if it can't be read; the caller of libelf's elf_end
};

class StackWalk {
 public:
  using Read = std::function<bool(std::uint64_t address, void* bytes, std::size_t size)>;
  StackWalk(std::vector<WalkedImage> images, Read read);
  ~StackWalk();
  StackWalk(const StackWalk&) = delete;
  StackWalk& operator=(const StackWalk&) = delete;

  std::vector<StackPlace> from(const StackRegisters& registers, std::size_t places_max);
  // What to take from an address of the process to get one of the image, once it was opened here; nothing: it can't be read.
  std::optional<std::uint64_t> bias_at(std::uint64_t address);

 private:
  struct Callbacks;
  bool is_in_image(std::uint64_t address) const;
  StackRegisters returned(StackRegisters registers);
  bool read_word(std::uint64_t address, std::uint64_t& word) const;

  std::vector<WalkedImage> images_;
  Read read_;
  Dwfl* dwfl_ = nullptr;
  StackRegisters registers_;  // of the thread that is walked
};

}  // namespace recount

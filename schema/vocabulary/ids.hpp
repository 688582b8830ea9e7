// The nouns of a recording, each with a type of its own.
//
// The kernel reuses process and thread numbers, so a recording has its own: they start at 1, are given in the order
// in which things are first seen, and are never given twice. 0 is none.
//
// Two kinds of address are two types: an Address is where a byte stands in a traced process, an ImageAddress is where
// the ELF file says that it stands (p_vaddr, st_value, the addresses of DWARF). Address = ImageAddress + LoadBias.
#pragma once

#include <cstdint>
#include <type_traits>

namespace recount {

enum class Tid : std::int32_t {};       // the kernel's thread id, as the recorder's pid namespace sees it
enum class Utid : std::uint32_t {};     // one thread, from its birth to its end
enum class Upid : std::uint32_t {};     // one process, from its birth to its end, whatever it execs
enum class ExecId : std::uint32_t {};   // one successful exec: from there on another program runs in the process
enum class ImageId : std::uint32_t {};  // one ELF file, as it was when the run first saw it
enum class ProbeId : std::uint32_t {};  // one address of one image where a source line starts

enum class WatchId : std::uint32_t {};  // one address of one image at which an int3 stays

enum class AnnexId : std::uint32_t {};  // memory of ours in a process, counted from 1; a replay counts again

enum class Address : std::uint64_t {};
enum class ImageAddress : std::uint64_t {};
enum class LoadBias : std::uint64_t {};

// A timer that the tracer sets, and that runs out.
enum class Timer : std::uint8_t {
  timeout = 1,  // the whole run has taken too long
  orphans = 2,  // the root has ended, and what it left behind goes on
  claim = 3,    // a new task reported, but nobody has reported to be its parent
  stop = 4,     // the root has been stopped, or the recorder continued, for a moment
  attach = 5,   // a process that is attached to may stand still no longer
  flags = 6,    // flags may have been set since, and their jumps be of no more use
};

using Seq = std::uint64_t;  // position in the log: 1, 2, 3, ... without gaps

template <typename E>
constexpr auto raw(E id) noexcept {
  static_assert(std::is_enum_v<E>);
  return static_cast<std::underlying_type_t<E>>(id);
}

constexpr Address operator+(ImageAddress address, LoadBias bias) noexcept {
  return Address{raw(address) + raw(bias)};  // wraps as the loader's own arithmetic does
}
constexpr ImageAddress operator-(Address address, LoadBias bias) noexcept {
  return ImageAddress{raw(address) - raw(bias)};
}
constexpr LoadBias operator-(Address address, ImageAddress in_image) noexcept {
  return LoadBias{raw(address) - raw(in_image)};
}

}  // namespace recount

// Why a process aborts, as its memory has it, whether or not anybody keeps what it prints.
//
//   LastWords words(word, read, symbols);
//   const std::string text = words.of_abort();             // "main.c:4: main: Assertion `n > 0' failed."
//   const std::string text = words.of_exception(stack_pointer);   // "uncaught std::out_of_range: vector::_M_range_check: ..."
//
// glibc: __abort_msg (GLIBC_PRIVATE), which assert(3) and the checks of its heap and of stacks fill before they abort: the size of what was
// mapped for it, then the text (assert/assert.c, sysdeps/posix/libc_fatal.c, glibc 2.36).
//
// C++ (Itanium C++ ABI: Exception Handling, 2.2; libstdc++ and libc++abi lay it out alike, but for pointers of 32 bits): std::terminate() has been
// called with a pointer to the exception's header on the stack. The type stands 80 bytes before that header's unwind part, of 32 bits 48, and
// what was thrown 32 bytes behind its begin. The text of std::runtime_error and std::logic_error, and of what is derived from them alone, stands behind the
// object's first pointer. A what() of the program's own can't be called, and is not told.
//
// The memory may hold anything: this belongs into a process of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recount {

class LastWords {
 public:
  using Read = std::function<bool(std::uint64_t address, void* bytes, std::size_t size)>;
  using Symbols = std::function<std::vector<std::uint64_t>(const std::string& name)>;  // where the images define it
  // `word`: bytes of a pointer.
  LastWords(std::size_t word, Read read, Symbols symbols)
      : word_(word), read_(std::move(read)), symbols_(std::move(symbols)) {}

  // Each is empty if there is nothing like it.
  std::string of_abort() const;
  std::string of_exception(std::uint64_t stack_pointer) const;

 private:
  std::optional<std::uint64_t> word_at(std::uint64_t address) const;
  std::string text_at(std::uint64_t address, std::size_t size_max) const;  // up to a NUL
  std::string name_of_type(std::uint64_t type) const;                      // mangled
  bool has_message(std::uint64_t type) const;
  std::string told_by(std::uint64_t type, std::uint64_t object) const;

  std::uint64_t word_;
  Read read_;
  Symbols symbols_;
};

}  // namespace recount

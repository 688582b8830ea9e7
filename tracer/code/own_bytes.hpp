// Bytes of code that the program itself reads or rewrites, as far as its file tells: no int3 may stand there.
//
//   signatures     clang's -fsanitize=function, up to clang 16: a jump over 2 + 4 bytes at a function's entry, which callers read
//   patchable      -fpatchable-function-entry, ms_hook_prologue, hot patching: instructions that do nothing, at a function's entry
//   recorded       __mcount_loc (-mrecord-mcount): a call or a nop, each named there
//   sleds          xray_instr_map: a jump over nops at an entry or a tail call, a return with nops behind it
//
// Whoever comes to such bytes goes on behind them, so what begins there can be told of there. Not behind a return.
#pragma once

#include <libelf.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "tracer/elf/elf_file.hpp"

namespace recount {

// Of the signature that these bytes begin with, its jump included; 0: there is none.
std::size_t signature_size(std::span<const std::uint8_t> code) noexcept;

class OwnBytes {
 public:
  struct Place {
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    bool goes_on = true;  // at `end`; else it returns
  };

  // `functions`: where functions begin.
  OwnBytes(Elf* program, const CodeBytes& code, const std::vector<std::uint64_t>& functions);

  std::optional<Place> at(std::uint64_t address) const;

 private:
  void add(std::uint64_t start, std::uint64_t end, bool goes_on = true);
  void add_entry(std::uint64_t function);
  void add_idle(std::uint64_t start);
  void add_recorded(std::uint64_t address);
  void add_sled(std::uint64_t address);
  void add_sleds(Elf* program);

  const CodeBytes& code_;
  std::map<std::uint64_t, Place> places_;  // by start
};

}  // namespace recount

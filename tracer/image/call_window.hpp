// A stretch of machine code of 64 bits around a system call, decoded, and what of it a jump of 32 bits may take the place of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "tracer/code/decoded_code.hpp"

namespace recount {

using MachineCode = std::vector<std::uint8_t>;
using CodeView = std::span<const std::uint8_t>;

constexpr std::size_t kCallSize = 5, kJumpSize = 5;  // with a distance of 32 bits
constexpr std::int64_t kStackWord = 8;
constexpr std::uint8_t kCallOpcode = 0xe8, kJumpOpcode = 0xe9;

struct Instruction {
  std::size_t at;  // offset in the code
  DecodedCode code;
  std::int64_t depth;  // bytes pushed before it, taken in the order of the addresses

  std::size_t end() const { return at + code.head.length; }
};

const MachineCode kSyscall{0x0f, 0x05};

std::vector<std::size_t> places_of(const MachineCode& wanted, CodeView code);  // offsets

// Those from `first` up to `end`, or to what can't be decoded.
std::vector<Instruction> instructions_of(CodeView code, std::size_t first, std::size_t end);

// The instruction at `at` and those around it. Where the first of them begins is guessed: code falls into step soon.
std::vector<Instruction> instructions_around(CodeView code, std::size_t at);

// Offsets in the code, of what an instruction with a distance of 32 bits leads from and to.
struct Lead {
  std::size_t from, to;
};

// Of those with this opcode, of one byte. Some may be the inside of other instructions.
std::vector<Lead> leads_of(CodeView code, std::uint8_t opcode);

// Whether a branch among them leads behind `first` and before `end`.
bool leads_between(std::span<const Instruction> around, std::size_t first, std::size_t end);

// What stands at an address, can be done for a task, and can be done somewhere else instead.
struct Displaceable {
  std::uint64_t at = 0;
  MachineCode instructions;  // whole ones
  std::size_t room = 0;      // bytes of them and of the padding behind them
  std::optional<std::uint64_t>
      calls;  // the last one is a call of this address, of 5 bytes; else all do the same elsewhere
};

// From `first` on. Nothing, if they are not known to do the same elsewhere, or a branch leads between them.
std::optional<Displaceable> displaceable(CodeView code, std::uint64_t start, std::span<const Instruction> around,
                                         std::size_t first);

// Where the number of a call stands behind it.
struct CallNumber {
  MachineCode operand;    // ModRM, SIB and displacement
  bool is_upper = false;  // it is one of the registers r8 to r15, and takes REX.B
};

// Where a call has been made: its first three arguments and its result are in their registers.
struct CallSite {
  Displaceable displaced;                         // behind the call
  std::variant<std::int32_t, CallNumber> number;  // what it always is, or where it stands
  MachineCode next;  // not empty: the call is displaced itself, and this stands behind what is displaced
};

// `mov` or `movslq` of one register to another: which; nothing, if it is something else.
struct RegisterMove {
  ZydisRegister to, from;  // of 64 bits
};
std::optional<RegisterMove> register_move(const DecodedCode& code);

// Those of them that are before `at`, the nearest first.
std::vector<Instruction> before(const std::vector<Instruction>& around, std::size_t at);

// What a register was set to last: a number, or what another one holds.
struct Setting {
  std::size_t nth = 0;  // of the instructions
  std::optional<std::int32_t> number;
  std::optional<ZydisRegister> copy_of;
};

// Nothing: in some other way, or what leads there does not pass all of them. `nearest` are the instructions before, the nearest first.
std::optional<Setting> setting_of(ZydisRegister whole, std::span<const Instruction> nearest);

// The number that the nth of them puts into a register, by itself or as `push NUMBER; pop`.
std::optional<std::int32_t> number_set_by(std::span<const Instruction> nearest, std::size_t nth);

}  // namespace recount

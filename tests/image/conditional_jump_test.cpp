// Where a conditional jump leads by the flags: as the processor says it (SETcc has the conditions of Jcc, Intel SDM, volume 2).
#include <array>
#include <vector>

#include "tests/support/catch.hpp"

#include "tracer/code/conditional_jump.hpp"
#include "tracer/code/displaced_instruction.hpp"

namespace recount::test {
namespace {

using Code = std::vector<std::uint8_t>;

template <typename Set>
bool holds(std::uint64_t flags, Set set) {
  bool is_set = false;
  set(flags, is_set);
  return is_set;
}

#define RECOUNT_SET(condition)                                                                                    \
  [](std::uint64_t flags, bool& is_set) {                                                                         \
    __asm__ volatile("lea -128(%%rsp), %%rsp\n\tpush %1\n\tpopfq\n\tset" condition " %0\n\tlea 128(%%rsp), %%rsp" \
                     : "=r"(is_set)                                                                               \
                     : "r"(flags)                                                                                 \
                     : "cc", "memory");                                                                           \
  }

constexpr std::array<void (*)(std::uint64_t, bool&), 16> kConditions{
    RECOUNT_SET("o"),  RECOUNT_SET("no"), RECOUNT_SET("b"),  RECOUNT_SET("ae"), RECOUNT_SET("e"), RECOUNT_SET("ne"),
    RECOUNT_SET("be"), RECOUNT_SET("a"),  RECOUNT_SET("s"),  RECOUNT_SET("ns"), RECOUNT_SET("p"), RECOUNT_SET("np"),
    RECOUNT_SET("l"),  RECOUNT_SET("ge"), RECOUNT_SET("le"), RECOUNT_SET("g")};

#undef RECOUNT_SET

// Carry, parity, zero, sign and overflow in every combination; the bit that is always set.
std::vector<std::uint64_t> all_flags() {
  std::vector<std::uint64_t> all{0x2};
  for (const std::uint64_t flag : {0x1, 0x4, 0x40, 0x80, 0x800})
    for (std::size_t i = all.size(); i-- > 0;) all.push_back(all[i] | flag);
  return all;
}

TEST_CASE("each condition holds by the flags for which it holds in the processor") {
  for (std::uint8_t condition = 0; condition < kConditions.size(); ++condition)
    for (const std::uint64_t flags : all_flags()) {
      INFO("condition " << int{condition} << ", flags " << flags);
      const bool expected = holds(flags, kConditions[condition]);
      CHECK(is_taken(Code{static_cast<std::uint8_t>(0x70 + condition), 5}, flags) == expected);
      CHECK(is_taken(Code{0x0f, static_cast<std::uint8_t>(0x80 + condition), 5, 0, 0, 0}, flags) == expected);
    }
}

TEST_CASE("a jump leads from behind it as far as it says, forward or back") {
  CHECK(distance_of(Code{0x74, 0x7f}) == 127);
  CHECK(distance_of(Code{0x74, 0x80}) == -128);
  CHECK(distance_of(Code{0x0f, 0x84, 0xff, 0xff, 0xff, 0xff}) == -1);
  CHECK(distance_of(Code{0x0f, 0x84, 0x00, 0x01, 0x00, 0x80}) == -2147483392);
}

TEST_CASE("other jumps, and conditional ones with a prefix, are none") {
  CHECK(is_conditional_jump(Code{0x75, 0x10}));
  CHECK(is_conditional_jump(Code{0x0f, 0x8f, 1, 2, 3, 4}));
  for (const Code& other : {Code{0xeb, 0x10}, Code{0xe9, 1, 2, 3, 4}, Code{0xe3, 0x10}, Code{0xe2, 0x10},
                            Code{0x3e, 0x74, 0x10}, Code{0x0f, 0x94, 1, 2, 3, 4}, Code{}})
    CHECK_FALSE(is_conditional_jump(other));
}

// A task is reported behind the int3, which is the first byte of the jump.
TEST_CASE("a displaced jump is done for the task") {
  const TaskMemory none{};
  arch::Registers registers{};
  registers.rip = 0x1001;
  registers.eflags = 0x40;
  CHECK(do_instruction(Code{0x74, 0x10}, registers, none) == 0);
  CHECK(registers.rip == 0x1012);
  registers.rip = 0x1001;
  CHECK(do_instruction(Code{0x75, 0x10}, registers, none) == 0);
  CHECK(registers.rip == 0x1002);
  registers.rip = 0x1001;
  CHECK(do_instruction(Code{0x0f, 0x84, 0xf0, 0xff, 0xff, 0xff}, registers, none) == 0);
  CHECK(registers.rip == 0xff6);
}

}  // namespace
}  // namespace recount::test

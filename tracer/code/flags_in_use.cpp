#include "tracer/code/flags_in_use.hpp"

#include <set>
#include <utility>

#include "tracer/code/decoded_code.hpp"

namespace recount {
namespace {

constexpr ZydisAccessedFlagsMask kAsked =
    ZYDIS_CPUFLAG_OF | ZYDIS_CPUFLAG_SF | ZYDIS_CPUFLAG_ZF | ZYDIS_CPUFLAG_AF | ZYDIS_CPUFLAG_PF;
constexpr std::size_t kBlocksMax = 32;

// A shift by no bits, and a repetition of no rounds, leave them as they are.
bool may_leave_them(const DecodedCode& at) {
  switch (at.head.meta.category) {
    case ZYDIS_CATEGORY_SHIFT:
    case ZYDIS_CATEGORY_ROTATE:
    case ZYDIS_CATEGORY_STRINGOP: return true;
    default: return (at.head.attributes & (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE)) != 0;
  }
}

class Search {
 public:
  Search(const ControlFlow& flow, const CodeBytes& code) : flow_(flow), code_(code) {}

  bool finds_reader(std::uint64_t address, ZydisAccessedFlagsMask left) {
    const std::uint32_t number = flow_.block_at(address);
    if (number == ControlFlow::kNone) return true;
    const ControlFlow::Block& block = flow_.blocks()[number];
    if (block.doubtful || seen_.size() > kBlocksMax) return true;
    bool calls = false;
    while (address < block.end) {
      DecodedCode at;
      if (!decode(code_.from(address), arch::Mode::bits64, at)) return true;
      if (at.head.meta.category == ZYDIS_CATEGORY_CALL || at.head.meta.category == ZYDIS_CATEGORY_RET) return false;
      if (const ZydisAccessedFlags* const flags = at.head.cpu_flags) {
        if ((flags->tested & left) != 0) return true;
        if (!may_leave_them(at)) left &= ~(flags->modified | flags->set_0 | flags->set_1 | flags->undefined);
      }
      if (left == 0) return false;
      calls = is_tail_call(at, address);
      address += at.head.length;
    }
    if (block.leaves) return !calls;
    return is_read_behind(block, left);
  }

 private:
  // A jump to where an address in memory says, or to a stub of the procedure linkage table, which is such a jump: a function begins there.
  bool is_tail_call(const DecodedCode& at, std::uint64_t address) const {
    if (at.head.mnemonic != ZYDIS_MNEMONIC_JMP) return false;
    const auto target = target_of(at, address, arch::Mode::bits64);
    return target ? is_stub(*target) : is_by_name(at);
  }

  static bool is_by_name(const DecodedCode& at) {
    const auto operands = at.visible();
    return operands.size() == 1 && operands[0].type == ZYDIS_OPERAND_TYPE_MEMORY &&
           operands[0].mem.base == ZYDIS_REGISTER_RIP && operands[0].mem.index == ZYDIS_REGISTER_NONE;
  }

  bool is_stub(std::uint64_t address) const {
    DecodedCode at;
    if (!decode(code_.from(address), arch::Mode::bits64, at)) return false;
    if (at.head.mnemonic != ZYDIS_MNEMONIC_ENDBR64) return at.head.mnemonic == ZYDIS_MNEMONIC_JMP && is_by_name(at);
    return decode(code_.from(address + at.head.length), arch::Mode::bits64, at) &&
           at.head.mnemonic == ZYDIS_MNEMONIC_JMP && is_by_name(at);
  }

  bool is_read_behind(const ControlFlow::Block& block, ZydisAccessedFlagsMask left) {
    bool leads_on = false;
    for (const std::uint32_t next : block.next) {
      if (next == ControlFlow::kNone) continue;
      leads_on = true;
      if (seen_.emplace(next, left).second && finds_reader(flow_.blocks()[next].start, left)) return true;
    }
    return !leads_on;
  }

  const ControlFlow& flow_;
  const CodeBytes& code_;
  std::set<std::pair<std::uint32_t, ZydisAccessedFlagsMask>> seen_;
};

}  // namespace

bool are_flags_in_use(const ControlFlow& flow, const CodeBytes& code, std::uint64_t address) {
  return Search(flow, code).finds_reader(address, kAsked);
}

}  // namespace recount

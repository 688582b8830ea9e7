#include "tracer/image/musl_calls.hpp"

#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "tracer/code/displaced_instruction.hpp"

namespace recount {
namespace {

using IsWrite = std::function<bool(std::int32_t)>;

constexpr std::uint8_t kRet = 0xc3;
constexpr std::size_t kNear = 512;  // bytes before a call, where its number can stand
constexpr std::array kKept{ZYDIS_REGISTER_RBX, ZYDIS_REGISTER_RBP, ZYDIS_REGISTER_R12,
                           ZYDIS_REGISTER_R13, ZYDIS_REGISTER_R14, ZYDIS_REGISTER_R15};  // by a function that is called

// The number and the arguments of a call, as a function gets them, go where the kernel takes them from.
constexpr std::array kMoves{
    std::pair{ZYDIS_REGISTER_RAX, ZYDIS_REGISTER_RDI}, std::pair{ZYDIS_REGISTER_R10, ZYDIS_REGISTER_R8},
    std::pair{ZYDIS_REGISTER_RDI, ZYDIS_REGISTER_RSI}, std::pair{ZYDIS_REGISTER_R8, ZYDIS_REGISTER_R9},
    std::pair{ZYDIS_REGISTER_RSI, ZYDIS_REGISTER_RDX}, std::pair{ZYDIS_REGISTER_RDX, ZYDIS_REGISTER_RCX}};

bool is_kept(ZydisRegister whole) { return std::find(kKept.begin(), kKept.end(), whole) != kKept.end(); }

bool is_set_to(std::int32_t number, ZydisRegister whole, const std::vector<Instruction>& nearest) {
  for (std::size_t i = 0; i < nearest.size(); ++i)
    if (writes_to(nearest[i].code, whole) && number_set_by(nearest, i) == number) return true;
  return false;
}

// What is displaced behind a call of the kernel ends with a call of ours: that needs a register that nothing there is kept in.
bool uses_rcx(CodeView instructions) {
  for (std::size_t at = 0; at < instructions.size();) {
    DecodedCode code;
    if (!decode(instructions.subspan(at), arch::Mode::bits64, code)) return true;
    const auto operands = code.visible();
    if (std::any_of(operands.begin(), operands.end(), [](const ZydisDecodedOperand& operand) {
          return names(operand, ZYDIS_REGISTER_RCX) ||
                 (operand.type == ZYDIS_OPERAND_TYPE_MEMORY &&
                  (operand.mem.base == ZYDIS_REGISTER_RCX || operand.mem.index == ZYDIS_REGISTER_RCX));
        }))
      return true;
    at += code.head.length;
  }
  return false;
}

class Finder {
 public:
  Finder(std::uint64_t start, CodeView code, const IsWrite& is_write)
      : start_(start), code_(code), is_write_(is_write), system_calls_(places_of(kSyscall, code)) {}

  CallSites find() {
    const bool by_assembly = find_assembly(), by_function = find_function();
    if (!by_assembly && !by_function) return {};
    for (const std::size_t at : system_calls_) add_own(at);
    return std::move(found_);
  }

 private:
  bool add(std::variant<std::int32_t, CallNumber> number, std::size_t behind, const std::vector<Instruction>& around) {
    if (!seen_.insert(behind).second) return true;
    auto displaced = displaceable(code_, start_, around, behind);
    if (!displaced || (displaced->calls && uses_rcx(displaced->instructions))) return false;
    found_.calls.push_back({std::move(*displaced), std::move(number), {}});
    return true;
  }

  static CallNumber number_in(ZydisRegister whole) {
    const auto id = static_cast<std::uint8_t>(ZydisRegisterGetId(whole));
    constexpr std::uint8_t kDirect = 0xc0, kLow = 7;
    return {{static_cast<std::uint8_t>(kDirect | (id & kLow))}, id > kLow};
  }

  // True: there is a function that calls the assembly. It makes the same calls itself as well.
  bool find_assembly() {
    const auto assembly = cancellable_call(code_);
    if (!assembly) return false;
    bool has_call = false, has_own = false;
    for (const Lead& call : leads_of(code_, kCallOpcode)) {
      if (!leads_to_cancellable_call(call, *assembly)) continue;
      const auto around = instructions_around(code_, call.from);
      const auto number = setting_of(ZYDIS_REGISTER_RSI, before(around, call.from));
      if (!number || !number->copy_of || !is_kept(*number->copy_of)) continue;
      has_call = add(number_in(*number->copy_of), call.from + kCallSize, around);
      for (const Instruction& each : around)
        if (each.code.head.mnemonic == ZYDIS_MNEMONIC_SYSCALL) has_own |= add_shared(each.at, *number->copy_of);
    }
    found_.is_read = has_call && has_own;
    return true;
  }

  bool add_shared(std::size_t at, ZydisRegister kept) {
    const auto around = instructions_around(code_, at);
    const auto number = setting_of(ZYDIS_REGISTER_RAX, before(around, at));
    return number && number->copy_of == kept &&
           (add(number_in(kept), at + kSyscall.size(), around) || add_with_call(kept, at, around));
  }

  // Where a short jump stands behind the call. What takes the number to rax stands before it, and is as long as is needed.
  bool add_with_call(ZydisRegister kept, std::size_t at, const std::vector<Instruction>& around) {
    const auto move =
        std::find_if(around.begin(), around.end(), [at](const Instruction& each) { return each.end() == at; });
    if (move == around.end() || move->at + kJumpSize != at + kSyscall.size() || move + 2 >= around.end()) return false;
    const auto taken = register_move(move->code);
    const std::size_t behind = at + kSyscall.size();
    const Instruction& next = *(move + 2);
    const CodeView next_bytes = code_.subspan(behind, next.code.head.length);
    if (!taken || taken->to != ZYDIS_REGISTER_RAX || leads_between(around, move->at, behind) || next.at != behind ||
        !can_be_done(next_bytes, arch::Mode::bits64))
      return false;
    const auto displaced = code_.subspan(move->at, kJumpSize);
    found_.calls.push_back({{start_ + move->at, {displaced.begin(), displaced.end()}, kJumpSize, {}},
                            number_in(kept),
                            {next_bytes.begin(), next_bytes.end()}});
    return true;
  }

  // True: there is a function that is no more than a call of the kernel; each of its callers has a number.
  bool find_function() {
    std::set<std::size_t> entries;
    for (const std::size_t at : system_calls_)
      if (const auto entry = entry_of_call(at)) add_entry(*entry, entries);
    if (entries.empty()) return false;
    const std::set<std::size_t> functions = entries;
    for (const Lead& jump : leads_of(code_, kJumpOpcode))
      if (functions.contains(jump.to)) add_entry(jump.from, entries);
    for (const std::size_t function : functions) add_short_jumps(function, entries);
    for (const Lead& call : leads_of(code_, kCallOpcode))
      if (entries.contains(call.to)) add_caller(call.from);
    return true;
  }

  void add_entry(std::size_t at, std::set<std::size_t>& entries) const {
    constexpr std::array<std::uint8_t, 4> kEndbr{0xf3, 0x0f, 0x1e, 0xfa};
    entries.insert(at);
    if (at >= kEndbr.size() && std::equal(kEndbr.begin(), kEndbr.end(), &code_[at - kEndbr.size()]))
      entries.insert(at - kEndbr.size());
  }

  void add_short_jumps(std::size_t to, std::set<std::size_t>& entries) const {
    constexpr std::uint8_t kShortJump = 0xeb;
    constexpr std::size_t kSize = 2, kReach = 128 + kSize;
    for (std::size_t at = to - std::min(to, kReach); at + kSize <= std::min(to + kReach, code_.size()); ++at) {
      const auto distance = static_cast<std::size_t>(static_cast<std::int8_t>(code_[at + 1]));
      if (code_[at] == kShortJump && at + kSize + distance == to) add_entry(at, entries);
    }
  }

  // Where the function begins that does no more than the system call at `at`.
  std::optional<std::size_t> entry_of_call(std::size_t at) const {
    if (at + kSyscall.size() >= code_.size() || code_[at + kSyscall.size()] != kRet) return std::nullopt;
    const auto nearest = before(instructions_around(code_, at), at);
    std::size_t moves = 0, others = 0;
    for (const Instruction& each : nearest) {
      const auto move = register_move(each.code);
      const bool is_known =
          move && std::find(kMoves.begin(), kMoves.end(), std::pair(move->to, move->from)) != kMoves.end();
      if (is_known) ++moves;
      if (!is_known && ++others > 1) break;  // the last argument comes from the stack
      if (moves == kMoves.size() && others == 1) return each.at;
    }
    return std::nullopt;
  }

  void add_caller(std::size_t at) {
    const auto around = instructions_around(code_, at);
    const auto number = setting_of(ZYDIS_REGISTER_RDI, before(around, at));
    const bool is_known = number && number->number;
    if (!is_known || (is_write_(*number->number) && !add(*number->number, at + kCallSize, around)))
      found_.is_read = false;
  }

  // Most have not, and need no decoding.
  bool has_before(std::size_t at, std::uint8_t number) const {
    const std::size_t most = std::min(at, kNear);
    const auto before = code_.subspan(at - most, most);
    return std::find(before.begin(), before.end(), number) != before.end();
  }

  // Streams: the number stands just before the call, or in a register around the loop.
  void add_own(std::size_t at) {
    const std::size_t behind = at + kSyscall.size();
    if (!has_before(at, SYS_writev)) return;
    const auto around = instructions_around(code_, at);
    const auto nearest = before(around, at);
    const auto number = setting_of(ZYDIS_REGISTER_RAX, nearest);
    if (!number || seen_.contains(behind)) return;
    if (number->number == SYS_writev) {
      found_.is_read &= add(SYS_writev, behind, around);
    } else if (number->copy_of && is_kept(*number->copy_of) && is_set_to(SYS_writev, *number->copy_of, nearest)) {
      found_.is_read &= add(number_in(*number->copy_of), behind, around);
    }
  }

  std::uint64_t start_;
  CodeView code_;
  const IsWrite& is_write_;
  std::vector<std::size_t> system_calls_;
  std::set<std::size_t> seen_;  // where the calls end that were looked at
  CallSites found_;
};

}  // namespace

CallSites find_musl_calls(std::uint64_t start, CodeView code, const IsWrite& is_write) {
  return Finder(start, code, is_write).find();
}

}  // namespace recount

#include "tracer/code/reached_code.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include "tracer/code/decoded_code.hpp"

namespace recount {

namespace {

// The lowest byte of rax, as far as numbers in instructions tell it; ah is none of it.
int number_after(const DecodedCode& at, int before, int pushed) {
  const auto& operand = at.operands;
  if (!writes_to(at, ZYDIS_REGISTER_RAX) || operand[0].reg.value == ZYDIS_REGISTER_AH) return before;
  if (!names(operand[0], ZYDIS_REGISTER_RAX)) return -1;
  if (at.head.mnemonic == ZYDIS_MNEMONIC_MOV && operand[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE)
    return static_cast<int>(operand[1].imm.value.u & 0xffU);
  const bool clears = at.head.mnemonic == ZYDIS_MNEMONIC_XOR || at.head.mnemonic == ZYDIS_MNEMONIC_SUB;
  if (clears && operand[1].type == ZYDIS_OPERAND_TYPE_REGISTER && operand[0].reg.value == operand[1].reg.value)
    return 0;
  return at.head.mnemonic == ZYDIS_MNEMONIC_POP ? pushed : -1;
}

int pushed_by(const DecodedCode& at) {
  const auto& number = at.operands[0];
  const bool is_known = at.head.mnemonic == ZYDIS_MNEMONIC_PUSH && number.type == ZYDIS_OPERAND_TYPE_IMMEDIATE;
  return is_known ? static_cast<int>(number.imm.value.u & 0xffU) : -1;
}

enum class SystemCall { none, goes_on, ends, unknown };

// exit and exit_group: 60 and 231, and by the old gate 1 and 252. Other interrupts are a trap of the program's own.
SystemCall system_call_of(const DecodedCode& at, int number) {
  const bool is_old = at.head.mnemonic == ZYDIS_MNEMONIC_INT && at.operands[0].imm.value.u == 0x80;
  if (at.head.mnemonic != ZYDIS_MNEMONIC_SYSCALL && !is_old)
    return at.head.meta.category == ZYDIS_CATEGORY_INTERRUPT ? SystemCall::unknown : SystemCall::none;
  if (number < 0) return SystemCall::unknown;
  const bool ends = is_old ? number == 1 || number == 252 : number == 60 || number == 231;
  return ends ? SystemCall::ends : SystemCall::goes_on;
}

// Where the pointer stands that an indirect call or jump goes by.
std::optional<std::uint64_t> slot_of(const DecodedCode& at, std::uint64_t address) {
  const auto& operand = at.operands[0];
  ZyanU64 slot = 0;
  if (operand.type != ZYDIS_OPERAND_TYPE_MEMORY ||
      !ZYAN_SUCCESS(ZydisCalcAbsoluteAddress(&at.head, &operand, address, &slot)))
    return std::nullopt;
  return slot;
}

bool is_fault(const DecodedCode& at) {
  const auto mnemonic = at.head.mnemonic;
  return mnemonic == ZYDIS_MNEMONIC_UD0 || mnemonic == ZYDIS_MNEMONIC_UD1 || mnemonic == ZYDIS_MNEMONIC_UD2 ||
         mnemonic == ZYDIS_MNEMONIC_HLT;
}

bool is_return(const DecodedCode& at) {
  return at.head.meta.category == ZYDIS_CATEGORY_RET || at.head.meta.category == ZYDIS_CATEGORY_SYSRET;
}

}  // namespace

ReachedCode::ReachedCode(const CodeBytes& code) : code_(code) {
  std::uint32_t first = 0;
  code.each_segment([&](std::uint64_t start, std::span<const std::uint8_t> bytes) {
    spans_.push_back({start, bytes.size(), first});
    first += static_cast<std::uint32_t>(bytes.size());
  });
  reached_.resize(first, kNone);
}

std::optional<std::uint32_t> ReachedCode::place_of(std::uint64_t address) const noexcept {
  const auto after = std::upper_bound(spans_.begin(), spans_.end(), address,
                                      [](std::uint64_t value, const Span& span) { return value < span.start; });
  if (after == spans_.begin() || address - std::prev(after)->start >= std::prev(after)->size) return std::nullopt;
  return std::prev(after)->first + static_cast<std::uint32_t>(address - std::prev(after)->start);
}

bool ReachedCode::has(std::uint64_t address) const noexcept {
  const auto place = place_of(address);
  return place && reached_[*place] != kNone;
}

// Functions first: what they reach belongs to them, and tells whether they return.
void ReachedCode::follow() {
  const std::vector<std::uint64_t> known(functions_.begin(), functions_.end());
  for (const std::uint64_t function : known) begin(function);
  follow_all();
  for (const std::uint64_t address : inner_) {
    if (!has(address)) begin(address);
    follow_all();
  }
}

void ReachedCode::begin(std::uint64_t function) {
  if (const auto place = place_of(function)) ways_.push_back({function, *place});
}

void ReachedCode::follow_all() {
  while (!ways_.empty()) {
    Way way = ways_.back();
    ways_.pop_back();
    while (step(way)) {
    }
  }
}

// What can't be decoded is an instruction nevertheless, since execution comes here; but it is not known where it ends.
bool ReachedCode::step(Way& way) {
  const auto place = place_of(way.address);
  if (!place || data_.contains(way.address)) return false;
  if (*place != way.function && functions_.contains(way.address)) return join(way.function, *place), false;
  if (reached_[*place] != kNone) return join(way.function, reached_[*place]), false;
  DecodedCode at;
  if (!decode(code_.from(way.address), code_.mode(), at)) return returns(way.function);
  reached_[*place] = way.function;
  const std::uint64_t address = std::exchange(way.address, way.address + at.head.length);
  const SystemCall call = system_call_of(at, way.number);
  way.number = call == SystemCall::none ? number_after(at, way.number, way.pushed) : -1;
  way.pushed = pushed_by(at);
  if (call == SystemCall::none) return goes_on(way, address, at);
  return call == SystemCall::unknown ? returns(way.function) : call == SystemCall::goes_on;
}

bool ReachedCode::goes_on(Way& way, std::uint64_t address, const DecodedCode& at) {
  if (is_fault(at)) return false;
  if (is_return(at)) return returns(way.function);
  const auto target = target_of(at, address, code_.mode());
  const bool is_call = at.head.meta.category == ZYDIS_CATEGORY_CALL;
  const bool is_jump = at.head.meta.category == ZYDIS_CATEGORY_UNCOND_BR;
  if (is_call) way.number = -1;
  if (is_call && target) return call(*target, way);
  if (target) jump(way, *target);
  if (!is_call && !is_jump) return true;
  if (exits_.contains(slot_of(at, address).value_or(0)) || target) return false;
  return is_call || returns(way.function);
}

// A jump to where a function begins is a call that returns to the caller's caller.
void ReachedCode::jump(const Way& way, std::uint64_t target) {
  const auto place = place_of(target);
  if (!place) {
    returns(way.function);
  } else if (functions_.contains(target)) {
    join(way.function, *place);
  } else {
    ways_.push_back({target, way.function, way.number});
  }
}

// A callee that begins with a pop takes its return address, which is that of data then: it is no more than a jump.
bool ReachedCode::call(std::uint64_t callee, const Way& behind) {
  const auto place = place_of(callee);
  DecodedCode first;
  if (!place || !decode(code_.from(callee), code_.mode(), first)) return false;
  if (functions_.insert(callee).second) begin(callee);
  if (first.head.mnemonic == ZYDIS_MNEMONIC_POP) return false;
  if (returning_.contains(*place)) return true;
  waiting_[*place].push_back(behind);
  return false;
}

void ReachedCode::join(Function function, Function other) {
  if (function == other) return;
  joined_[other].push_back(function);
  if (returning_.contains(other)) returns(function);
}

// False, for the way ends with it.
bool ReachedCode::returns(Function function) {
  std::vector<Function> found{function};
  while (!found.empty()) {
    const Function next = found.back();
    found.pop_back();
    if (!returning_.insert(next).second) continue;
    for (const Way& way : std::exchange(waiting_[next], {})) ways_.push_back(way);
    const auto& joined = joined_[next];
    found.insert(found.end(), joined.begin(), joined.end());
  }
  return false;
}

}  // namespace recount

#include "tracer/image/signal_calls.hpp"

#include <algorithm>
#include <optional>

namespace recount {
namespace {

constexpr std::size_t kBeforeCallMax = 256;  // bytes of pthread_sigmask that lead to its call

// What a function of the C library ends in.
struct SystemCall {
  WatchKind function;
  MachineCode number;                              // mov $NUMBER, %eax: syscalls(2), x86-64
  std::vector<Trap> (*put_test)(Assembler& code);  // of its arguments
};

// Of the `mov` before the system call, as offsets.
std::vector<std::size_t> calls_of(const SystemCall& wanted, CodeView bytes) {
  MachineCode call = wanted.number;
  call.insert(call.end(), kSyscall.begin(), kSyscall.end());
  return places_of(call, bytes);
}

bool reads_mask(const Instruction& instruction) {  // what rsi leads to
  const auto operands = instruction.code.visible();
  return std::any_of(operands.begin(), operands.end(), [](const ZydisDecodedOperand& operand) {
    return operand.type == ZYDIS_OPERAND_TYPE_MEMORY && operand.mem.type == ZYDIS_MEMOP_TYPE_MEM &&
           operand.mem.base == ZYDIS_REGISTER_RSI && operand.mem.index == ZYDIS_REGISTER_NONE &&
           operand.mem.disp.value == 0;
  });
}

// What stands behind it may be another function.
bool may_end_function(const Instruction& instruction) {
  const auto category = instruction.code.head.meta.category;
  return category == ZYDIS_CATEGORY_RET || category == ZYDIS_CATEGORY_UNCOND_BR || category == ZYDIS_CATEGORY_INTERRUPT;
}

constexpr std::uint8_t kTrapBit = 0x10;  // in the first byte of a mask

std::size_t unless_given(Assembler& code) {
  code.put({0x48, 0x85, 0xf6});  // test %rsi, %rsi
  return code.branch(kIfEqual);
}

// sig, act: struct kernel_sigaction has its mask behind the handler, the flags and the restorer.
std::vector<Trap> put_sigaction_test(Assembler& code) {
  const std::size_t done = unless_given(code);
  code.put({0x83, 0xff, 0x05});  // cmp $SIGTRAP, %edi
  const std::size_t is_trap = code.branch(kIfEqual);
  code.put({0xf6, 0x46, 0x18, kTrapBit});  // testb $.., 24(%rsi)
  const std::size_t blocks = code.branch(kUnlessEqual);
  std::vector<Trap> traps{code.put_trap(WatchKind::sigaction_clear)};
  const std::size_t cleared = code.branch(kAlways);
  code.land({is_trap, blocks});
  traps.push_back(code.put_trap(WatchKind::sigaction_block));
  code.land({done, cleared});
  return traps;
}

// how, set. SIG_BLOCK is 0, SIG_UNBLOCK 1, SIG_SETMASK 2.
std::vector<Trap> put_sigmask_test(Assembler& code) {
  const std::size_t done = unless_given(code);
  code.put({0xf6, 0x06, kTrapBit});  // testb $.., (%rsi)
  const std::size_t has_trap = code.branch(kUnlessEqual);
  code.put({0x83, 0xff, 0x02});  // cmp $SIG_SETMASK, %edi
  const std::size_t adds = code.branch(kUnlessEqual);
  const std::size_t takes_place = code.branch(kAlways);
  code.land(has_trap);
  code.put({0x83, 0xff, 0x01});  // cmp $SIG_UNBLOCK, %edi
  const std::size_t unblocks = code.branch(kIfEqual);
  std::vector<Trap> traps{code.put_trap(WatchKind::sigmask_block)};
  const std::size_t blocked = code.branch(kAlways);
  code.land({takes_place, unblocks});
  traps.push_back(code.put_trap(WatchKind::sigmask_clear));
  code.land({done, adds, blocked});
  return traps;
}

const SystemCall kSigaction{WatchKind::sigaction, {0xb8, 0x0d, 0, 0, 0}, put_sigaction_test};
const SystemCall kSigmask{WatchKind::sigmask, {0xb8, 0x0e, 0, 0, 0}, put_sigmask_test};

// In the function that begins at that offset, where its mask was read.
std::optional<std::size_t> mask_call_in(std::size_t function, CodeView bytes) {
  const std::size_t end = std::min(bytes.size(), function + kBeforeCallMax);
  const auto calls = calls_of(kSigmask, bytes.subspan(function, end - function));
  if (calls.empty()) return std::nullopt;
  const std::size_t call = function + calls.front();
  const auto before = instructions_of(bytes, function, call);
  const bool is_whole =
      !before.empty() && before.back().end() == call && std::none_of(before.begin(), before.end(), may_end_function);
  return is_whole && std::any_of(before.begin(), before.end(), reads_mask) ? std::optional(call) : std::nullopt;
}

struct FoundCall {
  std::uint64_t at;
  Room* room;
};

void add_call(const SystemCall& call, const FoundCall& found, Image& image) {
  Assembler code(found.room->at);
  const std::vector<Trap> traps = call.put_test(code);
  const Instructions displaced{found.at, call.number};
  code.put(displaced.bytes);
  code.jump(found.at + displaced.bytes.size());
  if (add_detour(displaced, code, traps, displaced, *found.room, image))
    std::erase_if(image.watches, [&call](const ImageWatch& one) { return one.watch.kind == call.function; });
}

std::optional<FoundCall> find_sigaction(const CodeBytes& code, std::vector<Room>& rooms) {
  std::vector<FoundCall> found;
  for (Room& room : rooms)
    for (const std::size_t offset : calls_of(kSigaction, code.from(room.start)))
      found.push_back({room.start + offset, &room});
  return found.size() == 1 ? std::optional(found.front()) : std::nullopt;
}

std::optional<FoundCall> find_sigmask(ImageAddress function, const CodeBytes& code, std::vector<Room>& rooms) {
  for (Room& room : rooms) {
    const CodeView bytes = code.from(room.start);
    if (raw(function) < room.start || raw(function) - room.start >= bytes.size()) continue;
    if (const auto call = mask_call_in(raw(function) - room.start, bytes)) return FoundCall{room.start + *call, &room};
  }
  return std::nullopt;
}

}  // namespace

void find_signal_calls(const CodeBytes& code, std::vector<Room>& rooms, Image& image) {
  const auto function = std::find_if(image.watches.begin(), image.watches.end(),
                                     [](const ImageWatch& watch) { return watch.watch.kind == WatchKind::sigmask; });
  if (function == image.watches.end()) return;
  const auto sigmask = find_sigmask(function->watch.address, code, rooms);
  const auto sigaction = find_sigaction(code, rooms);
  if (!sigmask || !sigaction) return;
  add_call(kSigmask, *sigmask, image);
  add_call(kSigaction, *sigaction, image);
  sort_watches(image);
}

}  // namespace recount

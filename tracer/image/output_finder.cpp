#include "tracer/image/output_finder.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "tracer/image/cancellation_point.hpp"
#include "tracer/image/musl_calls.hpp"

namespace recount {
namespace {

// Of calls whose first three arguments are a descriptor, bytes or an iovec, and how many (syscalls(2), x86-64).
constexpr std::array kCalls{
    std::pair{1, WatchKind::write},                                       // write
    std::pair{18, WatchKind::write},                                      // pwrite64
    std::pair{44, WatchKind::write},                                      // sendto
    std::pair{20, WatchKind::writev}, std::pair{296, WatchKind::writev},  // pwritev
};

// Go, Syscall6: what is displaced before the call, and the comparison behind it.
constexpr std::uint8_t kEax = 0xc0;                                  // ModRM
const MachineCode kGoArguments{0x48, 0x89, 0xce, 0x48, 0x89, 0xdf};  // mov %rcx, %rsi; mov %rbx, %rdi
const MachineCode kGoTest{0x48, 0x3d, 0x01, 0xf0, 0xff, 0xff};       // cmp $-4095, %rax

// What stands behind a system call and is displaced.
const std::array kBehindCalls{
    MachineCode{0x48, 0x3d, 0x00, 0xf0, 0xff, 0xff},  // glibc, and gcc's sanitizers: cmp $-4096, %rax
    kGoTest,                                          // clang's sanitizers
    MachineCode{0x89, 0x44, 0x24, 0x20, 0xc3},        // Go, runtime.write1: mov %eax, 0x20(%rsp); ret
};

std::optional<WatchKind> kind_of_call(std::int32_t number) {
  const auto* const call =
      std::find_if(kCalls.begin(), kCalls.end(), [number](const auto& entry) { return entry.first == number; });
  return call == kCalls.end() ? std::nullopt : std::optional(call->second);
}

// Of the call at `at`: nothing, if it is not one number only.
std::optional<std::int32_t> number_of_call(CodeView code, std::size_t at) {
  constexpr std::size_t kMov = 5;
  std::int32_t number = 0;
  if (at >= kMov && code[at - kMov] == 0xb8) {  // mov $imm32, %eax
    std::memcpy(&number, &code[at - kMov + 1], sizeof number);
    return number;
  }
  const auto nearest = before(instructions_around(code, at), at);
  auto set = setting_of(ZYDIS_REGISTER_RAX, nearest);
  if (set && set->copy_of) set = setting_of(*set->copy_of, std::span(nearest).subspan(set->nth + 1));
  return set ? set->number : std::nullopt;
}

MachineCode joined(std::initializer_list<MachineCode> parts) {
  MachineCode whole;
  for (const MachineCode& part : parts) whole.insert(whole.end(), part.begin(), part.end());
  return whole;
}

std::vector<CallSite> sites_in(std::uint64_t start, CodeView bytes) {
  std::vector<CallSite> sites;
  for (const MachineCode& displaced : kBehindCalls)
    for (const std::size_t offset : places_of(joined({kSyscall, displaced}), bytes))
      if (const auto number = number_of_call(bytes, offset); number && kind_of_call(*number))
        sites.push_back({{start + offset + kSyscall.size(), displaced, displaced.size(), {}}, *number, {}});
  return sites;
}

// Goes on where the descriptor, the first argument, is 1 or 2. Else it takes the branch that it returns.
std::size_t test_descriptor(Assembler& code) {
  code.put({0x83, 0xff, 0x01});  // cmp $1, %edi
  const std::size_t is_output = code.branch(kIfEqual);
  code.put({0x83, 0xff, 0x02});
  const std::size_t done = code.branch(kUnlessEqual);
  code.land(is_output);
  return done;
}

void compare(Assembler& code, const CallNumber& place, int number) {
  MachineCode with_opcode = place.operand;
  with_opcode.front() |= 0x38;  // /7 of the opcodes 83 and 81: cmp
  if (place.is_upper) code.put({0x41});
  code.put({0x81});
  code.put(with_opcode);
  code.put_word(static_cast<std::uint32_t>(number));
}

struct CallBranches {
  std::vector<std::size_t> writes, vectors;
};

// Branches by the call's number; goes on if it is another one.
CallBranches find_calls(Assembler& code, const CallNumber& number) {
  CallBranches found;
  for (const auto& [call, kind] : kCalls) {
    compare(code, number, call);
    (kind == WatchKind::write ? found.writes : found.vectors).push_back(code.branch(kIfEqual));
  }
  return found;
}

// Which of the calls it was, the number says. Each kind has an int3 of its own.
std::vector<Trap> put_traps(Assembler& code, const CallNumber& number) {
  const auto [writes, vectors] = find_calls(code, number);
  const std::size_t other = code.branch(kAlways);
  code.land(vectors);
  std::vector<Trap> traps{code.put_trap(WatchKind::writev)};
  const std::size_t done = code.branch(kAlways);
  code.land(writes);
  traps.push_back(code.put_trap(WatchKind::write));
  code.land(other);
  code.land(done);
  return traps;
}

// The number of the call is known before it only, so the detour makes those calls itself that are watched.
void add_go_site(std::uint64_t at, Room& room, Image& image) {
  const std::uint64_t call = at + kGoArguments.size();
  const std::uint64_t behind = call + kSyscall.size();
  Assembler code(room.at);
  code.put(kGoArguments);
  const std::size_t elsewhere = test_descriptor(code);
  const auto [writes, vectors] = find_calls(code, {{kEax}});
  const std::size_t other = code.branch(kAlways);
  std::vector<Trap> traps;
  for (const auto& [kind, branches] : {std::pair{WatchKind::write, writes}, std::pair{WatchKind::writev, vectors}}) {
    code.land(branches);
    code.put(kSyscall);
    traps.push_back(code.put_trap(kind));
    code.jump(behind);
  }
  code.land(elsewhere);
  code.land(other);
  code.jump(call);
  add_detour({at, kGoArguments}, code, traps, {behind, kGoTest}, room, image);
}

// As the last instruction, a call, does at its own place: the return address is that behind it. The system call before has left
// nothing in rcx.
void put_call(Assembler& code, const Displaceable& displaced) {
  const std::uint64_t behind = displaced.at + displaced.instructions.size();
  code.put({0x48, 0x8d, 0x0d});  // lea behind(%rip), %rcx
  code.put_word(static_cast<std::uint32_t>(behind - (code.here() + 4)));
  code.put({0x51});  // push %rcx
  code.jump(*displaced.calls);
}

std::vector<Trap> put_traps(Assembler& code, const CallSite& site) {
  const auto* const number = std::get_if<std::int32_t>(&site.number);
  if (number) return {code.put_trap(*kind_of_call(*number))};
  return put_traps(code, std::get<CallNumber>(site.number));
}

// `bytes` begin at the address `start`.
bool add_site(const CallSite& site, std::uint64_t start, CodeView bytes, Room& room, Image& image) {
  const Displaceable& displaced = site.displaced;
  const bool makes_call = !site.next.empty();
  Assembler code(room.at);
  if (makes_call) code.put(displaced.instructions);
  const std::size_t other = test_descriptor(code);
  const std::vector<Trap> traps = put_traps(code, site);
  code.land(other);
  if (displaced.calls) {
    code.put(MachineCode(displaced.instructions.begin(), displaced.instructions.end() - kCallSize));
    put_call(code, displaced);
  } else {
    if (!makes_call) code.put(displaced.instructions);
    code.jump(displaced.at + displaced.room);
  }
  const Instructions done = makes_call ? Instructions{displaced.at + displaced.room, site.next}
                                       : Instructions{displaced.at, displaced.instructions};
  const auto there = bytes.subspan(displaced.at - start, displaced.room);
  return add_detour({displaced.at, {there.begin(), there.end()}}, code, traps, done, room, image);
}

// Of glibc since 2.41, or of musl.
CallSites shared_calls_of(std::uint64_t start, CodeView bytes) {
  CallSites found = find_shared_calls(start, bytes);
  if (found.is_read && !found.calls.empty()) return found;
  const CallSites musl =
      find_musl_calls(start, bytes, [](std::int32_t number) { return kind_of_call(number).has_value(); });
  return musl.is_read && musl.calls.empty() ? found : musl;
}

// False: what the library writes can't be known.
bool add_shared_calls(std::uint64_t start, CodeView bytes, Room& room, Image& image) {
  const CallSites shared = shared_calls_of(start, bytes);
  return shared.is_read && std::all_of(shared.calls.begin(), shared.calls.end(),
                                       [&](const CallSite& site) { return add_site(site, start, bytes, room, image); });
}

bool is_displaced(const CallSite& site, const Image& image) {
  return std::any_of(image.detours.begin(), image.detours.end(), [&site](const ImageDetour& detour) {
    return site.displaced.at - raw(detour.from) < detour.original.size();
  });
}

// One that nobody shares, and that knows its number: without room each of its calls stops.
void add_own_call(const CallSite& site, std::uint64_t start, CodeView bytes, Room& room, Image& image) {
  if (is_displaced(site, image) || add_site(site, start, bytes, room, image)) return;
  const Displaceable& displaced = site.displaced;
  const WatchKind kind = *kind_of_call(std::get<std::int32_t>(site.number));
  image.watches.push_back({{ImageAddress{displaced.at}, kind}, displaced.instructions, {}});
}

}  // namespace

void find_output(const CodeBytes& code, std::vector<Room>& rooms, Image& image) {
  const std::vector<ImageWatch> other_watches = image.watches;
  const std::vector<Room> whole_rooms = rooms;
  for (Room& room : rooms) {
    const auto bytes = code.from(room.start);
    const auto go_sites = places_of(joined({kGoArguments, kSyscall, kGoTest}), bytes);
    const auto sites = sites_in(room.start, bytes);
    if (!add_shared_calls(room.start, bytes, room, image)) {
      image.watches = other_watches;
      image.detours.clear();
      rooms = whole_rooms;
      return;
    }
    for (const std::size_t offset : go_sites) add_go_site(room.start + offset, room, image);
    for (const CallSite& site : sites) add_own_call(site, room.start, bytes, room, image);
  }
  sort_watches(image);
}

}  // namespace recount

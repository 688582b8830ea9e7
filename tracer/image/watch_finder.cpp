#include "tracer/image/watch_finder.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "tracer/code/displaced_instruction.hpp"
#include "tracer/elf/elf_entries.hpp"

namespace recount {
namespace {

constexpr std::array kNames{
    std::pair{std::string_view("_dl_debug_state"), WatchKind::loader},
    std::pair{std::string_view("sigaction"), WatchKind::sigaction},
    std::pair{std::string_view("pthread_sigmask"), WatchKind::sigmask},
    std::pair{std::string_view("clone"), WatchKind::clone},
    std::pair{std::string_view("syscall"), WatchKind::syscall},
    std::pair{std::string_view("ptrace"), WatchKind::ptrace},
};

using Code = std::span<const std::uint8_t>;

// mov $15, %rax; syscall: rt_sigreturn. Of 32 bits pop %eax; mov $119, %eax; int $0x80: sigreturn, for handlers without SA_SIGINFO;
// mov $173, %eax; int $0x80: rt_sigreturn.
constexpr std::array<std::uint8_t, 9> kRtSigreturn{0x48, 0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05};
constexpr std::array<std::uint8_t, 8> kSigreturnOf32Bits{0x58, 0xb8, 0x77, 0, 0, 0, 0xcd, 0x80};
constexpr std::array<std::uint8_t, 7> kRtSigreturnOf32Bits{0xb8, 0xad, 0, 0, 0, 0xcd, 0x80};

// mov $(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_UNTRACED), %edx
constexpr std::array<std::uint8_t, 5> kMoveFlags{0xba, 0x00, 0x07, 0x80, 0x00};

using Places = std::map<std::uint64_t, WatchKind>;

bool is_placed_function(const GElf_Sym& symbol) {
  const auto type = GELF_ST_TYPE(symbol.st_info);
  return symbol.st_shndx != SHN_UNDEF && type == STT_FUNC && symbol.st_value != 0;
}

struct Found {
  Places places;
  bool leaks = false;
};

void find_names(Elf* elf, GElf_Word section, Found& found) {
  each_entry<GElf_Sym>(elf, section, gelf_getsym, [&](const GElf_Sym& symbol, std::size_t strings) {
    const std::string_view name = string_at(elf, strings, symbol.st_name);
    found.leaks |= is_of_leak_check(symbol, name);
    if (!is_placed_function(symbol)) return;
    for (const auto& [wanted, kind] : kNames)
      if (name == wanted) found.places.emplace(symbol.st_value, kind);
  });
}

bool has_c_library(const Places& places) {
  return std::any_of(places.begin(), places.end(), [](const auto& at) { return at.second == WatchKind::sigaction; });
}

// It stands just before the function that names it to the kernel, or in the same file at least.
void find_sigreturn(const CodeBytes& code, Places& places) {
  code.each_segment([&](std::uint64_t start, Code bytes) {
    for (const std::size_t offset : handler_returns_in(bytes, code.mode()))
      places.emplace(start + offset, WatchKind::sigreturn);
  });
}

// Its third argument are the flags, and the function is called next.
void find_clone_of_leak_check(const CodeBytes& code, Places& places) {
  if (code.mode() != arch::Mode::bits64) return;
  code.each_segment([&](std::uint64_t start, Code bytes) {
    const auto found = std::search(bytes.begin(), bytes.end(), kMoveFlags.begin(), kMoveFlags.end());
    if (found == bytes.end()) return;
    const auto offset = static_cast<std::uint64_t>(found - bytes.begin());
    places.emplace(start + offset + kMoveFlags.size(), WatchKind::leaks);
  });
}

}  // namespace

std::vector<std::size_t> handler_returns_in(Code code, arch::Mode mode) {
  std::vector<Code> wanted{kRtSigreturn};
  if (mode == arch::Mode::bits32) wanted = {kSigreturnOf32Bits, kRtSigreturnOf32Bits};
  std::vector<std::size_t> offsets;
  for (const Code call : wanted) {
    const auto found = std::search(code.begin(), code.end(), call.begin(), call.end());
    if (found != code.end()) offsets.push_back(static_cast<std::size_t>(found - code.begin()));
  }
  return offsets;
}

std::vector<ImageWatch> watches_of(Elf* elf, int fd) {
  Found found;
  find_names(elf, symbol_table_of(elf), found);
  Places& places = found.places;
  if (places.empty() && !found.leaks) return {};
  const CodeBytes code(elf, fd);
  if (has_c_library(places))
    find_sigreturn(code, places);
  else
    std::erase_if(places, [](const auto& at) { return at.second == WatchKind::ptrace; });  // a function of that name
  if (found.leaks) find_clone_of_leak_check(code, places);
  std::vector<ImageWatch> watches;
  for (const auto& [address, kind] : places) {
    const auto bytes = code.from(address);
    const auto instruction = bytes.first(length_of(bytes, code.mode()));
    if (can_be_done(instruction, code.mode()) && stays_on_stack(instruction, code.mode()))
      watches.push_back({{ImageAddress{address}, kind}, {instruction.begin(), instruction.end()}});
  }
  return watches;
}

}  // namespace recount

#include "tracer/code/own_bytes.hpp"

#include <elf.h>
#include <gelf.h>

#include <cstring>
#include <iterator>
#include <string>

#include "tracer/code/decoded_code.hpp"
#include "tracer/elf/elf_entries.hpp"

namespace recount {
namespace {

constexpr std::uint8_t kShortJump = 0xeb;
constexpr std::size_t kSledSize = 32;  // of an entry of xray_instr_map (LLVM, XRayEntrySled)

// The number that LLVM gives, read as bytes: jmp +6 or +10, and two letters.
bool is_signature(std::span<const std::uint8_t> code) {
  if (code.size() < 4 || code[0] != kShortJump || (code[1] != 0x06 && code[1] != 0x0a)) return false;
  return (code[2] == 'v' && code[3] == '2') || (code[2] == 'F' && code[3] == 'T');
}

// nop, xchg ax, ax; mov edi, edi; lea rsp, [rsp + 0].
bool is_idle(const DecodedCode& at) {
  const auto& to = at.operands[0];
  const auto& from = at.operands[1];
  switch (at.head.mnemonic) {
    case ZYDIS_MNEMONIC_NOP: return true;
    case ZYDIS_MNEMONIC_MOV:
      return from.type == ZYDIS_OPERAND_TYPE_REGISTER && to.type == from.type && to.reg.value == from.reg.value;
    case ZYDIS_MNEMONIC_LEA:
      return from.mem.base == to.reg.value && from.mem.index == ZYDIS_REGISTER_NONE && from.mem.disp.value == 0;
    default: return false;
  }
}

// What a section of pointers holds: as it stands there, or by the relocations of a program that is placed anywhere.
std::vector<std::uint64_t> pointers_in(Elf* elf, const std::string& name) {
  std::vector<std::uint64_t> found;
  Elf_Scn* const section = section_named(elf, name);
  GElf_Shdr header;
  if (section == nullptr || gelf_getshdr(section, &header) == nullptr || header.sh_type == SHT_NOBITS) return found;
  const std::size_t size = arch::word_size(mode_of(elf));
  std::uint64_t word = 0;
  for (auto bytes = section_bytes(elf, name); bytes.size() >= size; bytes = bytes.subspan(size)) {
    std::memcpy(&word, bytes.data(), size);
    if (word != 0) found.push_back(word);
  }
  for (Elf_Scn* other = elf_nextscn(elf, nullptr); other != nullptr; other = elf_nextscn(elf, other)) {
    GElf_Shdr relocations;
    if (gelf_getshdr(other, &relocations) == nullptr || relocations.sh_type != SHT_RELA) continue;
    each_relocation(other, relocations, [&](const GElf_Rela& entry) {
      if (entry.r_offset - header.sh_addr < header.sh_size) found.push_back(static_cast<std::uint64_t>(entry.r_addend));
    });
  }
  return found;
}

}  // namespace

std::size_t signature_size(std::span<const std::uint8_t> code) noexcept {
  const std::size_t size = is_signature(code) ? 2U + code[1] : 0;
  return size <= code.size() ? size : 0;
}

OwnBytes::OwnBytes(Elf* program, const CodeBytes& code, const std::vector<std::uint64_t>& functions) : code_(code) {
  for (const std::uint64_t function : functions) add_entry(function);
  for (const std::uint64_t address : pointers_in(program, "__patchable_function_entries")) add_idle(address);
  for (const std::uint64_t address : pointers_in(program, "__mcount_loc")) add_recorded(address);
  add_sleds(program);
}

void OwnBytes::add(std::uint64_t start, std::uint64_t end, bool goes_on) {
  if (end > start && !code_.from(start).empty()) places_[start] = {start, end, goes_on};
}

// endbr64, or endbr32, is not among them: who patches a function does so behind it.
void OwnBytes::add_entry(std::uint64_t function) {
  const auto code = code_.from(function);
  if (const std::size_t size = signature_size(code)) return add(function, function + size);
  DecodedCode first;
  const bool is_marked = decode(code, code_.mode(), first) && (first.head.mnemonic == ZYDIS_MNEMONIC_ENDBR64 ||
                                                               first.head.mnemonic == ZYDIS_MNEMONIC_ENDBR32);
  add_idle(is_marked ? function + first.head.length : function);
}

void OwnBytes::add_idle(std::uint64_t start) {
  std::uint64_t end = start;
  for (DecodedCode at; decode(code_.from(end), code_.mode(), at) && is_idle(at);) end += at.head.length;
  add(start, end);
}

void OwnBytes::add_recorded(std::uint64_t address) {
  if (DecodedCode at; decode(code_.from(address), code_.mode(), at)) add(address, address + at.head.length);
}

void OwnBytes::add_sled(std::uint64_t address) {
  const auto code = code_.from(address);
  if (code.size() < 2) return;
  if (code[0] == kShortJump) return add(address, address + 2U + code[1]);
  DecodedCode at;
  if (decode(code, code_.mode(), at) && at.head.meta.category == ZYDIS_CATEGORY_RET)
    add(address, address + at.head.length, false);
}

// Versions before 2 have addresses, later ones the distance from the field to the sled.
void OwnBytes::add_sleds(Elf* program) {
  Elf_Scn* const section = section_named(program, "xray_instr_map");
  GElf_Shdr header;
  if (section == nullptr || gelf_getshdr(section, &header) == nullptr || header.sh_type == SHT_NOBITS) return;
  constexpr std::size_t kVersion = 18;  // its place in an entry
  const auto bytes = section_bytes(program, "xray_instr_map");
  for (std::size_t at = 0; at + kSledSize <= bytes.size(); at += kSledSize) {
    std::uint64_t address = 0;
    std::memcpy(&address, bytes.data() + at, sizeof address);
    add_sled(bytes[at + kVersion] < 2 ? address : address + header.sh_addr + at);
  }
}

std::optional<OwnBytes::Place> OwnBytes::at(std::uint64_t address) const {
  const auto after = places_.upper_bound(address);
  if (after == places_.begin()) return std::nullopt;
  const Place& place = std::prev(after)->second;
  return address < place.end ? std::optional(place) : std::nullopt;
}

}  // namespace recount

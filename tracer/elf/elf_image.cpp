#include "tracer/elf/elf_image.hpp"

#include <elf.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "tracer/base/x86_64.hpp"

namespace recount {
namespace {

constexpr std::uintptr_t kLow = std::uintptr_t{1} << 31;

std::uintptr_t address_of(const void* place) { return reinterpret_cast<std::uintptr_t>(place); }
bool is_low(std::span<const std::uint8_t> bytes) { return address_of(bytes.data()) < kLow; }

Elf64_Ehdr file_header(std::size_t sections) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_REL;
  header.e_machine = arch::kElfMachine;
  header.e_version = EV_CURRENT;
  header.e_shoff = header.e_ehsize = sizeof header;
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = static_cast<Elf64_Half>(sections);
  header.e_shstrndx = 1;
  return header;
}

Elf64_Shdr section_header(Elf64_Word type, std::size_t size) {
  Elf64_Shdr header{};
  header.sh_type = type;
  header.sh_size = size;
  header.sh_addralign = 1;
  return header;
}

}  // namespace

void Unmap::operator()(char* begin) const noexcept { ::munmap(begin, size); }

ElfImage::ElfImage(std::span<const ElfSection> sections) {
  std::string names(1, '\0');  // of the section that is none
  std::vector<Elf64_Shdr> headers{{}, section_header(SHT_STRTAB, 0)};
  std::vector<std::span<const std::uint8_t>> places(2);
  const auto add_name = [&names](Elf64_Shdr& header, std::string_view name) {
    header.sh_name = static_cast<Elf64_Word>(names.size());
    names.append(name).push_back('\0');
  };
  for (const ElfSection& section : sections) {
    if (section.bytes.empty()) continue;
    headers.push_back(section_header(SHT_PROGBITS, section.bytes.size()));
    add_name(headers.back(), section.name);
    places.push_back(section.bytes);
  }
  add_name(headers[1], ".shstrtab");
  headers[1].sh_size = names.size();

  std::size_t copied = sizeof(Elf64_Ehdr) + headers.size() * sizeof(Elf64_Shdr);
  std::size_t size = copied + names.size();
  for (const auto bytes : places) size += is_low(bytes) ? bytes.size() : 0;
  void* const mapped = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  if (mapped == MAP_FAILED) return;
  memory_ = {static_cast<char*>(mapped), Unmap{size}};
  const auto copy = [&](const void* from, std::size_t bytes) {
    std::memcpy(memory_.get() + copied, from, bytes);
    copied += bytes;
    return copied - bytes;
  };
  headers[1].sh_offset = copy(names.data(), names.size());
  for (std::size_t i = 2; i < headers.size(); ++i)
    headers[i].sh_offset = is_low(places[i]) ? copy(places[i].data(), places[i].size())
                                             : address_of(places[i].data()) - address_of(mapped);
  const Elf64_Ehdr header = file_header(headers.size());
  std::memcpy(memory_.get(), &header, sizeof header);
  std::memcpy(memory_.get() + sizeof header, headers.data(), headers.size() * sizeof(Elf64_Shdr));
  elf_.reset(elf_memory(memory_.get(), std::numeric_limits<std::ptrdiff_t>::max()));
}

}  // namespace recount

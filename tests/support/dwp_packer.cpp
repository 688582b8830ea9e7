#include "tests/support/dwp_packer.hpp"

#include <array>

namespace recount::test {
namespace {

struct Section {
  std::string name;
  unsigned column;  // DW_SECT_*; 0: shared by all, not in the index
};
const std::array<Section, 5> kSections{{{".debug_info.dwo", 1},
                                        {".debug_abbrev.dwo", 3},
                                        {".debug_str_offsets.dwo", 6},
                                        {".debug_rnglists.dwo", 8},
                                        {".debug_str.dwo", 0}}};
constexpr std::size_t kColumns = 4;
constexpr std::size_t kStrOffsets = 2;
constexpr std::size_t kStr = 4;

std::uint32_t word_at(const std::string& bytes, std::size_t at) {
  std::uint32_t word = 0;
  std::memcpy(&word, bytes.data() + at, sizeof word);
  return word;
}

void put_word(std::string& bytes, std::uint32_t word) {
  bytes.append(reinterpret_cast<const char*>(&word), sizeof word);
}

// The strings of a file lie `base` bytes further on; 8 bytes of header come first.
void move_strings(std::string& offsets, std::uint32_t base) {
  for (std::size_t at = 8; at + 4 <= offsets.size(); at += 4) {
    const std::uint32_t moved = word_at(offsets, at) + base;
    std::memcpy(offsets.data() + at, &moved, sizeof moved);
  }
}

class Package {
 public:
  void add(const Folder& folder, const std::string& dwo) {
    std::array<std::string, kSections.size()> parts;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      folder.run("rm -f part; objcopy -O binary --set-section-flags " + kSections[i].name + "=alloc -j " +
                 kSections[i].name + ' ' + dwo + " part");
      parts[i] = bytes_of(folder / "part");
    }
    REQUIRE(parts[0].size() > 20);
    ids_ += parts[0].substr(12, 8);
    move_strings(parts[kStrOffsets], static_cast<std::uint32_t>(contents_[kStr].size()));
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (i < kColumns) put_word(offsets_, static_cast<std::uint32_t>(contents_[i].size()));
      if (i < kColumns) put_word(sizes_, static_cast<std::uint32_t>(parts[i].size()));
      contents_[i] += parts[i];
    }
  }

  void write(const Folder& folder, const std::string& package) const {
    std::string add;
    const auto keep = [&](const std::string& name, const std::string& bytes) {
      folder.write("section" + name, bytes);
      add += " --add-section " + name + "=section" + name;
    };
    for (std::size_t i = 0; i < kSections.size(); ++i) keep(kSections[i].name, contents_[i]);
    keep(".debug_cu_index", index());
    folder.must_run("echo '' | " RECOUNT_TEST_CC " -x c -c - -o empty.o && objcopy" + add + " empty.o " + package);
  }

 private:
  // Readers that scan the slots need no hash; a real one is filled by the ids' low bits.
  std::string index() const {
    const auto units = static_cast<std::uint32_t>(ids_.size() / 8);
    std::string index;
    for (const std::uint32_t number : {5U, static_cast<std::uint32_t>(kColumns), units, units}) put_word(index, number);
    index += ids_;
    for (std::uint32_t row = 1; row <= units; ++row) put_word(index, row);
    for (std::size_t i = 0; i < kColumns; ++i) put_word(index, kSections[i].column);
    return index + offsets_ + sizes_;
  }

  std::array<std::string, kSections.size()> contents_;
  std::string ids_;
  std::string offsets_;
  std::string sizes_;
};

}  // namespace

void pack(const Folder& folder, const std::vector<std::string>& dwos, const std::string& package) {
  Package packed;
  for (const std::string& dwo : dwos) packed.add(folder, dwo);
  packed.write(folder, package);
}

}  // namespace recount::test

// What stands at an address of an ELF file: function, source file and line, with the functions that were inlined there.
//
//   CodePlaces places(fd, "/usr/bin/server", subject);
//   for (const CodePlace& place : places.at(ImageAddress{0x1139})) ...        // the innermost first
//
// From DWARF where there is some (in the file, or apart from it: debug_file.hpp), else from the symbols. Units are read when an
// address in them is asked for, and kept. Bad input gives less, never an error; but it may crash libdw.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "schema/vocabulary/ids.hpp"
#include "tracer/elf/debug_file.hpp"
#include "tracer/elf/dwarf_text.hpp"
#include "tracer/elf/function_table.hpp"
#include "tracer/elf/split_units.hpp"
#include "tracer/elf/unit_lines.hpp"
#include "tracer/image/function_names.hpp"
#include "tracer/image/image.hpp"
#include "tracer/image/image_subject.hpp"
#include "tracer/image/source_paths.hpp"

namespace recount {

struct CodePlace {
  std::string function;  // empty: nothing names it
  std::string file;      // empty: nothing tells it
  std::uint32_t line = 0;
};

class CodePlaces {
 public:
  // `fd` is taken.
  CodePlaces(UniqueFd fd, std::string path, const ImageSubject& subject);  // `subject` outlives this
  std::vector<CodePlace> at(ImageAddress address);                    // at least one; all but the last were inlined
  std::string symbol(ImageAddress address);                           // the function by the symbols alone; empty: none
  std::optional<ImageAddress> address_of(const std::string& symbol);  // that it has at run time
  Elf* shared_elf() const;  // one more reference for elf_end(3); null if it is no ELF file
  std::string build_id() const { return build_id_of(elf_.get()); }
  int file() const noexcept { return fd_.get(); }

 private:
  struct Unit {
    Dwarf_Die lines{};  // the unit that has the line table,
    Dwarf_Die
        tree{};  // and the one that has the functions: of a .dwo file they are two, and it is found when it is asked for
    bool is_skeleton = false;
    std::unique_ptr<FunctionTable> functions;  // null until somebody asks
  };
  struct Span {
    AddressRange range;
    std::size_t unit;
  };
  struct Symbol {
    std::uint64_t address, size;
    std::string name;
  };
  void read_debug_info();
  void open_debug_info();
  void read_units();
  void add_unit(Dwarf_Die* lines, Dwarf_Die* split, bool is_skeleton);
  void read_functions(Unit& unit);
  void read_symbols(Elf* elf, GElf_Word type);
  Unit* unit_at(std::uint64_t address);
  std::vector<CodePlace> in_unit(Unit& unit, std::uint64_t address);
  void place_line(CodePlace& place, Dwarf_Die* unit, std::uint64_t address);
  void place_call(CodePlace& place, Dwarf_Die* inlined);
  std::string function_name(Dwarf_Die* die);
  std::string symbol_at(std::uint64_t address);
  std::string path_of(const std::string& spelling);

  UniqueFd fd_;
  std::string path_;
  const ImageSubject& subject_;
  ElfHandle elf_;
  std::optional<DebugFile> debug_file_;
  std::optional<DebugFile> shared_file_;
  DwarfHandle shared_dwarf_;
  DwarfHandle dwarf_;
  std::unique_ptr<SplitUnits> split_;
  std::unique_ptr<CodeBytes> code_;
  DwarfText text_;
  SourcePaths paths_;
  FunctionNames names_;
  DeclaredFiles files_;
  std::vector<Unit> units_;
  std::vector<Span> spans_;                                                 // ascending by start
  bool has_debug_info_ = false;                                             // it was looked for
  bool has_symbols_ = false;                                                // likewise
  std::vector<Symbol> symbols_;                                             // ascending by address
  std::unordered_map<std::string, std::optional<ImageAddress>> addresses_;  // of those that were asked for
};

}  // namespace recount

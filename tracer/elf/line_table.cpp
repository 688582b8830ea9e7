#include "tracer/elf/line_table.hpp"

#include <dwarf.h>

#include <utility>

#include "tracer/base/byte_reader.hpp"

namespace recount {
namespace {

std::string joined(const std::string& folder, const std::string& name) {
  if (folder.empty() || (!name.empty() && name.front() == '/')) return name;
  return folder + '/' + name;
}

}  // namespace

class LineHeaderReader {
 public:
  LineHeaderReader(const LineSections& sections, std::uint64_t offset, const std::string& comp_dir)
      : sections_(sections), comp_dir_(comp_dir), in_(sections.line) {
    in_.take(offset);
  }

  LineTable read() {
    read_extent();
    read_constants();
    if (version_ >= 5) {
      read_entries_5(&LineHeaderReader::add_folder);
      read_entries_5(&LineHeaderReader::add_file);
    } else {
      read_names_2();
    }
    table_.ok_ = in_.ok();
    return std::move(table_);
  }

 private:
  struct Entry {
    std::string path;
    std::uint64_t folder = 0;
  };

  // Cuts the unit out of the section, and the program out of the unit: both have their length in
  // front.
  void read_extent() {
    std::uint64_t length = in_.u32();
    offset_size_ = length == 0xffffffff ? 8 : 4;
    if (offset_size_ == 8) length = in_.number(8);
    in_ = cut(in_, length);
    version_ = in_.u16();
    if (version_ < 2 || version_ > 5) in_.fail();
    if (version_ >= 5) in_.take(2);  // sizes of an address and of a segment selector
    const std::uint64_t header_length = in_.number(offset_size_);
    ByteReader behind = in_;
    behind.take(header_length);
    table_.program_ = behind.rest();
    in_ = cut(in_, header_length);
  }

  static ByteReader cut(ByteReader from, std::uint64_t size) {
    ByteReader part(from.take(size));
    if (!from.ok()) part.fail();
    return part;
  }

  void read_constants() {
    table_.min_instruction_size_ = in_.u8();
    if (version_ >= 4) in_.u8();  // operations per instruction: 1 on x86-64
    table_.default_is_stmt_ = in_.u8() != 0;
    table_.line_base_ = static_cast<std::int8_t>(in_.u8());
    table_.line_range_ = in_.u8();
    table_.opcode_base_ = in_.u8();
    if (table_.line_range_ == 0 || table_.opcode_base_ == 0) in_.fail();
    table_.operand_counts_.assign(1, 0);
    for (int opcode = 1; opcode < table_.opcode_base_; ++opcode) {
      table_.operand_counts_.push_back(in_.u8());
    }
  }

  // Up to DWARF 4, folder 0 is the compilation's own and file 0 is none.
  void read_names_2() {
    folders_.push_back(comp_dir_);
    table_.files_.emplace_back();
    for (std::string name = in_.string(); !name.empty(); name = in_.string()) {
      add_folder({std::move(name), 0});
    }
    for (std::string name = in_.string(); !name.empty(); name = in_.string()) {
      const std::uint64_t folder = in_.uleb();
      in_.uleb();  // time of modification
      in_.uleb();  // size
      add_file({std::move(name), folder});
    }
  }

  void read_entries_5(void (LineHeaderReader::*add)(Entry)) {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> formats(in_.u8());
    for (auto& [content, form] : formats) {
      content = in_.uleb();
      form = in_.uleb();
    }
    const std::uint64_t count = in_.uleb();
    if (formats.empty() && count != 0) in_.fail();  // else each entry takes a byte at least
    for (std::uint64_t i = 0; i < count && in_.ok(); ++i) {
      Entry entry;
      for (const auto& [content, form] : formats) read_field(content, form, entry);
      (this->*add)(std::move(entry));
    }
  }

  void read_field(std::uint64_t content, std::uint64_t form, Entry& entry) {
    if (content == DW_LNCT_path) {
      entry.path = read_string(form);
    } else if (const std::uint64_t value = read_number(form); content == DW_LNCT_directory_index) {
      entry.folder = value;
    }
  }

  std::string read_string(std::uint64_t form) {
    if (form == DW_FORM_string) return in_.string();
    if (form != DW_FORM_line_strp && form != DW_FORM_strp) {
      in_.fail();
      return {};
    }
    ByteReader strings(form == DW_FORM_line_strp ? sections_.line_str : sections_.str);
    strings.take(in_.number(offset_size_));
    std::string text = strings.string();
    if (!strings.ok()) in_.fail();
    return text;
  }

  std::uint64_t read_number(std::uint64_t form) {
    switch (form) {
      case DW_FORM_data1: return in_.number(1);
      case DW_FORM_data2: return in_.number(2);
      case DW_FORM_data4: return in_.number(4);
      case DW_FORM_data8: return in_.number(8);
      case DW_FORM_udata: return in_.uleb();
      case DW_FORM_data16: in_.take(16); return 0;  // an MD5 sum
      case DW_FORM_block: in_.take(in_.uleb()); return 0;
      case DW_FORM_string:
      case DW_FORM_line_strp:
      case DW_FORM_strp: read_string(form); return 0;  // embedded source and the like
      default: in_.fail(); return 0;
    }
  }

  // The first is where the compiler ran: relative where it was told to hide that, but to nothing.
  void add_folder(Entry entry) {
    if (folders_.empty() && entry.path == comp_dir_) return folders_.push_back(std::move(entry.path));
    const std::string& base = folders_.empty() ? comp_dir_ : folders_.front();
    std::string path = joined(base, entry.path);
    folders_.push_back(std::move(path));
  }

  void add_file(Entry entry) {
    const bool known = entry.folder < folders_.size();
    table_.files_.push_back(joined(known ? folders_[entry.folder] : std::string(), entry.path));
  }

  const LineSections& sections_;
  const std::string& comp_dir_;
  ByteReader in_;
  LineTable table_;
  std::vector<std::string> folders_;
  std::uint16_t version_ = 0;
  std::size_t offset_size_ = 4;
};

class LineProgram {
 public:
  LineProgram(const LineTable& table, const std::function<void(const LineSequence&)>& visit)
      : table_(table), visit_(visit), in_(table.program_) {
    start_sequence();
  }

  void run() {
    while (!in_.at_end()) step(in_.u8());
  }

 private:
  void start_sequence() {
    sequence_.rows.clear();
    now_ = LineRow{};
    now_.file = 1;
    now_.line = 1;
    now_.is_stmt = table_.default_is_stmt_;
  }

  void step(std::uint8_t opcode) {
    if (opcode >= table_.opcode_base_) return step_special(opcode);
    if (opcode == 0) return step_extended();
    step_standard(opcode);
  }

  void step_special(std::uint8_t opcode) {
    const unsigned adjusted = unsigned{opcode} - table_.opcode_base_;
    advance_address(adjusted / table_.line_range_);
    advance_line(table_.line_base_ + static_cast<std::int64_t>(adjusted % table_.line_range_));
    sequence_.rows.push_back(now_);
  }

  void step_standard(std::uint8_t opcode) {
    switch (opcode) {
      case DW_LNS_copy: sequence_.rows.push_back(now_); break;
      case DW_LNS_advance_pc: advance_address(in_.uleb()); break;
      case DW_LNS_advance_line: advance_line(in_.sleb()); break;
      case DW_LNS_set_file: now_.file = static_cast<std::uint32_t>(in_.uleb()); break;
      case DW_LNS_negate_stmt: now_.is_stmt = !now_.is_stmt; break;
      case DW_LNS_const_add_pc: advance_address((255U - table_.opcode_base_) / table_.line_range_); break;
      case DW_LNS_fixed_advance_pc: now_.address += in_.u16(); break;
      default:  // columns, prologue ends and what later versions may add: nothing that we keep
        for (int i = table_.operand_counts_[opcode]; i > 0; --i) in_.uleb();
    }
  }

  void step_extended() {
    ByteReader operands(in_.take(in_.uleb()));
    const std::uint8_t opcode = operands.u8();
    if (opcode == DW_LNE_set_address && operands.rest().size() <= 8) {
      now_.address = operands.number(operands.rest().size());
    } else if (opcode == DW_LNE_end_sequence) {
      sequence_.end = now_.address;
      if (!sequence_.rows.empty()) visit_(sequence_);
      start_sequence();
    }
  }

  void advance_address(std::uint64_t operation) {
    now_.address += operation * table_.min_instruction_size_;  // wraps in damaged tables
  }
  void advance_line(std::int64_t delta) { now_.line += static_cast<std::uint32_t>(delta); }

  const LineTable& table_;
  const std::function<void(const LineSequence&)>& visit_;
  ByteReader in_;
  LineRow now_;  // the registers of the line number machine that we need
  LineSequence sequence_;
};

LineTable LineTable::parse(const LineSections& sections, std::uint64_t offset, const std::string& comp_dir) {
  return LineHeaderReader(sections, offset, comp_dir).read();
}

void LineTable::for_each_sequence(const std::function<void(const LineSequence&)>& visit) const {
  if (ok_) LineProgram(*this, visit).run();
}

}  // namespace recount

#include "replay/query/row_writer.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>

#include "replay/text/json_text.hpp"
#include "replay/text/text.hpp"

namespace recount {
namespace {

constexpr std::size_t kLookahead = 1000;          // rows whose widths count, in a table of text
constexpr std::size_t kLookaheadBytes = 1 << 20;  // but no more than these
constexpr std::size_t kColumnWidthMax = 60;

std::string hexadecimal(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

// A value as SQLite writes it; NULL is empty.
std::string text_of(const Rows& rows, std::size_t column) {
  const Rows::Type type = rows.type(column);
  if (type == Rows::Type::blob) return hexadecimal(rows.bytes(column));
  return type == Rows::Type::null ? std::string() : std::string(rows.bytes(column));
}

std::string json_of(const Rows& rows, std::size_t column) {
  switch (rows.type(column)) {
    case Rows::Type::null: return "null";
    case Rows::Type::integer: return std::to_string(rows.integer(column));
    case Rows::Type::real: return nlohmann::json(rows.real(column)).dump();  // null if infinite
    case Rows::Type::text: return json_text(rows.bytes(column));
    case Rows::Type::blob: return json_text(hexadecimal(rows.bytes(column)));
  }
  return "null";
}

bool is_number(Rows::Type type) { return type == Rows::Type::integer || type == Rows::Type::real; }

class TextWriter : public RowWriter {
 public:
  explicit TextWriter(std::ostream& out) : out_(out) {}

  void begin(const std::vector<std::string>& names) override {
    numbers_.assign(names.size(), 0);
    words_.assign(names.size(), false);
    std::vector<std::string> cells;
    for (const std::string& name : names) cells.push_back(visible(name));
    first_.push_back(cells);
  }

  void row(const Rows& rows) override {
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < rows.names().size(); ++i) {
      const Rows::Type type = rows.type(i);
      if (is_number(type)) ++numbers_[i];
      if (type == Rows::Type::text || type == Rows::Type::blob) words_[i] = true;
      cells.push_back(visible(text_of(rows, i)));
    }
    add(std::move(cells));
  }

  void cut() override {
    if (first_.size() > 1) lay_out();
  }

  void end() override {
    const bool none = first_.size() == 1 && widths_.empty();
    lay_out();
    if (none) out_ << "(no rows)\n";
  }

 private:
  void add(std::vector<std::string> cells) {
    if (!widths_.empty()) return write(cells);
    for (const std::string& cell : cells) bytes_ += cell.size();
    first_.push_back(std::move(cells));
    if (first_.size() > kLookahead || bytes_ > kLookaheadBytes) lay_out();
  }

  void lay_out() {
    if (!widths_.empty()) return;
    widths_.assign(first_[0].size(), 0);
    for (const auto& cells : first_)
      for (std::size_t i = 0; i < cells.size(); ++i)
        if (const std::size_t width = width_of(cells[i]); width <= kColumnWidthMax || &cells == &first_[0])
          widths_[i] = std::max(widths_[i], width);
    std::vector<std::string> rule;
    for (const std::size_t width : widths_) rule.emplace_back(width, '-');
    first_.insert(first_.begin() + 1, rule);
    for (const auto& cells : first_) write(cells);
    first_.clear();
  }

  void write(const std::vector<std::string>& cells) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::size_t width = width_of(cells[i]);
      const std::string blanks(widths_[i] > width ? widths_[i] - width : 0, ' ');
      const bool right = numbers_[i] > 0 && !words_[i];
      line += (i > 0 ? "  " : "") + (right ? blanks + cells[i] : cells[i] + blanks);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out_ << line << '\n';
  }

  std::ostream& out_;
  std::vector<std::vector<std::string>> first_;  // the names, then the rows; empty once written
  std::vector<std::size_t> numbers_, widths_;
  std::vector<bool> words_;
  std::size_t bytes_ = 0;
};

// Objects: a name that comes twice gets a number, as SQLite does it in a subquery.
class JsonWriter : public RowWriter {
 public:
  JsonWriter(std::ostream& out, bool array) : out_(out), array_(array) {}

  void begin(const std::vector<std::string>& names) override {
    std::set<std::string> used;
    for (const std::string& name : names) {
      std::string key = name;
      for (int number = 1; !used.insert(key).second; ++number) key = name + ":" + std::to_string(number);
      keys_.push_back(json_text(key) + ":");
    }
    if (array_) out_ << '[';
  }

  void row(const Rows& rows) override {
    if (array_) out_ << (rows.count() > 1 ? ",\n" : "\n");
    for (std::size_t i = 0; i < keys_.size(); ++i) out_ << (i == 0 ? '{' : ',') << keys_[i] << json_of(rows, i);
    out_ << (array_ ? "}" : "}\n");
  }

  void end() override {
    if (array_) out_ << "\n]\n";
  }

 private:
  std::ostream& out_;
  bool array_;
  std::vector<std::string> keys_;
};

class CsvWriter : public RowWriter {
 public:
  explicit CsvWriter(std::ostream& out) : out_(out) {}

  void begin(const std::vector<std::string>& names) override {
    for (std::size_t i = 0; i < names.size(); ++i) write(i, visible_in_lines(names[i]));
    out_ << '\n';
  }

  void row(const Rows& rows) override {
    for (std::size_t i = 0; i < rows.names().size(); ++i) write(i, visible_in_lines(text_of(rows, i)));
    out_ << '\n';
  }

 private:
  void write(std::size_t column, std::string text) {
    if (column > 0) out_ << ',';
    if (text.find_first_of(",\"\r\n") == std::string::npos) {
      out_ << text;
      return;
    }
    for (std::size_t at = 0; (at = text.find('"', at)) != std::string::npos; at += 2) text.insert(at, 1, '"');
    out_ << '"' << text << '"';
  }
  std::ostream& out_;
};

// Text that means nothing but itself, in a cell of a table.
std::string plain(std::string_view text) {
  constexpr std::string_view kSpecial = "\\`*_{}[]()#+!|~<>&@:$=^";
  std::string out;
  for (const char c : visible(text)) {
    if (kSpecial.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

// What stands in a column is known only at its end, so all are aligned to the left.
class MarkdownWriter : public RowWriter {
 public:
  explicit MarkdownWriter(std::ostream& out) : out_(out) {}

  void begin(const std::vector<std::string>& names) override {
    for (const std::string& name : names) out_ << "| " << plain(name) << ' ';
    out_ << "|\n";
    for (std::size_t i = 0; i < names.size(); ++i) out_ << "| :--- ";
    out_ << "|\n";
  }

  void row(const Rows& rows) override {
    for (std::size_t i = 0; i < rows.names().size(); ++i) out_ << "| " << plain(text_of(rows, i)) << ' ';
    out_ << "|\n";
  }

 private:
  std::ostream& out_;
};

}  // namespace

std::unique_ptr<RowWriter> make_row_writer(std::string_view format, std::ostream& out) {
  if (format == "json") return std::make_unique<JsonWriter>(out, true);
  if (format == "jsonl") return std::make_unique<JsonWriter>(out, false);
  if (format == "csv") return std::make_unique<CsvWriter>(out);
  if (format == "markdown") return std::make_unique<MarkdownWriter>(out);
  return std::make_unique<TextWriter>(out);
}

void write_rows(RowWriter& writer, Rows& rows) {
  writer.begin(rows.names());
  try {
    while (rows.next()) writer.row(rows);
  } catch (...) {
    writer.cut();
    throw;
  }
  writer.end();
}

}  // namespace recount

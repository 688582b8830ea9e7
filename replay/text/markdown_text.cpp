#include "replay/text/markdown_text.hpp"

#include <sstream>

#include "replay/text/text.hpp"

namespace recount {
namespace {

bool is_numbered(std::string_view line) {
  const std::size_t digits = line.find_first_not_of("0123456789");
  return digits != 0 && digits != std::string_view::npos && line.substr(digits).starts_with(". ");
}

}  // namespace

std::string markdown_text(std::string_view text) {
  constexpr std::string_view kSpecial = "\\`*_{}[]()#+-.!|~<>&@:$\"'=^";
  std::string out;
  for (const char c : visible(text)) {
    if (kSpecial.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

// A block of code is text behind four blanks, with an empty line before it: nothing in it can end it.
void write_as_markdown(std::ostream& out, const std::string& report) {
  std::istringstream lines(report);
  bool is_first = true, in_block = false;
  for (std::string line; std::getline(lines, line); is_first = false) {
    const bool is_head = is_first || is_numbered(line);
    if (is_head) {
      out << (is_first ? "### " : "\n#### ") << markdown_text(line) << '\n';
    } else {
      if (!in_block) out << '\n';
      out << (line.empty() ? "" : "    ") << line << '\n';
    }
    in_block = !is_head;
  }
}

}  // namespace recount

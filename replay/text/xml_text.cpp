#include "replay/text/xml_text.hpp"

#include "replay/text/text.hpp"

namespace recount {
namespace {

std::string_view escape_of(char c) {
  switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    default: return "";
  }
}

// An attribute's tabs and line ends would become blanks in the reader if they stood as they are.
std::string reference_to(std::uint32_t code) {
  const bool is_forbidden = code < 0x20 && code != '\t' && code != '\n' && code != '\r';
  return is_forbidden ? std::string(kReplacement) : "&#" + std::to_string(code) + ";";
}

// U+FFFE and U+FFFF are characters that XML forbids.
std::string without_noncharacters(std::string text) {
  for (std::size_t at = 0; (at = text.find("\xef\xbf", at)) != std::string::npos; at += 3)
    if (text[at + 2] == '\xbe' || text[at + 2] == '\xbf') text.replace(at, 3, kReplacement);
  return text;
}

std::string marked(std::string_view text) {
  std::string marked;
  for (const char c : without_noncharacters(as_utf8(text))) {
    const std::string_view escape = escape_of(c);
    escape.empty() ? marked.append(1, c) : marked.append(escape);
  }
  return marked;
}

}  // namespace

std::string xml_text(std::string_view text) { return with_harmful(marked(text), reference_to); }

std::string xml_lines(std::string_view text) {
  return with_harmful(marked(text), [](std::uint32_t code) {
    return code == '\n' || code == '\t' ? std::string(1, static_cast<char>(code)) : reference_to(code);
  });
}

}  // namespace recount

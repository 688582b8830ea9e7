#include "replay/text/xml_text.hpp"

#include "replay/text/text.hpp"

namespace recount {
namespace {

// An attribute's tabs and line ends would become blanks in the reader if they stood as they are.
std::string_view escape_of(char c) {
  switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\t': return "&#9;";
    case '\n': return "&#10;";
    case '\r': return "&#13;";
    default: return "";
  }
}

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

bool is_forbidden(char c) { return static_cast<unsigned char>(c) < 0x20; }

// U+FFFE and U+FFFF are characters that XML forbids.
std::string without_noncharacters(std::string text) {
  for (std::size_t at = 0; (at = text.find("\xef\xbf", at)) != std::string::npos; at += 3)
    if (text[at + 2] == '\xbe' || text[at + 2] == '\xbf') text.replace(at, 3, kReplacement);
  return text;
}

}  // namespace

std::string xml_text(std::string_view text) {
  std::string out;
  for (const char c : without_noncharacters(as_utf8(text))) {
    const std::string_view escape = escape_of(c);
    if (!escape.empty())
      out += escape;
    else if (is_forbidden(c))
      out += kReplacement;
    else
      out += c;
  }
  return out;
}

}  // namespace recount

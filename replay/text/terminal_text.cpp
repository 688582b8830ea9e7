#include "replay/text/terminal_text.hpp"

#include <algorithm>

namespace recount {
namespace {

constexpr char kEscape = '\x1b', kBell = '\x07';

bool is_between(char c, char first, char last) { return c >= first && c <= last; }

// ECMA-48: ESC [, parameters, and a final byte. 0: it is none, or not complete.
std::size_t control_sequence(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  std::size_t at = 2;
  while (at < text.size() && is_between(text[at], ' ', '?')) ++at;
  return at < text.size() && is_between(text[at], '@', '~') ? at + 1 : 0;
}

// ESC ], as for a window's title, up to BEL or ESC backslash.
std::size_t system_command(std::string_view text) {
  if (!text.starts_with("\x1b]")) return 0;
  const std::size_t end = text.find_first_of("\x07\x1b", 2);
  if (end == std::string_view::npos) return 0;
  if (text[end] == kBell) return end + 1;
  return text.substr(end).starts_with("\x1b\\") ? end + 2 : 0;
}

bool chooses_colour(std::string_view sequence) {
  return sequence.ends_with('m') && sequence.find_first_not_of("0123456789;:", 2) == sequence.size() - 1;
}

template <typename LengthOf>
std::string without(std::string_view text, LengthOf length_of) {
  std::string kept;
  kept.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t next = std::min(text.find(kEscape, at), text.size());
    kept += text.substr(at, next - at);
    if (next == text.size()) break;
    const std::size_t length = length_of(text.substr(next));
    if (length == 0) kept += kEscape;
    at = next + std::max<std::size_t>(length, 1);
  }
  return kept;
}

}  // namespace

std::string without_colours(std::string_view text) {
  return without(text, [](std::string_view rest) {
    const std::size_t length = control_sequence(rest);
    return length != 0 && chooses_colour(rest.substr(0, length)) ? length : 0;
  });
}

std::string shown_line(std::string_view line) {
  std::string text =
      without(line, [](std::string_view rest) { return std::max(control_sequence(rest), system_command(rest)); });
  text.resize(text.find_last_not_of('\r') + 1);
  const std::size_t last = text.rfind('\r');
  return last == std::string::npos ? text : text.substr(last + 1);
}

std::size_t incomplete_bytes(std::string_view text) {
  for (std::size_t size = 1; size <= std::min<std::size_t>(3, text.size()); ++size) {
    const auto byte = static_cast<unsigned char>(text[text.size() - size]);
    if ((byte & 0xc0) == 0x80) continue;
    const std::size_t length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1;
    return length > size ? size : 0;
  }
  return 0;
}

}  // namespace recount

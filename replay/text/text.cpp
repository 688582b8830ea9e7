#include "replay/text/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

namespace recount {
namespace {

struct Character {
  std::uint32_t code = 0;
  std::size_t length = 0;  // 0: no UTF-8 here
};

bool continues(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return false;
  for (std::size_t i = at; i < at + count; ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return false;
  return true;
}

bool is_scalar(std::uint32_t code, std::size_t length) {
  constexpr std::array<std::uint32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  return code >= kSmallest[length] && code <= 0x10ffff && !surrogate;
}

Character decode(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  if (first < 0x80) return {first, 1};
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || !continues(text, at + 1, length - 1)) return {};
  std::uint32_t code = first & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) code = (code << 6) | (static_cast<unsigned char>(text[at + i]) & 0x3fU);
  if (!is_scalar(code, length)) return {};
  return {code, length};
}

// Control characters of both sets, line and paragraph separators, and what overrides the direction
// of text.
bool is_harmful(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069) || code == 0x200e || code == 0x200f || code == 0xfeff;
}

// Nearly all of nearly every text, and long: reports are made harmless as a whole.
std::size_t plain_bytes(std::string_view text, std::size_t from) {
  std::size_t at = from;
  while (at < text.size() && text[at] >= 0x20 && text[at] < 0x7f) ++at;
  return at - from;
}

std::string printed(const char* format, std::uint64_t number) {
  std::array<char, 40> buffer{};
  std::snprintf(buffer.data(), buffer.size(), format, static_cast<unsigned long long>(number));
  return buffer.data();
}

std::string printed(const char* format, double number) {
  std::array<char, 400> buffer{};
  std::snprintf(buffer.data(), buffer.size(), format, number);
  return buffer.data();
}

std::string escaped(std::uint32_t code) {
  if (code == '\n') return "\\n";
  if (code == '\t') return "\\t";
  return code < 0x80 ? printed("\\x%02llx", std::uint64_t{code}) : printed("\\u{%llx}", std::uint64_t{code});
}

bool is_plain(std::string_view word) {
  constexpr std::string_view kSafe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
  return !word.empty() && word.find_first_not_of(kSafe) == std::string_view::npos;
}

std::string quoted(const std::string& word) {
  if (is_plain(word)) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return visible(out + "'");
}

}  // namespace

std::string visible(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Character c = decode(text, at);
    if (c.length == 0)
      out += printed("\\x%02llx", std::uint64_t{static_cast<unsigned char>(text[at])});
    else if (is_harmful(c.code))
      out += escaped(c.code);
    else
      out += text.substr(at, c.length);
    at += c.length == 0 ? 1 : c.length;
  }
  return out;
}

std::string visible_in_lines(std::string_view bytes) {
  const std::string all = as_utf8(bytes);
  const std::string_view text = all;
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find_first_of("\n\t", at), text.size());
    out += visible(text.substr(at, end - at));
    if (end < text.size()) out += text[end];
    at = end + 1;
  }
  return out;
}

std::string with_harmful(std::string_view text, const std::function<std::string(std::uint32_t)>& as) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t plain = plain_bytes(text, at);
    out += text.substr(at, plain);
    at += plain;
    if (at == text.size()) break;
    const Character c = decode(text, at);
    if (c.length == 0)
      out += kReplacement;
    else if (is_harmful(c.code))
      out += as(c.code);
    else
      out += text.substr(at, c.length);
    at += c.length == 0 ? 1 : c.length;
  }
  return out;
}

std::string as_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = decode(text, at).length;
    out += length == 0 ? kReplacement : text.substr(at, length);
    at += length == 0 ? 1 : length;
  }
  return out;
}

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (const char c : text) width += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return width;
}

std::string shortened(std::string text, std::size_t width) {
  if (width == 0 || width_of(text) <= width) return text;
  const std::size_t kept = width > 3 ? width - 3 : 0;
  std::size_t at = 0;
  for (std::size_t count = 0; count < kept; ++count) at += std::max<std::size_t>(1, decode(text, at).length);
  text.resize(at);
  return text + std::string("...").substr(0, width);
}

std::vector<std::string> words_of(const std::string& json) {
  const auto parsed = nlohmann::json::parse(json, nullptr, false);
  if (!parsed.is_array()) return json.empty() ? std::vector<std::string>{} : std::vector{json};
  std::vector<std::string> words;
  for (const auto& word : parsed) words.push_back(word.is_string() ? word.get<std::string>() : "?");
  return words;
}

std::string shell_quoted(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out.append(out.empty() ? "" : " ").append(quoted(word));
  return out;
}

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

std::string duration_text(std::int64_t ns) {
  const double us = static_cast<double>(ns) / 1e3;
  if (us < 1e3) return printed("%.0f us", us);
  if (us < 1e6) return printed("%.3g ms", us / 1e3);
  if (us < 60e6) return printed("%.2f s", us / 1e6);
  const auto seconds = static_cast<std::uint64_t>(us / 1e6);
  return std::to_string(seconds / 60) + printed(" min %02llu s", seconds % 60);
}

std::string clock_text(std::int64_t unix_ns) {
  const std::time_t seconds = unix_ns / 1'000'000'000;
  std::tm parts{};
  std::array<char, 64> buffer{};
  if (!gmtime_r(&seconds, &parts)) return "at an unknown time";
  std::strftime(buffer.data(), buffer.size(), "%Y-%m-%d %H:%M:%S UTC", &parts);
  return buffer.data();
}

std::string percent_text(std::uint64_t part, std::uint64_t all) {
  if (all == 0) return "-";
  const double percent = 100.0 * static_cast<double>(part) / static_cast<double>(all);
  return printed("%.1f", part < all ? std::floor(percent * 10) / 10 : percent);
}

std::string count_text(std::uint64_t n, std::string_view noun) {
  const std::string plural = noun.ends_with('s') ? "es" : "s";
  return std::to_string(n) + " " + std::string(noun) + (n == 1 ? "" : plural);
}

std::string hex_text(std::uint64_t n) { return printed("0x%llx", n); }

std::string ranges_text(const std::vector<std::uint32_t>& numbers) {
  std::string text;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    std::size_t last = i;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    text += (text.empty() ? "" : ", ") + std::to_string(numbers[i]);
    if (last != i) text.append("-").append(std::to_string(numbers[last]));
    i = last;
  }
  return text;
}

}  // namespace recount

// Text that people read on a terminal.
//
// What comes out of a log may be anything: names of files and arguments are bytes of the traced
// program. visible() makes them harmless: control characters, broken UTF-8 and the characters that
// turn the writing direction round become \xNN or \u{NNNN}. Everything that is printed as text goes
// through it. Other formats make the same characters harmless in their own way: JSON and XML escape
// them, CSV has them as visible() does, but for line ends and tabs, and a tracefile has blanks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace recount {

inline constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

std::string visible(std::string_view text);
// The same, but line ends and tabs stay, and what is no UTF-8 becomes U+FFFD.
std::string visible_in_lines(std::string_view bytes);
// `as` says what stands for a harmful character. What is no UTF-8 becomes U+FFFD.
std::string with_harmful(std::string_view text, const std::function<std::string(std::uint32_t)>& as);
std::string as_utf8(std::string_view text);   // what is no UTF-8 in it becomes U+FFFD
std::size_t width_of(std::string_view text);  // in characters, of visible text
std::string shortened(std::string text,
                      std::size_t width);  // 0: as it is; else with ... at the end

// A JSON array of strings as it stands in the log. What is no such array comes back as one word.
std::vector<std::string> words_of(const std::string& json);
std::string shell_quoted(const std::vector<std::string>& words);  // visible, and to be pasted into a shell if possible

std::string base_name(const std::string& path);  // what is behind the last slash
std::string lower(std::string text);             // letters of ASCII

std::string duration_text(std::int64_t ns);                          // 1.234 s, 12.3 ms, 45 us
std::string clock_text(std::int64_t unix_ns);                        // 2024-05-06 07:08:09 UTC
std::string percent_text(std::uint64_t part, std::uint64_t all);     // 99.9, never rounded up to 100.0
std::string count_text(std::uint64_t n, std::string_view noun);      // 1 signal, 2 signals, 2 processes
std::string hex_text(std::uint64_t n);                               // 0x1f
std::string ranges_text(const std::vector<std::uint32_t>& numbers);  // ascending ones: 3-5, 9

// Colours as words around text, or nothing at all.
class Paint {
 public:
  explicit Paint(bool on) : on_(on) {}
  std::string good(const std::string& text) const { return wrap("32", text); }
  std::string bad(const std::string& text) const { return wrap("31", text); }
  std::string warn(const std::string& text) const { return wrap("33", text); }
  std::string strong(const std::string& text) const { return wrap("1", text); }
  std::string faint(const std::string& text) const { return wrap("2", text); }

 private:
  std::string wrap(const char* code, const std::string& text) const {
    return on_ ? "\x1b[" + std::string(code) + "m" + text + "\x1b[0m" : text;
  }
  bool on_;
};

}  // namespace recount

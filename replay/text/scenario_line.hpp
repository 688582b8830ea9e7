// A line of a scenario: words that stand for themselves, in order, and values by key. Line puts one together, Words takes it apart.
#pragma once

#include <algorithm>
#include <charconv>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "replay/text/scenario_words.hpp"

namespace recount::scenario {

inline std::string hex(std::uint64_t value) {
  char digits[16];
  const auto end = std::to_chars(digits, digits + sizeof digits, value, 16).ptr;
  return "0x" + std::string(digits, end);
}

// One line, put together word by word; members that are zero are left out.
class Line {
 public:
  Line& word(std::string_view text) {
    if (!text_.empty()) text_ += ' ';
    text_ += text;
    return *this;
  }
  Line& number(std::string_view key, std::int64_t value) {
    return value == 0 ? *this : pair(key, std::to_string(value));
  }
  Line& address(std::string_view key, std::uint64_t value) { return value == 0 ? *this : pair(key, hex(value)); }
  Line& text(std::string_view key, std::string_view value) { return value.empty() ? *this : pair(key, escaped(value)); }
  Line& signal(int signal) { return signal == 0 ? *this : word(signal_word(signal)); }
  std::string take() { return std::move(text_); }

 private:
  Line& pair(std::string_view key, std::string_view value) { return word(std::string(key) + "=" + std::string(value)); }

  // Blanks separate words, so none stands in a value.
  static std::string escaped(std::string_view value) {
    std::string out;
    for (const char c : value) {
      if (c > ' ' && c != '\\')
        out += c;
      else
        out += std::string("\\") + "0123456789abcdef"[(c >> 4) & 15] + "0123456789abcdef"[c & 15];
    }
    return out;
  }

  std::string text_;
};

inline std::int64_t integer(std::string_view text) {
  const bool is_hex = text.starts_with("0x");
  const std::string_view digits = is_hex ? text.substr(2) : text;
  std::uint64_t value = 0;
  const bool minus = digits.starts_with('-');
  const char* const first = digits.data() + (minus ? 1 : 0);
  const char* const last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(first, last, value, is_hex ? 16 : 10);
  if (error != std::errc{} || end != last) throw std::invalid_argument("not a number: " + std::string(text));
  return minus ? -static_cast<std::int64_t>(value) : static_cast<std::int64_t>(value);
}

inline constexpr int kSignalMax = 64, kErrorMax = 4095;  // errno(3): the highest that the kernel returns

inline int signal_number(std::string_view word) {
  for (int signal = 0; signal <= kSignalMax; ++signal)
    if (signal_word(signal) == word) return signal;
  return static_cast<int>(integer(word));
}

// What a Line of the printing half was: bare words in order, and values by key.
class Words {
 public:
  explicit Words(std::string_view line) : line_(line) {
    for (std::size_t at = 0; at < line.size();) {
      const std::size_t start = line.find_first_not_of(' ', at);
      if (start == std::string_view::npos) break;
      at = std::min(line.find(' ', start), line.size());
      add(line.substr(start, at - start));
    }
  }

  bool next_is_number() const {
    return next_ < bare_.size() && bare_[next_].find_first_not_of("0123456789") == std::string_view::npos;
  }
  std::string_view next() {
    if (next_ == bare_.size()) fail("ends too early");
    return bare_[next_++];
  }
  bool take(std::string_view word) {
    const bool there = next_ < bare_.size() && bare_[next_] == word;
    if (there) ++next_;
    return there;
  }
  template <typename Number = std::int64_t>
  Number number(const std::string& key) const {
    const auto found = values_.find(key);
    const std::int64_t value = found == values_.end() ? 0 : integer(found->second.back());
    if constexpr (std::is_enum_v<Number>)
      return Number{static_cast<std::underlying_type_t<Number>>(value)};
    else
      return static_cast<Number>(value);
  }
  std::string text(const std::string& key) const {
    const auto found = values_.find(key);
    return found == values_.end() ? std::string() : unescaped(found->second.back());
  }
  std::vector<std::string_view> all(const std::string& key) const {
    const auto found = values_.find(key);
    return found == values_.end() ? std::vector<std::string_view>() : found->second;
  }
  bool has(const std::string& key) const { return values_.contains(key); }
  std::vector<ImageAddress> addresses(const std::string& key) const {
    std::vector<ImageAddress> all;
    if (const auto found = values_.find(key); found != values_.end())
      for (const auto text : found->second) all.push_back(ImageAddress{static_cast<std::uint64_t>(integer(text))});
    return all;
  }
  [[noreturn]] void fail(const std::string& why) const {
    throw std::invalid_argument("\"" + std::string(line_) + "\" " + why);
  }

 private:
  void add(std::string_view word) {
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos)
      bare_.push_back(word);
    else
      values_[std::string(word.substr(0, equals))].push_back(word.substr(equals + 1));
  }
  static std::string unescaped(std::string_view value) {
    std::string out;
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (value[i] != '\\') {
        out += value[i];
        continue;
      }
      out += static_cast<char>(integer("0x" + std::string(value.substr(i + 1, 2))));
      i += 2;
    }
    return out;
  }

  std::string_view line_;
  std::vector<std::string_view> bare_;
  std::map<std::string, std::vector<std::string_view>> values_;
  std::size_t next_ = 0;
};

}  // namespace recount::scenario

#include "tracer/symbol_name.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <string_view>
#include <utility>

namespace recount {
namespace {

// Rust's older scheme borrows C++'s and ends each path in a hash: "::h" and 16 hexadecimal digits.
bool ends_in_rust_hash(std::string_view name) {
  constexpr std::size_t kHash = 3 + 16;
  if (name.size() <= kHash || name.substr(name.size() - kHash, 3) != "::h") return false;
  return name.find_first_not_of("0123456789abcdef", name.size() - 16) == std::string_view::npos;
}

// "$u7b$" is the character 0x7b; only ASCII is ever worth it.
char rust_character(std::string_view escape) {
  if (escape.size() != 3 || escape[0] != 'u') return '\0';
  const std::string digits(escape.substr(1));
  char* end = nullptr;
  const long value = std::strtol(digits.c_str(), &end, 16);
  return *end == '\0' && value >= ' ' && value < 0x7f ? static_cast<char>(value) : '\0';
}

std::string rust_escape(std::string_view escape) {
  static constexpr std::pair<std::string_view, char> kNamed[] = {
      {"SP", '@'}, {"BP", '*'}, {"RF", '&'}, {"LT", '<'},
      {"GT", '>'}, {"LP", '('}, {"RP", ')'}, {"C", ','}};
  for (const auto& [name, character] : kNamed) {
    if (name == escape) return {character};
  }
  const char character = rust_character(escape);
  return character == '\0' ? '$' + std::string(escape) + '$' : std::string{character};
}

// "_$LT$T$u20$as$u20$core..fmt..Debug$GT$::fmt" is "<T as core::fmt::Debug>::fmt".
std::string rust_unescaped(std::string_view name) {
  std::string text;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool at_start = i == 0 || name[i - 1] == ':';
    if (at_start && name.substr(i, 2) == "_$") continue;
    const std::size_t closing = name[i] == '$' ? name.find('$', i + 1) : std::string_view::npos;
    if (closing != std::string_view::npos) {
      text += rust_escape(name.substr(i + 1, closing - i - 1));
      i = closing;
    } else if (name.substr(i, 2) == "..") {
      text += "::";
      ++i;
    } else {
      text += name[i];
    }
  }
  return text;
}

}  // namespace

std::string demangled(const std::string& linkage_name) {
  if (linkage_name.compare(0, 2, "_Z") != 0) return {};  // else "i" would become "int"
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(linkage_name.c_str(), nullptr, nullptr, &status), &std::free);
  if (text == nullptr) return {};
  const std::string_view name(text.get());
  if (!ends_in_rust_hash(name)) return std::string(name);
  return rust_unescaped(name.substr(0, name.size() - 3 - 16));
}

}  // namespace recount

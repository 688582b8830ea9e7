#include "tracer/crash/last_words.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace recount {
namespace {

constexpr std::size_t kTextMax = 4096, kNameMax = 1024;
constexpr std::uint64_t kStackMax = 64 << 10;  // of the stack, above std::terminate()
constexpr std::uint64_t kObjectBehind = 32;    // of the unwind part of the header
constexpr std::uint64_t kGnuClass = 0x474e5543432b2b00, kClangClass = 0x434c4e47432b2b00;  // "GNUCC++\0", "CLNGC++\0"

std::string readable(const std::string& mangled) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(mangled.c_str(), nullptr, nullptr, &status), std::free);
  return status == 0 ? std::string(text.get()) : mangled;
}

bool is_name(const std::string& text) {
  return !text.empty() && text.size() < kNameMax &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; });
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

}  // namespace

std::optional<std::uint64_t> LastWords::word_at(std::uint64_t address) const {
  std::uint64_t word = 0;
  return read_(address, &word, word_) ? std::optional(word) : std::nullopt;
}

// Piece by piece: what lies behind the text may not be there.
std::string LastWords::text_at(std::uint64_t address, std::size_t size_max) const {
  std::string text;
  std::array<char, 64> piece{};
  while (address != 0 && text.size() < size_max) {
    const std::size_t size = piece.size() - address % piece.size();
    if (!read_(address, piece.data(), size)) return {};
    const auto* const end = std::find(piece.begin(), piece.begin() + size, '\0');
    text.append(piece.data(), static_cast<std::size_t>(end - piece.data()));
    if (end != piece.begin() + size) return text;
    address += size;
  }
  return text;
}

std::string LastWords::of_abort() const {
  constexpr std::uint64_t kSizeBytes = 4;
  for (const std::uint64_t symbol : symbols_("__abort_msg"))
    if (const auto message = word_at(symbol); message.value_or(0) != 0)
      return trimmed(text_at(*message + kSizeBytes, kTextMax));
  return {};
}

std::string LastWords::name_of_type(std::uint64_t type) const {
  const auto name = word_at(type + word_);
  std::string text = name ? text_at(*name, kNameMax) : std::string();
  if (text.starts_with('*')) text.erase(0, 1);  // it is unique to its address
  return is_name(text) ? text : std::string();
}

// Along the only base of each type, which lies at its begin (__si_class_type_info).
bool LastWords::has_message(std::uint64_t type) const {
  const std::uint64_t functions = 2 * word_, at_base = 2 * word_;  // of a vtable; of that type information
  constexpr int kBasesMax = 16;
  const auto tables = symbols_("_ZTVN10__cxxabiv120__si_class_type_infoE");
  for (int bases = 0; bases < kBasesMax; ++bases) {
    const std::string name = name_of_type(type);
    if (name == "St13runtime_error" || name == "St11logic_error") return true;
    const auto table = word_at(type), base = word_at(type + at_base);
    if (!table || !base || std::find(tables.begin(), tables.end(), *table - functions) == tables.end()) return false;
    type = *base;
  }
  return false;
}

std::string LastWords::told_by(std::uint64_t type, std::uint64_t object) const {
  const std::string name = name_of_type(type);
  const auto first = word_at(object);
  if (!first) return {};
  if (name == "PKc" || name == "Pc") return text_at(*first, kTextMax);
  if (name == "i") return std::to_string(static_cast<std::int32_t>(*first));
  if (!has_message(type)) return {};
  const auto message = word_at(object + word_);
  return message ? text_at(*message, kTextMax) : std::string();
}

std::string LastWords::of_exception(std::uint64_t stack_pointer) const {
  const std::uint64_t type_before = word_ == 4 ? 48 : 80;
  std::array<std::uint8_t, 512> bytes{};  // of one page, whole or not
  for (std::uint64_t at = stack_pointer & ~(sizeof bytes - 1); at < stack_pointer + kStackMax; at += sizeof bytes) {
    if (!read_(at, bytes.data(), sizeof bytes)) return {};
    for (std::size_t i = at < stack_pointer ? (stack_pointer - at) / word_ * word_ : 0; i < bytes.size(); i += word_) {
      std::uint64_t header = 0, kind = 0;
      std::memcpy(&header, &bytes[i], word_);
      if (header % 16 != 0 || header < type_before || !read_(header, &kind, sizeof kind)) continue;
      if (kind != kGnuClass && kind != kClangClass) continue;
      const auto type = word_at(header - type_before);
      const std::string name = type ? name_of_type(*type) : std::string();
      if (name.empty()) continue;
      const std::string told = trimmed(told_by(*type, header + kObjectBehind));
      return "uncaught " + readable(name) + (told.empty() ? "" : ": " + told);
    }
  }
  return {};
}

}  // namespace recount

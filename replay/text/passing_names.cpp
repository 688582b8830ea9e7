#include "replay/text/passing_names.hpp"

#include <algorithm>
#include <cctype>

namespace recount {
namespace {

constexpr std::size_t kRandomMin = 6;  // mkstemp(3)
constexpr std::string_view kFolded = "XXXXXX";

bool is_random(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }
bool is_part_of_name(char c) { return is_random(c) || c == '.' || c == '-' || c == '+'; }

bool looks_random(std::string_view text) {
  return text.size() >= kRandomMin && std::all_of(text.begin(), text.end(), is_random) &&
         std::any_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) || std::isupper(c); });
}

bool is_below_temporary(std::string_view before) { return before.ends_with("/tmp/") || before.ends_with("/dev/shm/"); }

// A name up to its extension: the last dot with letters behind it.
std::size_t stem_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || name.size() - dot > kRandomMin) return name.size();
  return dot;
}

// How much of the name's front stays; npos: all of it.
std::size_t kept_of(std::string_view name, bool below_temporary) {
  const std::string_view stem = name.substr(0, stem_of(name));
  constexpr std::size_t kGcc = 8, kPython = 11;
  if (stem.size() == kGcc && stem.starts_with("cc") && looks_random(stem.substr(2))) return 0;
  if (stem.starts_with("tmp.") && looks_random(stem.substr(4))) return 4;
  if (stem.size() == kPython && stem.starts_with("tmp") && looks_random(stem.substr(3))) return 3;
  if (!below_temporary) return std::string_view::npos;
  std::size_t from = stem.size();
  while (from > 0 && is_random(stem[from - 1])) --from;
  return looks_random(stem.substr(from)) ? from : std::string_view::npos;
}

}  // namespace

std::string without_passing_names(std::string_view text) {
  std::string folded;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_part_of_name(text[end])) ++end;
    const std::string_view name = text.substr(at, end - at);
    const std::size_t kept = kept_of(name, is_below_temporary(text.substr(0, at)));
    if (name.empty())
      folded += text[end++];
    else if (kept == std::string_view::npos)
      folded += name;
    else
      folded.append(name.substr(0, kept)).append(kFolded).append(name.substr(stem_of(name)));
    at = end;
  }
  return folded;
}

}  // namespace recount

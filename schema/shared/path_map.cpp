#include "schema/shared/path_map.hpp"

#include <filesystem>
#include <string_view>

namespace recount {
namespace {

std::string normal(const std::string& path) { return std::filesystem::path(path).lexically_normal().string(); }

std::string without_trailing_slashes(std::string folder) {
  while (!folder.empty() && folder.back() == '/') folder.pop_back();
  return folder;
}

// What is left of a path below `from`, with the slash before it; nothing if it does not lie there.
std::optional<std::string_view> below(const std::string& from, std::string_view path) {
  if (path.substr(0, from.size()) != from) return std::nullopt;
  const std::string_view rest = path.substr(from.size());
  if (!rest.empty() && rest.front() != '/') return std::nullopt;
  return rest;
}

bool stays_inside(std::string_view relative) {
  return !relative.empty() && relative.front() != '/' && relative != ".." && relative.substr(0, 3) != "../";
}

}  // namespace

std::optional<PathMap::Rule> PathMap::parse(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) return std::nullopt;
  return Rule{text.substr(0, equals), text.substr(equals + 1)};
}

void PathMap::add(const std::string& from, const std::string& to) {
  rules_.push_back({without_trailing_slashes(normal(from)), to.empty() ? "." : without_trailing_slashes(normal(to))});
}

std::string PathMap::apply(const std::string& path) const {
  if (rules_.empty()) return path;
  const std::string normalised = normal(path);
  for (const auto& [from, to] : rules_) {
    if (from == "." && stays_inside(normalised)) return normal(to + "/" + normalised);
    if (const auto rest = below(from, normalised); rest && from != ".") return normal(to + std::string(*rest));
  }
  return path;
}

}  // namespace recount

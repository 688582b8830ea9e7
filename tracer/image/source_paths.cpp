#include "tracer/image/source_paths.hpp"

#include <filesystem>
#include <system_error>

namespace recount {
namespace {

namespace fs = std::filesystem;

std::string as_text_only(const std::string& spelling) { return fs::path(spelling).lexically_normal().string(); }

std::string through_symlinks(const std::string& spelling) {
  std::error_code error;
  const fs::path path = fs::weakly_canonical(spelling, error);
  return error ? as_text_only(spelling) : path.string();
}

}  // namespace

std::uint32_t SourcePaths::number_of(const std::string& spelling) {
  if (const auto known = by_spelling_.find(spelling); known != by_spelling_.end()) {
    return known->second;
  }
  const std::string mapped = sources_.map().apply(spelling);
  std::string path = canonical(mapped);
  bool wanted = sources_.wants(path);
  if (const std::string inside = wanted ? "" : inside_a_root(mapped); !inside.empty()) {
    path = inside;
    wanted = true;
  }
  const auto [entry, is_new] = by_path_.emplace(path, static_cast<std::uint32_t>(files_.size()));
  if (is_new) files_.push_back({path, wanted});
  return by_spelling_[spelling] = entry->second;
}

// The way to a root may lead through links, and so may that from there to the file: only the first part is followed. Empty: none.
std::string SourcePaths::inside_a_root(const std::string& spelling) {
  const std::string path = as_text_only(spelling);
  if (path.empty() || path.front() != '/') return {};
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const std::string candidate = canonical_folder(path.substr(0, slash)) + path.substr(slash);
    if (sources_.wants(candidate)) return candidate;
  }
  return {};
}

// Nearly all files share their folder with others and are no links themselves: one lstat then.
std::string SourcePaths::canonical(const std::string& spelling) {
  if (spelling.empty() || spelling.front() != '/') return spelling;  // nobody knows relative to what
  const std::size_t slash = spelling.rfind('/');
  const std::string name = spelling.substr(slash + 1);
  const std::string candidate = canonical_folder(spelling.substr(0, slash + 1)) + '/' + name;
  std::error_code error;
  const bool plain = name != "." && name != ".." && !fs::is_symlink(candidate, error);
  return plain ? as_text_only(candidate) : through_symlinks(spelling);
}

const std::string& SourcePaths::canonical_folder(const std::string& spelling) {
  const auto [entry, is_new] = folders_.try_emplace(spelling);
  if (is_new) entry->second = through_symlinks(spelling);
  return entry->second;
}

}  // namespace recount

// The source files that debug information names: one number for each file, however it is spelled.
//
// A path is followed through symlinks as long as it exists, so that one file has one name and
// matches canonical source roots. A link inside a root that leads out of it keeps its name there. If the path is gone, or was built elsewhere, it is normalised as text.
// The filter's map comes first: it says where a file of a build made elsewhere is here. Each spelling is looked up once.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "schema/shared/source_filter.hpp"
#include "tracer/image/image.hpp"

namespace recount {

class SourcePaths {
 public:
  explicit SourcePaths(const SourceFilter& sources) : sources_(sources) {}

  std::uint32_t number_of(const std::string& spelling);
  bool wanted(std::uint32_t number) const { return files_[number].wanted; }
  const std::string& path(std::uint32_t number) const { return files_[number].path; }
  std::size_t size() const noexcept { return files_.size(); }

 private:
  struct File {
    std::string path;
    bool wanted;
  };
  std::string canonical(const std::string& spelling);
  const std::string& canonical_folder(const std::string& spelling);
  std::string inside_a_root(const std::string& spelling);

  const SourceFilter& sources_;
  std::vector<File> files_;
  std::unordered_map<std::string, std::uint32_t> by_path_;
  std::unordered_map<std::string, std::uint32_t> by_spelling_;
  std::unordered_map<std::string, std::string> folders_;
};

}  // namespace recount

// Which text of a source the reports are about, where a log has several: it was edited between two runs, or while one went on.
//
// Numbers of lines mean nothing without the text, so lines of two texts are not added up. The newest text is that of the run that
// began last, and in one run that of the image that was met last; one that was not newer than its image comes before one that was.
// What images with another text tell of the file is left out.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "replay/log/log_file.hpp"
#include "schema/shared/path_map.hpp"

namespace recount {

class TextChoice {
 public:
  struct Text {
    std::string hash;
    bool newer = false;              // than the image whose lines it has
    std::set<std::string> other;     // hashes of other texts
    std::set<std::string> left_out;  // uuids of the runs that have one of those, and not this one
  };

  // Files have the names that the map gives them.
  TextChoice(const LogFile& log, const PathMap& map);

  bool takes(std::int64_t file_id, std::int64_t image_id) const { return !dropped_.contains({file_id, image_id}); }
  const std::map<std::string, Text>& texts() const noexcept { return texts_; }  // by file
  // The hash of the text that the file's lines are of; "" where the log has none, or only one that was edited after the image was built.
  std::string hash_of(const std::string& file) const;

 private:
  struct Row;
  void choose(const std::string& file, const std::vector<Row>& rows);

  std::map<std::string, Text> texts_;
  std::set<std::pair<std::int64_t, std::int64_t>> dropped_;  // a file, an image
};

}  // namespace recount

#include "replay/log/text_choice.hpp"

#include <algorithm>
#include <tuple>

namespace recount {

struct TextChoice::Row {
  std::int64_t file = 0, image = 0;
  std::string hash;
  bool newer = false;
  std::int64_t start = 0;
  std::string run;
};

TextChoice::TextChoice(const LogFile& log, const PathMap& map) {
  if (!log.has_sources()) return;
  std::map<std::string, std::vector<Row>> files;
  const std::string runs = log.merged() ? "LEFT JOIN trace_part_image m ON m.image_id = k.image_id "
                                          "LEFT JOIN trace_run r ON r.run_uuid = m.run_uuid "
                                        : "LEFT JOIN trace_run r ON 0 ";
  Statement row(log.database(),
                "SELECT f.path, k.file_id, k.image_id, k.hash, k.newer, COALESCE(r.start_unix_ns, 0), "
                "COALESCE(r.run_uuid, '') FROM trace_file_source k JOIN trace_file f ON f.file_id = k.file_id " +
                    runs + "WHERE k.hash IS NOT NULL");
  while (row.step())
    files[map.apply(row.text(0))].push_back(
        {row.integer(1), row.integer(2), row.text(3), row.integer(4) != 0, row.integer(5), row.text(6)});
  for (const auto& [file, rows] : files) choose(file, rows);
}

std::string TextChoice::hash_of(const std::string& file) const {
  const auto text = texts_.find(file);
  return text == texts_.end() || text->second.newer ? "" : text->second.hash;
}

void TextChoice::choose(const std::string& file, const std::vector<Row>& rows) {
  const auto rank = [](const Row& row) { return std::tuple(!row.newer, row.start, row.image); };
  const Row& newest =
      *std::max_element(rows.begin(), rows.end(), [&](const Row& a, const Row& b) { return rank(a) < rank(b); });
  Text& text = texts_[file];
  text.hash = newest.hash;
  text.newer = newest.newer;
  for (const Row& row : rows) {
    if (row.hash == newest.hash) continue;
    dropped_.emplace(row.file, row.image);
    text.other.insert(row.hash);
    text.left_out.insert(row.run);
  }
  for (const Row& row : rows)
    if (row.hash == newest.hash) text.left_out.erase(row.run);
}

}  // namespace recount

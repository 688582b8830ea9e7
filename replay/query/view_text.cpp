#include "replay/query/view_text.hpp"

#include <algorithm>
#include <utility>

#include "schema/log/view_sql.hpp"

namespace recount {
namespace {

// The lines of a text, without their ends.
template <typename Take>
void each_line(std::string_view text, Take take) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    take(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void append_line(std::string& paragraph, std::string_view line) {
  if (!paragraph.empty()) paragraph += ' ';
  paragraph += line;
}

// views.sql line by line: comments belong to the view that follows without a blank line between.
class ViewReader {
 public:
  void take(std::string_view line) {
    constexpr std::string_view kCreate = "CREATE VIEW ";
    if (inside_)
      take_sql(line);
    else if (line.starts_with(kCreate))
      begin(line.substr(kCreate.size()));
    else if (line.starts_with("-- "))
      append_line(prose_, line.substr(3));
    else
      prose_.clear();
  }
  std::vector<ViewText> views;

 private:
  void begin(std::string_view line) {
    const std::size_t blank = line.find(' ');
    views.push_back({std::string(line.substr(0, blank)), std::move(prose_), {}});
    prose_.clear();
    inside_ = true;
    take_sql(line.substr(blank + 1));
  }
  void take_sql(std::string_view line) {
    views.back().sql.append(line).append("\n");
    inside_ = !line.ends_with(';');
  }
  std::string prose_;
  bool inside_ = false;
};

std::string trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(' ') - first + 1));
}

std::vector<std::string> split(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(separator, at), text.size());
    parts.push_back(trimmed(text.substr(at, end - at)));
    at = end + separator.size();
  }
  return parts;
}

// "### image, hit", "### process: one row for each process"
bool names_view(std::string_view heading, std::string_view view) {
  const std::string_view names = heading.substr(0, heading.find(':'));
  for (const std::string& name : split(names.substr(4), ","))
    if (name == view) return true;
  return false;
}

// The lines of one section of the manual, taken apart.
class SectionReader {
 public:
  explicit SectionReader(std::string_view view) : view_(view) {}
  void take(std::string_view line) {
    if (line.starts_with("#"))
      inside_ = line.starts_with("### ") && names_view(line, view_);
    else if (inside_)
      line.starts_with("|") ? take_row(line) : take_prose(line);
  }
  ManualSection section;

 private:
  void take_row(std::string_view line) {
    const std::vector<std::string> cells = split(line, "|");  // the first and the last are empty
    if (cells.size() >= 4 && !cells[1].starts_with("---") && !cells[2].empty())
      section.entries.push_back({split(cells[1], ","), cells[2]});
  }
  void take_prose(std::string_view line) {
    if (line.empty())
      gap_ = true;
    else if (std::exchange(gap_, false))
      section.paragraphs.emplace_back(line);
    else
      append_line(section.paragraphs.back(), line);
  }
  std::string_view view_;
  bool inside_ = false, gap_ = true;
};

}  // namespace

std::string ViewText::sentence() const {
  const std::size_t end = prose.find(". ");
  return end == std::string::npos ? prose : prose.substr(0, end + 1);
}

const std::vector<ViewText>& view_texts() {
  static const std::vector<ViewText> kViews = [] {
    ViewReader reader;
    each_line(views_sql(), [&](std::string_view line) { reader.take(line); });
    return std::move(reader.views);
  }();
  return kViews;
}

ManualSection manual_section(std::string_view view) {
  SectionReader reader(view);
  each_line(kSchemaManual, [&](std::string_view line) { reader.take(line); });
  return std::move(reader.section);
}

}  // namespace recount

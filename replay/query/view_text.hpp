// What schema/ says of the views, in its own words: views.sql is taken apart, and README.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace recount {

struct ViewText {
  std::string name;
  std::string prose;  // the comment that stands before it, as one line
  std::string sql;    // AS ...;

  bool promised() const { return !name.starts_with("trace_"); }
  std::string sentence() const;  // the first of the prose
};

const std::vector<ViewText>& view_texts();  // in the order of views.sql, helpers included

// The section of README.md whose heading names a view.
struct ManualSection {
  struct Entry {
    std::vector<std::string> names;  // the first cell of a row of a table
    std::string meaning;             // the second
  };
  std::vector<Entry> entries;
  std::vector<std::string> paragraphs;  // what is no table
};
ManualSection manual_section(std::string_view view);

extern const std::string_view kSchemaManual;  // schema/README.md

}  // namespace recount

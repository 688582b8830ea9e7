// The rows of an answer in one of the formats of `query`, written as they come.
//
//   const auto writer = make_row_writer("csv", out);
//   write_rows(*writer, rows);
//
// | format   | NULL  | a blob      | text                                                        |
// | text     | empty | hexadecimal | visible (text.hpp); what is longer than its column stands out |
// | json     | null  | hexadecimal | what is no UTF-8 becomes U+FFFD; so in jsonl                  |
// | csv      | empty | hexadecimal | the same, as RFC 4180 quotes it, lines ended by LF          |
// | markdown | empty | hexadecimal | visible, and no markup                                      |
//
// Nothing is kept but, for text, the first rows, whose widths make the columns.
#pragma once

#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "replay/query/query_session.hpp"

namespace recount {

class RowWriter {
 public:
  virtual ~RowWriter() = default;
  virtual void begin(const std::vector<std::string>& names) = 0;
  virtual void row(const Rows& rows) = 0;
  virtual void cut() {}  // the rows end here, for trouble; what is kept is to be written
  virtual void end() {}
};

std::unique_ptr<RowWriter> make_row_writer(std::string_view format, std::ostream& out);
void write_rows(RowWriter& writer, Rows& rows);

}  // namespace recount

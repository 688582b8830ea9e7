// Where a report goes: standard output, or a file that appears whole or not at all.
//
//   Output output(path);  output.stream() << ...;  output.commit();
//
// A report for a file is written beside it and renamed at commit(): whoever reads the file sees the
// old one or the new one, and a report that fails half-way leaves the old one alone.
#pragma once

#include <cstddef>
#include <fstream>
#include <iosfwd>
#include <string>

namespace recount {

// What standard output was when this was first asked: later a pager may stand before it.
struct Terminal {
  bool is_there = false;
  std::size_t width = 0;  // columns
};
const Terminal& terminal();

class Output {
 public:
  explicit Output(std::string path);  // "": standard output
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  std::ostream& stream() noexcept { return *stream_; }
  bool coloured() const;      // a terminal, and NO_COLOR is not set
  std::size_t width() const;  // the terminal's columns, 0 if it is none
  void commit();              // throws FileError if anything was not written

 private:
  void open_beside();
  std::string path_;
  std::string written_path_;  // what is renamed to path_; the same if path_ is no ordinary file
  std::ofstream file_;
  std::ostream* stream_;
  bool committed_ = false;
};

}  // namespace recount

// Coverage as Codecov's custom JSON: hits by line number by path.
#include <ostream>

#include "replay/coverage/coverage_formats.hpp"
#include "replay/text/json_text.hpp"

namespace recount {

void write_coverage_codecov(const Sheet& sheet, const CoverageReport& report) {
  std::ostream& out = sheet.out;
  out << "{\"coverage\":{";
  const char* before_file = "\n";
  for (const FileCoverage& file : report.files()) {
    out << before_file << json_text(report.relative(file.file)) << ":{";
    const char* before_line = "";
    for (const LineCoverage& line : file.lines) {
      out << before_line << '"' << line.line << "\":" << line.hits;
      before_line = ",";
    }
    out << '}';
    before_file = ",\n";
  }
  out << "}}\n";
}

}  // namespace recount

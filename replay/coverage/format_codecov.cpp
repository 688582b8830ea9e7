// Coverage as Codecov's custom JSON: hits by line number by path; of a line that ran and not on all of its ways, "1/2".
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
      const BranchShare share = share_of(file.branches_of(line.line));
      out << before_line << '"' << line.line << "\":";
      if (line.hits != 0 && share.taken < share.known)
        out << '"' << share.taken << '/' << share.known << '"';
      else
        out << line.count();
      before_line = ",";
    }
    out << '}';
    before_file = ",\n";
  }
  out << "}}\n";
}

}  // namespace recount

// Coverage as SonarQube's generic test coverage (sonar.coverageReportPaths).
#include <ostream>

#include "replay/coverage/coverage_formats.hpp"
#include "replay/text/xml_text.hpp"

namespace recount {

void write_coverage_sonarqube(const Sheet& sheet, const CoverageReport& report) {
  std::ostream& out = sheet.out;
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<coverage version=\"1\">\n";
  for (const FileCoverage& file : report.files()) {
    out << "<file path=\"" << xml_text(report.relative(file.file)) << "\">\n";
    for (const LineCoverage& line : file.lines) {
      out << "<lineToCover lineNumber=\"" << line.line << "\" covered=\"" << (line.hits != 0 ? "true" : "false") << '"';
      if (const BranchShare share = share_of(file.branches_of(line.line)); share.known != 0)
        out << " branchesToCover=\"" << share.known << "\" coveredBranches=\"" << share.taken << '"';
      out << "/>\n";
    }
    out << "</file>\n";
  }
  out << "</coverage>\n";
}

}  // namespace recount

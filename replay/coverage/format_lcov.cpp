// Coverage as a tracefile: the format of geninfo(1), which lcov, genhtml and most services read.
//
// Functions have the names of their symbols, as geninfo writes them: lcov 1.16 takes a name to end
// at the first comma, and would make one of f(int, char) and f(int, long). genhtml --demangle-cpp
// shows the names that people know.
#include <algorithm>
#include <ostream>
#include <utility>

#include "replay/coverage/coverage_formats.hpp"
#include "replay/text/text.hpp"

namespace recount {
namespace {

// A record is a line, and a comma ends a name; what would break that goes, or do harm where a tracefile is shown.
std::string record_text(const std::string& text) {
  return with_harmful(text, [](std::uint32_t) { return std::string(" "); });
}

std::string name_text(std::string text) {
  std::replace(text.begin(), text.end(), ',', ';');
  return record_text(text);
}

void write_function_records(std::ostream& out, const FileCoverage& file) {
  const std::vector<std::string> names = unique_names(file, &FunctionCoverage::linkage_name);
  for (std::size_t i = 0; i < names.size(); ++i)
    out << "FN:" << file.functions[i].line << ',' << name_text(names[i]) << '\n';
  for (std::size_t i = 0; i < names.size(); ++i)
    out << "FNDA:" << file.functions[i].count() << ',' << name_text(names[i]) << '\n';
  out << "FNF:" << file.functions.size() << "\nFNH:" << file.functions_hit << '\n';
}

// How often a way was taken is not in the log: 1 if it was, 0 if not, - if its jump was never reached. What nobody knows is left out.
void write_branch_records(std::ostream& out, const FileCoverage& file) {
  if (file.branches.empty()) return;
  for (const BranchCoverage& branch : file.branches) {
    if (!branch.taken) continue;
    out << "BRDA:" << branch.line << ',' << branch.condition << ',' << branch.number << ','
        << (*branch.taken             ? "1"
            : branch.reached == false ? "-"
                                      : "0")
        << '\n';
  }
  out << "BRF:" << file.branch_share.known << "\nBRH:" << file.branch_share.taken << '\n';
}

}  // namespace

void write_coverage_lcov(const Sheet& sheet, const CoverageReport& report) {
  std::ostream& out = sheet.out;
  for (const FileCoverage& file : report.files()) {
    out << "TN:\nSF:" << record_text(file.file) << '\n';
    write_function_records(out, file);
    write_branch_records(out, file);
    for (const LineCoverage& line : file.lines) out << "DA:" << line.line << ',' << line.count() << '\n';
    out << "LF:" << file.lines.size() << "\nLH:" << file.lines_hit << "\nend_of_record\n";
  }
}

}  // namespace recount

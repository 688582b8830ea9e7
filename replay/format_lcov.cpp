// Coverage as a tracefile: the format of geninfo(1), which lcov, genhtml and most services read.
#include <map>
#include <ostream>

#include "replay/coverage_formats.hpp"

namespace recount {
namespace {

// A record is a line, and FN and FNDA belong together by the name alone. A name that two functions
// of a file share gets the line of its declaration appended; what would break the line goes.
std::string record_text(std::string text) {
  for (char& c : text)
    if (c == '\n' || c == '\r' || c == '\0') c = ' ';
  return text;
}

std::vector<std::string> names_of(const FileCoverage& file) {
  std::map<std::string, int> uses;
  for (const FunctionCoverage& function : file.functions) ++uses[record_text(function.name)];
  std::vector<std::string> names;
  for (const FunctionCoverage& function : file.functions) {
    const std::string name = record_text(function.name);
    names.push_back(uses[name] > 1 ? name + " at line " + std::to_string(function.line) : name);
  }
  return names;
}

void write_functions(std::ostream& out, const FileCoverage& file) {
  const std::vector<std::string> names = names_of(file);
  for (std::size_t i = 0; i < names.size(); ++i)
    out << "FN:" << file.functions[i].line << ',' << names[i] << '\n';
  for (std::size_t i = 0; i < names.size(); ++i)
    out << "FNDA:" << file.functions[i].hits << ',' << names[i] << '\n';
  out << "FNF:" << file.functions.size() << "\nFNH:" << file.functions_hit << '\n';
}

}  // namespace

void write_coverage_lcov(const Sheet& sheet, const CoverageReport& report) {
  std::ostream& out = sheet.out;
  for (const FileCoverage& file : report.files()) {
    out << "TN:\nSF:" << record_text(file.file) << '\n';
    write_functions(out, file);
    for (const LineCoverage& line : file.lines)
      out << "DA:" << line.line << ',' << line.hits << '\n';
    out << "LF:" << file.lines.size() << "\nLH:" << file.lines_hit << "\nend_of_record\n";
  }
}

}  // namespace recount

// Coverage as gcovr's JSON, format version 0.3: what gcovr 5.1 to 5.2 write with --json and merge
// with --add-tracefile. It asks that two functions of one name in one file have one line, too.
#include <ostream>

#include "replay/coverage/coverage_formats.hpp"
#include "replay/text/json_text.hpp"

namespace recount {
namespace {

void write_branches(std::ostream& out, std::span<const BranchCoverage> branches) {
  const char* separator = "";
  for (const BranchCoverage& branch : branches) {
    if (!branch.taken) continue;  // nobody knows
    out << separator << "{\"count\":" << *branch.taken
        << ",\"fallthrough\":" << (branch.way == Way::on ? "true" : "false") << ",\"throw\":false}";
    separator = ",";
  }
}

void write_line(std::ostream& out, const FileCoverage& file, const LineCoverage& line) {
  out << "{\"line_number\":" << line.line << ",\"count\":" << line.count() << ",\"branches\":[";
  write_branches(out, file.branches_of(line.line));
  out << R"(],"gcovr/noncode":false,"gcovr/excluded":false})";
}

void write_functions(std::ostream& out, const FileCoverage& file) {
  const std::vector<std::string> names = unique_names(file, &FunctionCoverage::name);
  for (std::size_t i = 0; i < names.size(); ++i)
    out << (i == 0 ? "\n" : ",\n") << "{\"name\":" << json_text(names[i]) << ",\"lineno\":" << file.functions[i].line
        << ",\"execution_count\":" << file.functions[i].count() << '}';
}

void write_file(std::ostream& out, const CoverageReport& report, const FileCoverage& file) {
  out << "{\"file\":" << json_text(report.relative(file.file)) << ",\"lines\":";
  write_json_array(out, file.lines, [&](std::ostream& o, const LineCoverage& line) { write_line(o, file, line); });
  out << ",\"functions\":[";
  write_functions(out, file);
  out << "]}";
}

}  // namespace

void write_coverage_gcovr(const Sheet& sheet, const CoverageReport& report) {
  sheet.out << "{\"gcovr/format_version\":\"0.3\",\"files\":";
  write_json_array(sheet.out, report.files(),
                   [&](std::ostream& out, const FileCoverage& file) { write_file(out, report, file); });
  sheet.out << "}\n";
}

}  // namespace recount

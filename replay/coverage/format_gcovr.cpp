// Coverage as gcovr's JSON: what gcovr writes with --json and merges with --add-tracefile, format version 0.3 (gcovr 5.1 and 5.2) or
// 0.6 (7.2). A gcovr reads its own version only. It asks that two functions of one name in one file have one line, too.
//
// Version 0.6 wants three numbers that a recording has not: how often a function returned, which share of its blocks ran, and the
// block of a branch. They are the calls, all or nothing, and 0.
#include <ostream>

#include "replay/coverage/coverage_formats.hpp"
#include "replay/text/json_text.hpp"

namespace recount {
namespace {

enum class Gcovr { five, seven };

void write_branches(std::ostream& out, std::span<const BranchCoverage> branches, Gcovr reader) {
  const char* separator = "";
  for (const BranchCoverage& branch : branches) {
    if (!branch.taken) continue;  // nobody knows
    out << separator << "{\"count\":" << *branch.taken
        << ",\"fallthrough\":" << (branch.way == Way::on ? "true" : "false") << ",\"throw\":false"
        << (reader == Gcovr::seven ? ",\"blockno\":0}" : "}");
    separator = ",";
  }
}

void write_line(std::ostream& out, const FileCoverage& file, const LineCoverage& line, Gcovr reader) {
  out << "{\"line_number\":" << line.line << ",\"count\":" << line.count() << ",\"branches\":[";
  write_branches(out, file.branches_of(line.line), reader);
  out << (reader == Gcovr::five ? R"(],"gcovr/noncode":false,"gcovr/excluded":false})"
                                : R"(],"gcovr/excluded":false})");
}

void write_functions(std::ostream& out, const FileCoverage& file, Gcovr reader) {
  const std::vector<std::string> names = unique_names(file, &FunctionCoverage::name);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const FunctionCoverage& function = file.functions[i];
    out << (i == 0 ? "\n" : ",\n") << "{\"name\":" << json_text(names[i]) << ",\"lineno\":" << function.line
        << ",\"execution_count\":" << function.count();
    if (reader == Gcovr::seven)
      out << ",\"returned_count\":" << function.count() << ",\"blocks_percent\":" << (function.count() > 0 ? 100 : 0);
    out << '}';
  }
}

void write_file(std::ostream& out, const CoverageReport& report, const FileCoverage& file, Gcovr reader) {
  out << "{\"file\":" << json_text(report.relative(file.file)) << ",\"lines\":";
  write_json_array(out, file.lines,
                   [&](std::ostream& o, const LineCoverage& line) { write_line(o, file, line, reader); });
  out << ",\"functions\":[";
  write_functions(out, file, reader);
  out << "]}";
}

void write_report(std::ostream& out, const CoverageReport& report, Gcovr reader) {
  out << "{\"gcovr/format_version\":" << (reader == Gcovr::five ? "\"0.3\"" : "\"0.6\"") << ",\"files\":";
  write_json_array(out, report.files(),
                   [&](std::ostream& o, const FileCoverage& file) { write_file(o, report, file, reader); });
  out << "}\n";
}

}  // namespace

void write_coverage_gcovr(const Sheet& sheet, const CoverageReport& report) {
  write_report(sheet.out, report, Gcovr::five);
}

void write_coverage_gcovr7(const Sheet& sheet, const CoverageReport& report) {
  write_report(sheet.out, report, Gcovr::seven);
}

}  // namespace recount

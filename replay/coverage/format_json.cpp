// Coverage as JSON of our own: all that is known. schema/coverage.schema.json describes it.
#include <array>
#include <charconv>
#include <ostream>

#include "replay/coverage/coverage_formats.hpp"
#include "replay/text/json_text.hpp"

namespace recount {
namespace {

// The shortest digits that give the same number again.
std::string number_text(double number) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  return {digits.data(), end};
}

std::string share_text(std::uint64_t hit, std::uint64_t all) { return number_text(percent_of(hit, all)); }

void write_known(std::ostream& out, std::optional<bool> known) { out << (!known ? "null" : *known ? "true" : "false"); }

void write_branch(std::ostream& out, const BranchCoverage& branch) {
  out << "{\"line\":" << branch.line << ",\"branch\":" << branch.number << ",\"condition\":" << branch.condition
      << ",\"way\":\"" << word_of(branch.way) << "\",\"to_line\":";
  if (branch.to_line == 0)
    out << "null";
  else
    out << branch.to_line;
  out << ",\"reached\":";
  write_known(out, branch.reached);
  out << ",\"taken\":";
  write_known(out, branch.taken);
  out << '}';
}

// Only of a log that has branches.
void write_share(std::ostream& out, BranchShare share) {
  if (share.all != 0)
    out << ",\"branches\":" << share.all << ",\"branches_known\":" << share.known
        << ",\"branches_taken\":" << share.taken;
}

void write_line_object(std::ostream& out, const LineCoverage& line) {
  out << "{\"line\":" << line.line << ",\"exceptional\":" << (line.is_exceptional ? "true" : "false")
      << ",\"probes\":" << line.probes << ",\"probes_hit\":" << line.probes_hit << ",\"hits\":" << line.hits
      << ",\"executions\":";
  if (line.executions)
    out << *line.executions << ",\"executions_exact\":" << (line.at_least ? "false" : "true");
  else
    out << "null";
  out << ",\"processes\":" << line.processes << ",\"first_seq\":";
  if (line.first_seq == 0)
    out << "null}";
  else
    out << line.first_seq << '}';
}

void write_function(std::ostream& out, const FunctionCoverage& function) {
  std::size_t lines_hit = 0;
  for (const FunctionLine& line : function.lines) lines_hit += line.hits != 0;
  out << "{\"function\":" << json_text(function.name) << ",\"linkage_name\":" << json_text(function.linkage_name)
      << ",\"line\":" << function.line << ",\"hits\":" << function.hits << ",\"lines\":" << function.lines.size()
      << ",\"lines_hit\":" << lines_hit << '}';
}

void write_file_object(std::ostream& out, const CoverageReport& report, const FileCoverage& file) {
  out << "{\"file\":" << json_text(file.file) << ",\"path\":" << json_text(report.relative(file.file))
      << ",\"lines\":" << file.lines.size() << ",\"lines_hit\":" << file.lines_hit
      << ",\"percent\":" << share_text(file.lines_hit, file.lines.size()) << ",\"line_coverage\":";
  write_json_array(out, file.lines, write_line_object);
  out << ",\"functions\":";
  write_json_array(out, file.functions, write_function);
  write_share(out, file.branch_share);
  if (!file.branches.empty()) {
    out << ",\"branch_coverage\":";
    write_json_array(out, file.branches, write_branch);
  }
  out << '}';
}

void write_totals(std::ostream& out, const CoverageReport& report) {
  const CoverageTotals& totals = report.totals();
  out << "{\"files\":" << report.files().size() << ",\"lines\":" << totals.lines
      << ",\"lines_hit\":" << totals.lines_hit << ",\"percent\":" << share_text(totals.lines_hit, totals.lines)
      << ",\"functions\":" << totals.functions << ",\"functions_hit\":" << totals.functions_hit
      << ",\"functions_percent\":" << share_text(totals.functions_hit, totals.functions);
  write_share(out, totals.branches);
  out << '}';
}

}  // namespace

void write_coverage_json(const Sheet& sheet, const CoverageReport& report) {
  std::ostream& out = sheet.out;
  out << "{\"run_uuid\":" << json_text(report.runs().front().uuid) << ",\"runs\":";
  write_json_array(out, report.runs(), [](std::ostream& o, const RunRecord& run) {
    o << "{\"run_uuid\":" << json_text(run.uuid) << ",\"start_unix_ns\":" << run.start_unix_ns << '}';
  });
  out << ",\"root\":" << json_text(report.root()) << ",\n\"files\":";
  write_json_array(out, report.files(),
                   [&](std::ostream& o, const FileCoverage& file) { write_file_object(o, report, file); });
  out << ",\n\"totals\":";
  write_totals(out, report);
  out << "}\n";
}

}  // namespace recount

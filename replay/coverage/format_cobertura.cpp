// Coverage as Cobertura's XML (coverage-04.dtd): Jenkins, GitLab, Azure DevOps, diff-cover.
//
// A folder is a package and a file is a class. A method's lines are those of its own; its signature
// is the symbol, where that says more than the name. Of branches those count of which the log knows whether they were taken.
#include <algorithm>
#include <ostream>
#include <span>
#include <tuple>

#include "replay/coverage/coverage_formats.hpp"
#include "replay/text/text.hpp"
#include "replay/text/xml_text.hpp"

namespace recount {
namespace {

struct Class {
  std::string folder, path;  // as in the report: from the root on
  const FileCoverage* file = nullptr;
};

std::vector<Class> classes_of(const CoverageReport& report) {
  std::vector<Class> classes;
  for (const FileCoverage& file : report.files()) {
    const std::string path = report.relative(file.file);
    const std::size_t slash = path.rfind('/');
    classes.push_back({slash == std::string::npos ? "." : path.substr(0, slash), path, &file});
  }
  std::sort(classes.begin(), classes.end(),
            [](const Class& a, const Class& b) { return std::tie(a.folder, a.path) < std::tie(b.folder, b.path); });
  return classes;
}

std::string rate(std::uint64_t hit, std::uint64_t all) { return std::to_string(percent_of(hit, all) / 100); }

// Where nothing was counted, nothing is claimed.
std::string branch_rate(BranchShare share) { return share.known == 0 ? "0" : rate(share.taken, share.known); }

std::string end_of_element(BranchShare share) {
  return "\" branch-rate=\"" + branch_rate(share) + "\" complexity=\"0\">";
}

std::string whole_percent(BranchShare share) { return std::to_string(100 * share.taken / share.known) + "%"; }

void write_conditions(std::ostream& out, std::span<const BranchCoverage> branches) {
  out << "<conditions>";
  for (auto first = branches.begin(); first != branches.end();) {
    const auto last = std::find_if(first, branches.end(),
                                   [&](const BranchCoverage& other) { return other.condition != first->condition; });
    if (const BranchShare share = share_of({first, last}); share.known != 0)
      out << "<condition number=\"" << first->condition << "\" type=\"jump\" coverage=\"" << whole_percent(share)
          << "\"/>";
    first = last;
  }
  out << "</conditions>";
}

template <typename Lines>
void write_lines(std::ostream& out, const FileCoverage& file, const Lines& lines) {
  out << "<lines>\n";
  for (const auto& line : lines) {
    out << "<line number=\"" << line.line << "\" hits=\"" << line.count() << '"';
    const auto branches = file.branches_of(line.line);
    const BranchShare share = share_of(branches);
    if (share.known == 0) {
      out << "/>\n";
      continue;
    }
    out << " branch=\"true\" condition-coverage=\"" << whole_percent(share) << " (" << share.taken << '/' << share.known
        << ")\">";
    write_conditions(out, branches);
    out << "</line>\n";
  }
  out << "</lines>\n";
}

// Of the lines of a function, which are part of the file.
template <typename Lines>
BranchShare share_of_lines(const FileCoverage& file, const Lines& lines) {
  BranchShare share;
  for (const auto& line : lines) share += share_of(file.branches_of(line.line));
  return share;
}

void write_method(std::ostream& out, const FileCoverage& file, const FunctionCoverage& function) {
  const auto hit = std::count_if(function.lines.begin(), function.lines.end(),
                                 [](const FunctionLine& line) { return line.hits != 0; });
  out << "<method name=\"" << xml_text(function.name) << "\" signature=\"";
  if (function.linkage_name != function.name) out << xml_text(function.linkage_name);
  out << "\" line-rate=\"" << rate(static_cast<std::uint64_t>(hit), function.lines.size())
      << end_of_element(share_of_lines(file, function.lines));
  write_lines(out, file, function.lines);
  out << "</method>\n";
}

void write_class(std::ostream& out, const Class& c) {
  out << "<class name=\"" << xml_text(base_name(c.path)) << "\" filename=\"" << xml_text(c.path) << "\" line-rate=\""
      << rate(c.file->lines_hit, c.file->lines.size()) << end_of_element(c.file->branch_share) << "\n<methods>\n";
  for (const FunctionCoverage& function : c.file->functions) write_method(out, *c.file, function);
  out << "</methods>\n";
  write_lines(out, *c.file, c.file->lines);
  out << "</class>\n";
}

void write_package(std::ostream& out, std::span<const Class> classes) {
  std::uint64_t lines = 0, lines_hit = 0;
  BranchShare branches;
  for (const Class& c : classes) {
    lines += c.file->lines.size();
    lines_hit += c.file->lines_hit;
    branches += c.file->branch_share;
  }
  out << "<package name=\"" << xml_text(classes.front().folder) << "\" line-rate=\"" << rate(lines_hit, lines)
      << end_of_element(branches) << "\n<classes>\n";
  for (const Class& c : classes) write_class(out, c);
  out << "</classes>\n</package>\n";
}

void write_packages(std::ostream& out, const std::vector<Class>& classes) {
  for (auto first = classes.begin(); first != classes.end();) {
    const auto last = std::find_if(first, classes.end(), [&](const Class& c) { return c.folder != first->folder; });
    write_package(out, {first, last});
    first = last;
  }
}

}  // namespace

void write_coverage_cobertura(const Sheet& sheet, const CoverageReport& report) {
  constexpr std::int64_t kNsPerMs = 1'000'000;
  const CoverageTotals& totals = report.totals();
  std::ostream& out = sheet.out;
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<coverage line-rate=\"" << rate(totals.lines_hit, totals.lines)
      << "\" branch-rate=\"" << branch_rate(totals.branches) << "\" lines-covered=\"" << totals.lines_hit
      << "\" lines-valid=\"" << totals.lines << "\" branches-covered=\"" << totals.branches.taken
      << "\" branches-valid=\"" << totals.branches.known << "\" complexity=\"0\" version=\"recount " << RECOUNT_VERSION
      << "\" timestamp=\"" << report.runs().front().start_unix_ns / kNsPerMs << "\">\n<sources>\n<source>"
      << xml_text(report.root()) << "</source>\n</sources>\n<packages>\n";
  write_packages(out, classes_of(report));
  out << "</packages>\n</coverage>\n";
}

}  // namespace recount

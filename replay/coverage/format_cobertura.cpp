// Coverage as Cobertura's XML (coverage-04.dtd): Jenkins, GitLab, Azure DevOps, diff-cover.
//
// A folder is a package and a file is a class. A method's lines are those of its own; its signature
// is the symbol, where that says more than the name. Nobody counted branches, so there are none of
// them.
#include <algorithm>
#include <ostream>
#include <span>
#include <tuple>

#include "replay/coverage/coverage_formats.hpp"
#include "replay/text/xml_text.hpp"

namespace recount {
namespace {

constexpr const char* kNoBranches = "\" branch-rate=\"0\" complexity=\"0\">";

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

template <typename Lines>
void write_lines(std::ostream& out, const Lines& lines) {
  out << "<lines>\n";
  for (const auto& line : lines) out << "<line number=\"" << line.line << "\" hits=\"" << line.hits << "\"/>\n";
  out << "</lines>\n";
}

void write_method(std::ostream& out, const FunctionCoverage& function) {
  const auto hit = std::count_if(function.lines.begin(), function.lines.end(),
                                 [](const FunctionLine& line) { return line.hits != 0; });
  out << "<method name=\"" << xml_text(function.name) << "\" signature=\"";
  if (function.linkage_name != function.name) out << xml_text(function.linkage_name);
  out << "\" line-rate=\"" << rate(static_cast<std::uint64_t>(hit), function.lines.size()) << kNoBranches;
  write_lines(out, function.lines);
  out << "</method>\n";
}

void write_class(std::ostream& out, const Class& c) {
  out << "<class name=\"" << xml_text(c.path.substr(c.path.rfind('/') + 1)) << "\" filename=\"" << xml_text(c.path)
      << "\" line-rate=\"" << rate(c.file->lines_hit, c.file->lines.size()) << kNoBranches << "\n<methods>\n";
  for (const FunctionCoverage& function : c.file->functions) write_method(out, function);
  out << "</methods>\n";
  write_lines(out, c.file->lines);
  out << "</class>\n";
}

void write_package(std::ostream& out, std::span<const Class> classes) {
  std::uint64_t lines = 0, lines_hit = 0;
  for (const Class& c : classes) lines += c.file->lines.size(), lines_hit += c.file->lines_hit;
  out << "<package name=\"" << xml_text(classes.front().folder) << "\" line-rate=\"" << rate(lines_hit, lines)
      << kNoBranches << "\n<classes>\n";
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
      << "\" branch-rate=\"0\" lines-covered=\"" << totals.lines_hit << "\" lines-valid=\"" << totals.lines
      << "\" branches-covered=\"0\" branches-valid=\"0\" complexity=\"0\" version=\"recount " << RECOUNT_VERSION
      << "\" timestamp=\"" << report.runs().front().start_unix_ns / kNsPerMs << "\">\n<sources>\n<source>"
      << xml_text(report.root()) << "</source>\n</sources>\n<packages>\n";
  write_packages(out, classes_of(report));
  out << "</packages>\n</coverage>\n";
}

}  // namespace recount

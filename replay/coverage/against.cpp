#include "replay/coverage/against.hpp"

#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>

#include "replay/command/command.hpp"
#include "replay/text/line_map.hpp"
#include "replay/text/markdown_text.hpp"

namespace recount {
namespace {

using Ran = std::map<std::uint32_t, bool>;  // a line of code: did it run?

struct Both {
  const FileCoverage* before = nullptr;
  const FileCoverage* now = nullptr;
};

Ran ran_in(const FileCoverage* file) {
  Ran ran;
  if (file)
    for (const LineCoverage& line : file->lines) ran[line.line] = line.hits != 0;
  return ran;
}

Covered covered(const FileCoverage* file) { return file ? Covered{file->lines.size(), file->lines_hit} : Covered{}; }

FileChange change_in(const std::string& name, const Both& both, const LineMap& map) {
  FileChange change{name, covered(both.before), covered(both.now), {}, {}};
  const Ran before = ran_in(both.before);
  for (const auto& [line, ran] : ran_in(both.now)) {
    if (ran) continue;
    const auto then = before.find(map.from(line));
    if (then == before.end())
      change.new_and_not_run.push_back(line);
    else if (then->second)
      change.no_longer_run.push_back(line);
  }
  return change;
}

LineMap line_map(const CoverageReport& base, const CoverageReport& report, const std::string& file) {
  const auto before = base.sources().peek(file), now = report.sources().peek(file);
  return before && now ? LineMap(*before, *now) : LineMap();
}

std::string signed_points(double points) { return (points < 0 ? "" : "+") + points_text(points); }

std::string cell(const std::string& text, std::size_t width) {
  return std::string(width > text.size() ? width - text.size() : 0, ' ') + text;
}

std::string share_text(const Covered& covered) {
  return cell(covered.lines == 0 ? "-" : percent_text(covered.hit, covered.lines) + " %", 9);
}

std::string row_text(const Covered& before, const Covered& now) {
  const bool both = before.lines != 0 && now.lines != 0;
  return share_text(before) + share_text(now) + cell(both ? signed_points(now.percent() - before.percent()) : "", 8) +
         "  ";
}

void write_lines(std::ostream& out, const char* what, const std::vector<std::uint32_t>& lines) {
  if (!lines.empty()) out << std::string(28, ' ') << what << ranges_text(lines) << '\n';
}

void write_text(std::ostream& out, const Paint& paint, const CoverageChange& change) {
  out << cell("before", 9) << cell("now", 9) << cell("points", 8) << "  against " << visible(change.base) << '\n';
  for (const FileChange& file : change.files) {
    const std::string row = row_text(file.before, file.now) + visible(file.file);
    out << (file.no_longer_run.empty() ? row : paint.bad(row)) << '\n';
    write_lines(out, "no longer run: ", file.no_longer_run);
    write_lines(out, "new, and not run: ", file.new_and_not_run);
  }
  out << row_text(change.before, change.now)
      << (change.files.empty() ? "of the lines: no file differs" : "of the lines") << '\n';
}

Json covered_json(const Covered& covered) {
  return covered.lines == 0 ? Json(nullptr) : Json{{"lines", covered.lines}, {"lines_hit", covered.hit}};
}

Json change_json(const CoverageChange& change) {
  Json json{{"against", change.base}, {"before", covered_json(change.before)}, {"now", covered_json(change.now)}};
  Json& files = json["files"] = Json::array();
  for (const FileChange& file : change.files)
    files.push_back({{"file", file.file},
                     {"before", covered_json(file.before)},
                     {"now", covered_json(file.now)},
                     {"no_longer_run", file.no_longer_run},
                     {"new_and_not_run", file.new_and_not_run}});
  return json;
}

}  // namespace

std::string points_text(double points) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", points);
  return text;
}

CoverageChange change_of(const std::string& base_name, const CoverageReport& base, const CoverageReport& report) {
  std::map<std::string, Both> files;
  for (const FileCoverage& file : base.files()) files[file.file].before = &file;
  for (const FileCoverage& file : report.files()) files[file.file].now = &file;
  CoverageChange change{base_name,
                        {base.totals().lines, base.totals().lines_hit},
                        {report.totals().lines, report.totals().lines_hit},
                        {}};
  for (const auto& [name, both] : files) {
    FileChange file = change_in(name, both, line_map(base, report, name));
    if (file.differs()) change.files.push_back(std::move(file));
  }
  return change;
}

void write_change(const Sheet& sheet, std::string_view format, const CoverageChange& change) {
  if (format == "json") return write_json(sheet.out, change_json(change));
  if (format == "text") return write_text(sheet.out, sheet.paint, change);
  std::ostringstream text;
  write_text(text, Paint(false), change);
  write_as_markdown(sheet.out, text.str());
}

}  // namespace recount

#include "replay/coverage/against.hpp"

#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>
#include <sstream>

#include "replay/command/command.hpp"
#include "replay/log/text_choice.hpp"
#include "replay/text/line_map.hpp"
#include "replay/text/markdown_text.hpp"

namespace recount {
namespace {

using Ran = std::map<std::uint32_t, bool>;  // a line of code: did it run?

struct Side {  // a file in one of the runs
  Covered covered;
  Ran ran;
};
struct Both {
  Side before, now;
};

Side side_of(const FileCoverage& file) {
  Side side{{file.lines.size(), file.lines_hit}, {}};
  for (const LineCoverage& line : file.lines) side.ran[line.line] = line.hits != 0;
  return side;
}

Side side_of(const RunDigest::File& file) {
  Side side{{static_cast<std::uint64_t>(file.lines), static_cast<std::uint64_t>(file.hit)}, {}};
  for (const std::uint32_t line : file.code) side.ran[line] = false;
  for (const std::uint32_t line : file.ran) side.ran[line] = true;
  return side;
}

FileChange change_in(const std::string& name, const Both& both, const LineMap& map) {
  FileChange change{name, both.before.covered, both.now.covered, {}, {}};
  for (const auto& [line, ran] : both.now.ran) {
    if (ran) continue;
    const auto then = both.before.ran.find(map.from(line));
    if (then == both.before.ran.end())
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
  out << cell("before", 9) << cell("now", 9) << cell("points", 8) << "  against " << visible(change.base)
      << (change.run ? ": " + visible(text_of(*change.run)) : "") << '\n';
  for (const FileChange& file : change.files) {
    const std::string row = row_text(file.before, file.now) + visible(file.file);
    out << (file.no_longer_run.empty() ? row : paint.bad(row)) << '\n';
    write_lines(out, "no longer run: ", file.no_longer_run);
    write_lines(out, "new, and not run: ", file.new_and_not_run);
    if (file.only_share)
      out << std::string(28, ' ') << "the store has no lines of this text: only its share is compared\n";
  }
  out << row_text(change.before, change.now)
      << (change.files.empty() ? "of the lines: no file differs" : "of the lines") << '\n';
}

Json covered_json(const Covered& covered) {
  return covered.lines == 0 ? Json(nullptr) : Json{{"lines", covered.lines}, {"lines_hit", covered.hit}};
}

Json change_json(const CoverageChange& change) {
  Json json{{"against", change.base}, {"before", covered_json(change.before)}, {"now", covered_json(change.now)}};
  if (change.run) json["run"] = json_of(*change.run);
  Json& files = json["files"] = Json::array();
  for (const FileChange& file : change.files)
    files.push_back({{"file", file.file},
                     {"before", covered_json(file.before)},
                     {"now", covered_json(file.now)},
                     {"no_longer_run", file.no_longer_run},
                     {"new_and_not_run", file.new_and_not_run},
                     {"lines_compared", !file.only_share}});
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
  for (const FileCoverage& file : base.files()) files[file.file].before = side_of(file);
  for (const FileCoverage& file : report.files()) files[file.file].now = side_of(file);
  CoverageChange change{base_name,
                        {},
                        {base.totals().lines, base.totals().lines_hit},
                        {report.totals().lines, report.totals().lines_hit},
                        {}};
  for (const auto& [name, both] : files) {
    FileChange file = change_in(name, both, line_map(base, report, name));
    if (file.differs()) change.files.push_back(std::move(file));
  }
  return change;
}

CoverageChange change_since(const Store& store, const LogFile& log, const SourceSelection& selection,
                            const std::vector<FileCoverage>& files) {
  CoverageChange change{store.path(), base_run(store, log.run(), BaseRun::With::lines), {}, {}, {}};
  const std::string root = source_root(log.runs());
  const SourceFilter filter = filter_of(log, selection);
  const TextChoice texts(log, {});
  std::map<std::string, Both> sides;
  std::set<std::string> same;
  const auto before = files_of(store, *change.run);
  for (const auto& [path, file] : before)
    if (selection.takes_all() || filter.wants(path.starts_with('/') ? path : root + "/" + path))
      sides[path].before = side_of(file);
  for (const FileCoverage& file : files) {
    const std::string path = stored_path(root, file.file);
    sides[path].now = side_of(file);
    const auto then = before.find(path);
    const std::string text = texts.hash_of(file.file);
    if (then == before.end() || (!text.empty() && then->second.text == text)) same.insert(path);
  }
  for (const auto& [path, both] : sides) {
    change.before += both.before.covered;
    change.now += both.now.covered;
    const bool gone = both.now.covered.lines == 0, compared = gone || same.contains(path);
    FileChange file = compared ? change_in(path, both, LineMap())
                               : FileChange{path, both.before.covered, both.now.covered, {}, {}, true};
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

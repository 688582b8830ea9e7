#include "replay/log/sources.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_set>
#include <utility>

#include "replay/log/dictionary.hpp"
#include "replay/log/text_choice.hpp"
#include "replay/text/text.hpp"
#include "schema/shared/source_filter.hpp"

namespace recount {
SourceFilter filter_of(const LogFile& log, const SourceSelection& selection) {
  std::vector<std::string> roots;
  for (const RunRecord& run : log.runs())
    for (const std::string& root : words_of(run.source_roots)) roots.push_back(root);
  return SourceFilter(roots, selection.includes, selection.excludes);
}

namespace {

using Index = std::unordered_map<std::int64_t, std::uint32_t>;

constexpr std::uint32_t kUnknown = std::numeric_limits<std::uint32_t>::max();

// The files that the selection takes, under the names that it gives them; two that get one name are
// one.
Index read_files(const LogFile& log, const SourceSelection& selection, std::vector<std::string>& files) {
  const SourceFilter filter = filter_of(log, selection);
  Statement row(log.database(), "SELECT file_id, path FROM trace_file");
  std::vector<std::pair<std::string, std::int64_t>> named;
  while (row.step())
    if (const std::string path = row.text(1); selection.takes_all() || filter.wants(path))
      named.emplace_back(selection.map.apply(path), row.integer(0));
  std::sort(named.begin(), named.end());
  Index index;
  for (const auto& [name, id] : named) {
    if (files.empty() || files.back() != name) files.push_back(name);
    index.emplace(id, static_cast<std::uint32_t>(files.size() - 1));
  }
  return index;
}

Index read_functions(const LogFile& log, const Index& files, std::vector<SourceFunction>& functions) {
  Statement row(log.database(),
                "SELECT function_id, name, file_id, line, COALESCE(linkage_name, name) "
                "FROM trace_function ORDER BY function_id");
  Index index;
  while (row.step()) {
    const auto file = files.find(row.integer(2));
    const bool has_file = !row.is_null(2) && file != files.end();
    const auto line = row.is_null(3) ? kUnknown : static_cast<std::uint32_t>(row.integer(3));
    index.emplace(row.integer(0), static_cast<std::uint32_t>(functions.size()));
    functions.push_back({row.text(1), row.text(4), has_file ? file->second : kUnknown, line});
  }
  return index;
}

struct ImageStart {
  std::uint32_t first_probe, image;
};

// Those with probes, by probe.
std::vector<ImageStart> read_images(const LogFile& log) {
  std::vector<ImageStart> images;
  Statement row(log.database(), "SELECT first_probe, image_id FROM trace_image WHERE probes > 0 ORDER BY first_probe");
  while (row.step())
    images.push_back({static_cast<std::uint32_t>(row.integer(0)), static_cast<std::uint32_t>(row.integer(1))});
  return images;
}

std::unordered_set<std::uint32_t> exceptional_probes(const LogFile& log) {
  std::unordered_set<std::uint32_t> probes;
  if (!has_column(log, "trace_probe", "exceptional")) return probes;
  Statement row(log.database(), "SELECT probe_id FROM trace_probe WHERE exceptional = 1");
  while (row.step()) probes.insert(static_cast<std::uint32_t>(row.integer(0)));
  return probes;
}

}  // namespace

std::vector<std::string> idle_globs(const LogFile& log, const SourceSelection& selection) {
  std::vector<std::string> paths;
  Statement row(log.database(), "SELECT path FROM trace_file");
  while (row.step()) paths.push_back(row.text(0));
  return filter_of(log, selection).globs_without(paths);
}

struct Sources::Row {
  std::uint32_t probe, image;
  SourceLine at;
  std::uint32_t function;
  std::uint32_t first_probe;
  std::uint64_t address;
  bool is_exceptional;
};

Sources::Sources(const LogFile& log, const SourceSelection& selection, Texts texts) {
  const Index files = read_files(log, selection, files_);
  const Index functions = read_functions(log, files, functions_);
  const auto rows = read_rows(log, files, functions, texts == Texts::all ? nullptr : &selection.map);
  for (const Row& row : rows) lines_.push_back(row.at);
  std::sort(lines_.begin(), lines_.end());
  lines_.erase(std::unique(lines_.begin(), lines_.end()), lines_.end());
  probe_lines_.reserve(rows.size());
  std::vector<std::uint32_t> first_probes;
  for (const Row& r : rows) {
    const auto line = std::lower_bound(lines_.begin(), lines_.end(), r.at) - lines_.begin();
    probe_lines_.push_back(
        {r.probe, r.image, static_cast<std::uint32_t>(line), r.function, 0, r.address, r.is_exceptional});
    first_probes.push_back(r.first_probe);
  }
  find_sites(first_probes);
  place_functions();
  const PathMap* const map = texts == Texts::all ? nullptr : &selection.map;
  if (has_table(log.database(), "trace_branch")) {
    read_ways(log, files, map);
    read_probe_ways(log);
  }
  if (has_table(log.database(), "trace_line_count")) read_terms(log, files, map);
}

std::optional<std::uint32_t> Sources::index_of(SourceLine at) const {
  const auto line = std::lower_bound(lines_.begin(), lines_.end(), at);
  if (line == lines_.end() || *line != at) return std::nullopt;
  return static_cast<std::uint32_t>(line - lines_.begin());
}

void Sources::read_terms(const LogFile& log, const Index& files, const PathMap* map) {
  const auto choice = map ? std::optional<TextChoice>(std::in_place, log, *map) : std::nullopt;
  Statement row(log.database(),
                "SELECT image_id, file_id, line, COALESCE(probe_id, 0), factor FROM trace_line_count ORDER BY rowid");
  while (row.step()) {
    const auto file = files.find(row.integer(1));
    if (file == files.end() || (choice && !choice->takes(row.integer(1), row.integer(0)))) continue;
    if (const auto line = index_of({file->second, static_cast<std::uint32_t>(row.integer(2))}))
      terms_.push_back({*line, static_cast<std::uint32_t>(row.integer(3)), static_cast<std::uint32_t>(row.integer(0)),
                        row.integer(4)});
  }
}

void Sources::read_ways(const LogFile& log, const Index& files, const PathMap* map) {
  const auto choice = map ? std::optional<TextChoice>(std::in_place, log, *map) : std::nullopt;
  Statement row(log.database(),
                "SELECT image_id, address, way, file_id, line, number, condition, COALESCE(to_line, 0), told, "
                "COALESCE(watch_id, 0) FROM trace_branch");
  const auto number = [&row](int column) { return static_cast<std::uint32_t>(row.integer(column)); };
  while (row.step()) {
    const auto file = files.find(row.integer(3));
    if (file == files.end() || (choice && !choice->takes(row.integer(3), row.integer(0)))) continue;
    const auto line = index_of({file->second, number(4)});
    if (!line) continue;
    ways_.push_back({*line, number(5), number(6), static_cast<Way>(row.integer(2)), number(7), number(0),
                     static_cast<std::uint64_t>(row.integer(1)), static_cast<SourceWay::Told>(row.integer(8)),
                     number(9)});
  }
  std::sort(ways_.begin(), ways_.end(), [](const SourceWay& a, const SourceWay& b) {
    return std::tie(a.line, a.number, a.image, a.jump) < std::tie(b.line, b.number, b.image, b.jump);
  });
}

void Sources::read_probe_ways(const LogFile& log) {
  std::map<std::tuple<std::uint32_t, std::uint64_t, Way>, std::uint32_t> at;
  for (std::uint32_t i = 0; i < ways_.size(); ++i)
    at.emplace(std::tuple(ways_[i].image, ways_[i].jump, ways_[i].way), i);
  Statement row(log.database(),
                "SELECT b.probe_id, p.image_id, b.jump, b.way, b.address FROM trace_branch_probe b "
                "JOIN trace_probe p ON p.probe_id = b.probe_id ORDER BY b.probe_id");
  while (row.step()) {
    const auto way = at.find({static_cast<std::uint32_t>(row.integer(1)), static_cast<std::uint64_t>(row.integer(2)),
                              static_cast<Way>(row.integer(3))});
    if (way != at.end())
      probe_ways_.push_back(
          {static_cast<std::uint32_t>(row.integer(0)), way->second, static_cast<std::uint64_t>(row.integer(4))});
  }
}

std::span<const ProbeWay> Sources::ways_of(ProbeId probe) const {
  const auto first = std::lower_bound(probe_ways_.begin(), probe_ways_.end(), raw(probe),
                                      [](const ProbeWay& a, std::uint32_t b) { return a.probe < b; });
  auto last = first;
  while (last != probe_ways_.end() && last->probe == raw(probe)) ++last;
  return {first, last};
}

// With a map, those of the newest texts only.
std::vector<Sources::Row> Sources::read_rows(const LogFile& log, const Index& files, const Index& functions,
                                             const PathMap* map) {
  std::vector<Row> rows;
  const auto choice = map ? std::optional<TextChoice>(std::in_place, log, *map) : std::nullopt;
  const std::vector<ImageStart> images = read_images(log);
  auto next = images.begin();
  const bool sited = has_column(log, "trace_probe_line", "site");  // else an older log's
  const std::unordered_set<std::uint32_t> exceptional = exceptional_probes(log);
  Statement row(log.database(), std::string("SELECT probe_id, file_id, line, function_id, ") +
                                    (sited ? "COALESCE(site, probe_id), COALESCE(address, 0)" : "probe_id, 0") +
                                    " FROM trace_probe_line ORDER BY probe_id, file_id, line");
  while (row.step()) {
    const auto probe = static_cast<std::uint32_t>(row.integer(0));
    while (next != images.end() && next->first_probe <= probe) ++next;
    const std::uint32_t image = next == images.begin() ? 0 : std::prev(next)->image;
    const auto file = files.find(row.integer(1));
    if (file == files.end() || (choice && !choice->takes(row.integer(1), image))) continue;
    const auto function = row.is_null(3) ? functions.end() : functions.find(row.integer(3));
    rows.push_back({probe,
                    image,
                    {file->second, static_cast<std::uint32_t>(row.integer(2))},
                    function == functions.end() ? kNoFunction : function->second,
                    static_cast<std::uint32_t>(row.integer(4)),
                    static_cast<std::uint64_t>(row.integer(5)),
                    exceptional.contains(probe)});
  }
  return rows;
}

void Sources::find_sites(const std::vector<std::uint32_t>& first_probes) {
  for (std::uint32_t i = 0; i < probe_lines_.size(); ++i) {
    probe_lines_[i].site = i;
    if (first_probes[i] == probe_lines_[i].probe) continue;
    for (const ProbeLine& other : lines_of(ProbeId{first_probes[i]}))
      if (other.line == probe_lines_[i].line)
        probe_lines_[i].site = static_cast<std::uint32_t>(&other - probe_lines_.data());
  }
}

// A function whose declaration is not known stands where its first line is.
void Sources::place_functions() {
  std::vector<SourceLine> first(functions_.size(), {kUnknown, kUnknown});
  for (const ProbeLine& p : probe_lines_) {
    if (p.function == kNoFunction) continue;
    first[p.function].file = std::min(first[p.function].file, lines_[p.line].file);
    first[p.function].line = std::min(first[p.function].line, lines_[p.line].line);
  }
  for (std::size_t i = 0; i < functions_.size(); ++i) {
    if (functions_[i].file == kUnknown) functions_[i].file = first[i].file;
    if (functions_[i].line == kUnknown) functions_[i].line = first[i].line;
  }
}

std::span<const ProbeLine> Sources::lines_of(ProbeId probe) const {
  const auto before = [](const ProbeLine& a, std::uint32_t b) { return a.probe < b; };
  const auto first = std::lower_bound(probe_lines_.begin(), probe_lines_.end(), raw(probe), before);
  auto last = first;
  while (last != probe_lines_.end() && last->probe == raw(probe)) ++last;
  return {first, last};
}

std::string Sources::text_of(std::uint32_t line) const {
  return files_[lines_[line].file] + ":" + std::to_string(lines_[line].line);
}

}  // namespace recount

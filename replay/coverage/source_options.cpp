#include "replay/coverage/source_options.hpp"

#include <algorithm>
#include <iostream>
#include <regex>
#include <set>
#include <sstream>

#include "replay/log/exclusions.hpp"
#include "replay/log/text_choice.hpp"
#include "replay/recount/failures.hpp"

namespace recount {
namespace {

std::vector<std::string> words_option(const ParsedOptions& options, const char* name) {
  if (options.count(name) == 0) return {};
  return options.words(name);
}

void warn_of_unclosed(const std::string& file, std::uint32_t line) {
  std::cerr << "recount-replay: " << visible(file) << ':' << line
            << ": this mark has no end; it takes out all that follows\n";
}

}  // namespace

void add_source_options(OptionTable& options) {
  auto add = options.add_options();
  const auto words = words_value();
  add("include", "only files whose path below a source root matches GLOB; may be given again", words, "GLOB");
  add("exclude", "leave out files that match GLOB; may be given again", words, "GLOB");
  add("exclude-line", "leave out lines whose text matches REGEX (as in ECMAScript); may be given again", words,
      "REGEX");
  add("exclude-function",
      "leave out the lines of functions whose name matches REGEX, as in '^tests::'; may be given again", words,
      "REGEX");
  add("no-markers", "also count lines that the sources mark with LCOV_EXCL_LINE or the like");
  add_map_option(options);
}

void add_map_option(OptionTable& options) {
  options.add_options()("map", "show the log's folder FROM as TO; may be given again, the first match counts",
                        words_value(), "FROM=TO");
}

PathMap map_option(const ParsedOptions& options) {
  PathMap map;
  for (const std::string& text : words_option(options, "map")) {
    const auto rule = PathMap::parse(text);
    if (!rule) throw UsageError("--map takes FROM=TO, not " + text);
    map.add(rule->from, rule->to);
  }
  return map;
}

void warn_of_idle_maps(const LogFile& log, const ParsedOptions& options) {
  for (const std::string& text : words_option(options, "map")) {
    PathMap map;
    if (const auto rule = PathMap::parse(text)) map.add(rule->from, rule->to);
    bool is_used = false;
    Statement row(log.database(), "SELECT path FROM trace_file");
    while (!is_used && row.step()) is_used = map.apply(row.text(0)) != row.text(0);
    if (!is_used) std::cerr << "recount-replay: --map " << visible(text) << " fits no file of the log\n";
  }
}

SourceSelection source_selection(const ParsedOptions& options) {
  return {words_option(options, "include"), words_option(options, "exclude"), map_option(options)};
}

void warn_of_idle_globs(const LogFile& log, const SourceSelection& selection) {
  for (const std::string& option : idle_globs(log, selection))
    std::cerr << "recount-replay: " << visible(option) << " fits no file of the log\n";
}

namespace {

// Of the functions that begin on a marked line: from there to the last of their lines.
std::vector<LineRange> marked_functions(const FileCoverage& file, const Exclusions& exclusions) {
  std::vector<LineRange> ranges;
  for (const FunctionCoverage& function : file.functions)
    if (exclusions.begins_function(function.line) && !function.lines.empty())
      ranges.push_back({function.line, function.lines.back().line, function.lines.size()});
  return ranges;
}

void drop_marked(FileCoverage& file, const std::string& text) {
  const Exclusions exclusions(text);
  if (exclusions.empty()) return;
  if (exclusions.unclosed()) warn_of_unclosed(file.file, *exclusions.unclosed());
  const auto functions = marked_functions(file, exclusions);
  file.keep_lines([&](std::uint32_t line) {
    const auto holds = [line](const LineRange& range) { return range.first <= line && line <= range.last; };
    return !exclusions.has(line) && std::none_of(functions.begin(), functions.end(), holds);
  });
}

// A line longer than that is no line that somebody wrote; the matcher goes as deep as a line is long.
constexpr std::size_t kMatchedBytesMax = 2000;

struct Pattern {
  std::string text;
  std::regex regex;
  bool fits_any = false;
};

std::vector<Pattern> patterns_option(const ParsedOptions& options, const char* name) {
  std::vector<Pattern> patterns;
  for (const std::string& text : words_option(options, name)) try {
      patterns.push_back({text, std::regex(text, std::regex::ECMAScript | std::regex::optimize)});
    } catch (const std::regex_error& error) {
      throw UsageError("--" + std::string(name) + " takes a regular expression, and " + text +
                       " is none: " + error.what());
    }
  return patterns;
}

bool fits(std::vector<Pattern>& patterns, std::string text) {
  text.resize(std::min(text.size(), kMatchedBytesMax));
  bool any = false;
  for (Pattern& pattern : patterns)
    if (std::regex_search(text, pattern.regex)) any = pattern.fits_any = true;
  return any;
}

// A line that another function has as well stays: that of a lambda, or of another instance of a template.
void drop_functions(FileCoverage& file, std::vector<Pattern>& patterns) {
  const auto goes =
      std::stable_partition(file.functions.begin(), file.functions.end(),
                            [&](const FunctionCoverage& function) { return !fits(patterns, function.name); });
  std::set<std::uint32_t> lines;
  for (auto function = goes; function != file.functions.end(); ++function)
    for (const FunctionLine& line : function->lines) lines.insert(line.line);
  if (goes == file.functions.end()) return;
  file.functions.erase(goes, file.functions.end());
  for (const FunctionCoverage& function : file.functions)
    for (const FunctionLine& line : function.lines) lines.erase(line.line);
  file.keep_lines([&](std::uint32_t line) { return !lines.contains(line); });
}

void drop_matching(FileCoverage& file, const std::string& text, std::vector<Pattern>& patterns) {
  std::set<std::uint32_t> matching;
  std::istringstream in(text);
  std::string line;
  for (std::uint32_t number = 1; std::getline(in, line); ++number) {
    if (line.ends_with('\r')) line.pop_back();
    if (fits(patterns, line)) matching.insert(number);
  }
  if (!matching.empty()) file.keep_lines([&](std::uint32_t number) { return !matching.contains(number); });
}

}  // namespace

void drop_excluded_lines(CoverageReport& report, const ParsedOptions& options) {
  const bool by_marks = options.count("no-markers") == 0;
  std::vector<Pattern> patterns = patterns_option(options, "exclude-line");
  std::vector<Pattern> functions = patterns_option(options, "exclude-function");
  if (!by_marks && patterns.empty() && functions.empty()) return;
  const SourceText& sources = report.sources();
  report.change_files([&](FileCoverage& file) {
    if (!functions.empty()) drop_functions(file, functions);
    const auto text = sources.peek(file.file);
    if (!text) return;
    const std::size_t before = file.lines.size();
    if (by_marks) drop_marked(file, *text);
    if (!patterns.empty()) drop_matching(file, *text, patterns);
    if (file.lines.size() != before) sources.text(file.file);  // for it is told if the text is the disk's
  });
  for (const Pattern& pattern : functions)
    if (!pattern.fits_any)
      std::cerr << "recount-replay: --exclude-function " << visible(pattern.text) << " fits no function\n";
}

void warn_of_texts(const LogFile& log, const SourceSelection& selection, const CoverageReport& report) {
  constexpr std::size_t kRunsTold = 3;
  const TextChoice choice(log, selection.map);
  for (const FileCoverage& file : report.files()) {
    const auto found = choice.texts().find(file.file);
    if (found == choice.texts().end() || found->second.other.empty()) continue;
    std::cerr << "recount-replay: " << visible(report.relative(file.file))
              << " was edited in between: it is reported by the newest of " << found->second.other.size() + 1
              << " texts";
    std::size_t told = 0;
    for (const RunRecord& run : report.runs())
      if (found->second.left_out.contains(run.uuid) && ++told <= kRunsTold)
        std::cerr << (told == 1 ? ", without the run" : " and") << " of " << clock_text(run.start_unix_ns) << " ("
                  << visible(argv_text(run.argv)) << ')';
    if (told > kRunsTold) std::cerr << " and " << told - kRunsTold << " more";
    std::cerr << "; report such a run by a log of its own, or compare two with: recount-replay diff\n";
  }
}

void warn_of_missing(const LogFile& log, const SourceSelection& selection, const CoverageReport& report) {
  std::set<std::string> lost;
  if (!log.has_sources()) return;
  Statement row(
      log.database(),
      "SELECT f.path FROM trace_file_source k JOIN trace_file f ON f.file_id = k.file_id WHERE k.hash IS NULL");
  while (row.step()) lost.insert(selection.map.apply(row.text(0)));
  std::erase_if(lost, [&](const std::string& file) {
    const auto is_file = [&](const FileCoverage& counted) { return counted.file == file; };
    return std::none_of(report.files().begin(), report.files().end(), is_file) || report.sources().peek(file);
  });
  if (lost.empty()) return;
  std::cerr << "recount-replay: " << count_text(lost.size(), "file") << " with lines that count "
            << (lost.size() == 1 ? "is" : "are") << " not there: " << visible(report.relative(*lost.begin()))
            << (lost.size() == 1 ? "" : ", ...")
            << "; leave out such files with --exclude GLOB, or say where they are with --map FROM=TO\n";
}

void warn_of_disk(const SourceText& sources) {
  const auto& files = sources.read_from_disk();
  if (files.empty()) return;
  std::cerr << "recount-replay: the log has no text of " << visible(*files.begin());
  if (files.size() > 1) std::cerr << " and " << count_text(files.size() - 1, "more file");
  std::cerr << "; the file on the disk now stands in for it\n";
}

}  // namespace recount

#include "replay/coverage/source_options.hpp"

#include <algorithm>
#include <iostream>
#include <set>

#include "replay/log/exclusions.hpp"

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
  add("map", "show the log's folder FROM as TO; may be given again, the first match counts", words, "FROM=TO");
  add("no-markers", "also count lines that the sources mark with LCOV_EXCL_LINE or the like");
}

SourceSelection source_selection(const ParsedOptions& options) {
  SourceSelection selection{words_option(options, "include"), words_option(options, "exclude"), {}};
  for (const std::string& text : words_option(options, "map")) {
    const auto rule = PathMap::parse(text);
    if (!rule) throw UsageError("--map takes FROM=TO, not " + text);
    selection.map.add(rule->from, rule->to);
  }
  return selection;
}

void warn_of_idle_globs(const LogFile& log, const SourceSelection& selection) {
  for (const std::string& option : idle_globs(log, selection))
    std::cerr << "recount-replay: " << visible(option) << " fits no file of the log\n";
}

void drop_marked_lines(CoverageReport& report, const ParsedOptions& options) {
  if (options.count("no-markers") != 0) return;
  const SourceText& sources = report.sources();
  report.change_files([&sources](FileCoverage& file) {
    const auto text = sources.peek(file.file);
    if (!text) return;
    const Exclusions exclusions(*text);
    if (exclusions.empty()) return;
    sources.text(file.file);  // for it is told if the marks are those of the disk
    if (exclusions.unclosed()) warn_of_unclosed(file.file, *exclusions.unclosed());
    file.keep_lines([&exclusions](std::uint32_t line) { return !exclusions.has(line); });
  });
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

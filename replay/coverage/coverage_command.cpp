// coverage: which lines ran.
#include <iostream>
#include <limits>

#include "replay/command/command.hpp"
#include "replay/coverage/against.hpp"
#include "replay/coverage/changed_lines.hpp"
#include "replay/coverage/changed_option.hpp"
#include "replay/coverage/coverage_report.hpp"
#include "replay/coverage/selection.hpp"
#include "replay/coverage/source_options.hpp"
#include "replay/coverage/thresholds.hpp"
#include "replay/store/base_run.hpp"

namespace recount {
namespace {

std::optional<double> percent_option(const Request& request, const std::string& name) {
  if (request.options.count(name) == 0) return std::nullopt;
  const double percent = request.options.real(name);
  if (percent >= 0 && percent <= 100) return percent;
  throw UsageError("--" + name + " is a percentage, from 0 to 100");
}

Thresholds thresholds_of(const Request& request) {
  return {percent_option(request, "fail-under"), percent_option(request, "fail-under-functions"),
          percent_option(request, "fail-under-branches"), percent_option(request, "fail-under-file"),
          percent_option(request, "fail-under-file-functions")};
}

void say(const std::string& message) { std::cerr << "recount-replay: " << visible(message) << '\n'; }

void warn_of_nothing(const Request& request, const CoverageReport& report, const SourceSelection& selection) {
  if (!report.files().empty()) return;
  if (!selection.takes_all())
    say(request.log.path() + ": no file with a probe fits --include and --exclude");
  else
    say(request.log.path() + ": no line has a probe; see the notices in: recount-replay " + request.log.path());
}

void narrow(CoverageReport& report, const ChangedLines& changed) {
  if (!changed.narrow(report))
    say("no file of the patch is in the report; its names are looked for below " + report.root() +
        ", see --root and --strip");
  else if (report.files().empty())
    say("no changed line has a probe");
}

// A log that was changed, or that has no lines at all, is no proof that a threshold is reached. A
// patch that changes no line of code is.
int judge(const CoverageReport& report, const Thresholds& thresholds, bool has_lines, const Verdict& verdict) {
  const std::vector<std::string> under = shortfalls(report, thresholds);
  for (const std::string& sentence : under) say(sentence);
  return has_lines && under.empty() && verdict.agrees() ? kYes : kNo;
}

void check_against(const Request& request) {
  const auto has = [&](const char* option) { return request.options.count(option) != 0; };
  if (has("fail-if-lower") && !has("against")) throw UsageError("--fail-if-lower needs --against BASE");
  if (!has("against")) return;
  if (has("changed")) throw UsageError("--against compares whole files, and --changed keeps parts of them; take one");
  if (request.format != "text" && request.format != "json" && request.format != "markdown")
    throw UsageError("--against is written as text, json or markdown");
}

// The store that --against names. It has whole runs under their own names.
std::optional<Store> store_option(const Request& request) {
  if (request.options.count("against") == 0 || !is_store(request.options.text("against"))) return std::nullopt;
  for (const char* option : {"under", "test", "until", "map", "exclude-line", "exclude-function"})
    if (request.options.count(option) != 0)
      throw UsageError(std::string("a store can't answer --") + option + "; name the log of a run with --against LOG");
  return std::optional<Store>(std::in_place, request.options.text("against"), Store::Mode::ask);
}

// What was asked of this log is asked of the base as well.
CoverageChange change_against_log(const Request& request, const SourceSelection& selection,
                                  const CoverageReport& report) {
  const LogFile base(request.options.text("against"));
  Selection hits = selection_of(base, request.options);
  hits.until = std::numeric_limits<Seq>::max();
  Coverage coverage(base, selection);
  History history(base, &coverage);
  history.count_only(hits);
  const Verdict verdict = Recount(base).run(&history);
  SourceText sources(selection, SourceText::From::log);
  sources.add(base);
  CoverageReport before(base.runs(), coverage.files(), sources);
  drop_excluded_lines(before, request.options);
  warn_of_divergence({base, request.output, request.format, request.options}, verdict);
  return change_of(base.path(), before, report);
}

// Whether it is lower than --fail-if-lower allows.
bool write_against(const Request& request, const CoverageChange& change) {
  write_change({request.out(), request.paint(), request.output.width()}, request.format, change);
  const auto allowed = percent_option(request, "fail-if-lower");
  if (!allowed || change.lower_by() <= *allowed) return false;
  say("coverage of lines is " + percent_text(change.now.hit, change.now.lines) + " %, lower by " +
      points_text(change.lower_by()) + " points than in " + change.base);
  return true;
}

}  // namespace

FormatNames coverage_formats() {
  FormatNames names;
  for (const CoverageFormat& format : all_coverage_formats()) names.push_back({format.name, format.meaning});
  return names;
}

void add_coverage_options(OptionTable& options) {
  add_selection_options(options);
  options.add_options()("fail-under", "exit with 1 if less than PERCENT of the lines ran", real_value(), "PERCENT")(
      "fail-under-functions", "exit with 1 if less than PERCENT of the functions ran", real_value(), "PERCENT")(
      "fail-under-branches", "exit with 1 if less than PERCENT of the branches were taken of which the log knows it",
      real_value(), "PERCENT")("fail-under-file", "exit with 1 if less than PERCENT of the lines of any file ran",
                               real_value(), "PERCENT")("against",
                                                        "instead of a report, what has changed since the run that the "
                                                        "log BASE is of, or since the newest good run of a store",
                                                        text_value(), "BASE")(
      "fail-if-lower", "with --against, exit with 1 if the share of lines that ran is lower by more than POINTS",
      real_value(), "POINTS")(
      "fail-under-file-functions", "exit with 1 if less than PERCENT of the functions of any file ran", real_value(),
      "PERCENT")("root", "make paths relative to DIR (default: the folder of the source roots)", text_value(), "DIR");
  add_changed_options(options, "only the lines that this unified diff adds or changes; - is standard input");
  add_source_options(options);
}

int run_coverage(const Request& request) {
  check_against(request);
  const auto store = store_option(request);
  const Thresholds thresholds = thresholds_of(request);
  const auto patch = patch_option(request.options);
  const SourceSelection selection = source_selection(request.options);
  const Selection hits = selection_of(request.log, request.options);
  Coverage coverage(request.log, selection);
  History history(request.log, &coverage);
  history.count_only(hits);
  const Verdict verdict = Recount(request.log).run(&history, hits.until);
  SourceText sources(selection);
  sources.add(request.log);
  CoverageReport report(request.log.runs(), coverage.files(), sources);
  if (const auto root = root_option(request.options)) report.set_root(*root);
  const bool has_lines = !report.files().empty();
  warn_of_idle_globs(request.log, selection);
  warn_of_idle_maps(request.log, request.options);
  warn_of_nothing(request, report, selection);
  drop_excluded_lines(report, request.options);
  if (patch && has_lines) narrow(report, ChangedLines(*patch));
  bool is_lower = false;
  if (request.options.count("against"))
    is_lower = write_against(request, store ? change_since(*store, request.log, selection, coverage.files())
                                            : change_against_log(request, selection, report));
  else
    find_coverage_format(request.format)->write({request.out(), request.paint(), request.output.width()}, report);
  warn_of_texts(request.log, selection, report);
  warn_of_missing(request.log, selection, report);
  warn_of_disk(sources);
  warn_of_divergence(request, verdict);
  const int judged = thresholds.any() ? judge(report, thresholds, has_lines, verdict) : kYes;
  return is_lower ? kNo : judged;
}

}  // namespace recount

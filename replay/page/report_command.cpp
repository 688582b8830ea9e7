// report: the page of a run, for whoever was not there.
//
// The page is written as it goes. It is made of the log alone, so that it may be handed on: what a log names on this machine
// is not looked at.
#include "replay/command/command.hpp"
#include "replay/coverage/coverage_formats.hpp"
#include "replay/coverage/source_options.hpp"
#include "replay/page/report_data.hpp"
#include "replay/page/report_events.hpp"
#include "replay/text/html_page.hpp"
#include "replay/text/packed_stream.hpp"

namespace recount {

FormatNames report_formats() {
  return {{"html", "one page with everything in it, for a browser and without a network"}};
}

void add_report_options(OptionTable& options) {
  options.add_options()("max-events", "keep the most telling events of a log with more than N", text_value("1000000"),
                        "N");
  add_source_options(options);
}

int run_report(const Request& request) {
  warn_of_compaction(request.log);
  const std::uint64_t most = number_option(request.options, "max-events");
  const SourceSelection selection = source_selection(request.options);
  warn_of_idle_globs(request.log, selection);
  Coverage coverage(request.log, selection);
  const Sources sources(request.log);
  LastLines last(request.log, sources, &coverage);
  const Verdict verdict = Recount(request.log).run(&last);
  SourceText texts(selection, SourceText::From::log);
  texts.add(request.log);
  CoverageReport report(request.log.runs(), coverage.files(), texts);
  drop_excluded_lines(report, request.options);
  Stories stories(request.log, last, sources, SourceText({}, SourceText::From::log));

  const KeptEvents events(request.log, verdict.events, most);
  PageFrame page(request.out(), kReportFrame);
  page.at("STYLE") << kPageStyle << kReportStyle;
  page.at("SECTIONS") << kCoverageSections;
  PackedStream packed(page.at("RUN"));
  write_report_data(packed, {request.log, last.history(), verdict, stories, events.count(), why_no_output(request.log),
                             all_test_names(request.log)});
  packed.finish();
  write_coverage_data(page.at("DATA"), report);
  events.write(page.at("EVENTS"));
  page.at("SCRIPT") << kCoverageScript << kReportScript;
  page.finish();
  warn_of_divergence(request, verdict);
  return kYes;
}

}  // namespace recount

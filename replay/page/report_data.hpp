// What the page of a run is made of, as JSON that a browser reads (replay/page/report/run.js): the runs, what failed, the
// processes with their programs, threads, signals and environments, what they wrote, and which of them are tests.
//
// What there are many of stands in columns, "processes":{"pid":[...],...}; texts are numbers of "strings", where each stands
// once. Nothing here is escaped for a page: it is packed before it goes there.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "replay/coverage/selection.hpp"
#include "replay/recount/history.hpp"
#include "replay/recount/recount.hpp"
#include "replay/reports/failure_story.hpp"

namespace recount {

struct ReportData {
  static constexpr std::size_t kStories = 300;  // failures that are told in full
  static constexpr std::size_t kDiagnostics = 1000;
  static constexpr std::size_t kVariables = 200'000;  // of environments

  const LogFile& log;
  const History& history;
  const Verdict& verdict;
  Stories& stories;
  std::uint64_t events_kept = 0;         // in the page
  std::optional<std::string> no_output;  // why there is none
  TestNames tests;
};

void write_report_data(std::ostream& out, const ReportData& data);

}  // namespace recount

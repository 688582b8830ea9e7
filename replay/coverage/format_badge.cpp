// Coverage as the endpoint badge of shields.io: a file for a server, whose address stands in a README.
#include <array>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <utility>

#include "replay/command/command.hpp"
#include "replay/coverage/coverage_formats.hpp"

namespace recount {
namespace {

// The colours of other coverage services' badges.
std::string colour_of(double percent) {
  static constexpr std::array kColours{std::pair{90.0, "brightgreen"}, std::pair{80.0, "green"},
                                       std::pair{70.0, "yellowgreen"}, std::pair{60.0, "yellow"},
                                       std::pair{50.0, "orange"}};
  for (const auto& [least, colour] : kColours)
    if (percent >= least) return colour;
  return "red";
}

}  // namespace

void write_coverage_badge(const Sheet& sheet, const CoverageReport& report) {
  const CoverageTotals totals = report.totals();
  const bool known = totals.lines != 0;
  write_json(sheet.out, {{"schemaVersion", 1},
                         {"label", "coverage"},
                         {"message", known ? percent_text(totals.lines_hit, totals.lines) + " %" : "unknown"},
                         {"color", known ? colour_of(percent_of(totals.lines_hit, totals.lines)) : "lightgrey"}});
}

}  // namespace recount

// scenario: the command.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "replay/command/command.hpp"
#include "replay/reports/scenario.hpp"

namespace recount {
namespace {

Seq last_row(const LogFile& log) {
  Statement row(log.database(), "SELECT max(seq) FROM trace_event");
  return row.step() ? static_cast<Seq>(row.integer(0)) : 0;
}

Seq option_or(const Request& request, const char* name, Seq otherwise) {
  return request.options.count(name) ? number_option(request.options, name) : otherwise;
}

}  // namespace

void add_scenario_options(OptionTable& options) {
  options.add_options()("from", "the first event; earlier ones appear as far as they matter", text_value(), "SEQ")(
      "to", "the last event", text_value(), "SEQ");
}

int run_scenario(const Request& request) {
  warn_of_compaction(request.log);
  const Seq last = last_row(request.log);
  if (last == 0) throw UsageError("the log has no events");
  const Seq from = option_or(request, "from", request.log.run().first_seq);
  if (from < 1 || from > last)
    throw UsageError("there is no event " + std::to_string(from) + ", the last is " + std::to_string(last));
  const Seq end = std::min(last, request.log.run_at(from).last_seq);
  const Seq to = option_or(request, "to", end);
  if (to < from) throw UsageError("--to " + std::to_string(to) + " is before --from " + std::to_string(from));
  if (to > end)
    throw UsageError("there is no event " + std::to_string(to) + " in the run of event " + std::to_string(from) +
                     ", its last is " + std::to_string(end));
  const std::string text = scenario::of(request.log, from, to);
  if (request.json())
    write_json(request.out(), {{"from", from}, {"to", to}, {"scenario", text}});
  else
    request.out() << text;
  return kYes;
}

}  // namespace recount

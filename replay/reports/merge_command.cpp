// merge: one log of several.
#include <iostream>
#include <nlohmann/json.hpp>

#include "replay/command/command.hpp"
#include "replay/command/new_log.hpp"
#include "replay/log/merge.hpp"

namespace recount {
namespace {

void write_report(const LogsRequest& request, const LogFile& log) {
  Output output("");
  std::uint64_t events = 0;
  Json runs = Json::array();
  for (const RunRecord& run : log.runs()) {
    events += run.last_seq + 1 - run.first_seq;
    Json& json = runs.emplace_back(run_json(run));
    json["first_seq"] = run.first_seq;
    json["events"] = run.last_seq + 1 - run.first_seq;
  }
  if (request.format == "json")
    write_json(output.stream(), {{"log", request.output}, {"events", events}, {"runs", runs}});
  else
    output.stream() << visible(request.output) << ": " << count_text(log.runs().size(), "run") << ", "
                    << count_text(events, "event") << '\n';
  output.commit();
}

}  // namespace

void add_merge_options(OptionTable& options) { options.add_options()("force", "replace FILE if it is there already"); }

int run_merge(const LogsRequest& request) {
  if (request.output.empty()) throw UsageError("name the merged log with -o FILE");
  for (const std::string& path : request.paths)
    if (is_same_file(path, request.output))
      throw UsageError(path + " is one of the logs to be merged, and those are not changed");
  NewLog place(request.output, request.options.count("force") != 0);
  Merger merger(place.beside());
  for (const std::string& path : request.paths) merger.add(LogFile(path));
  for (const std::string& remark : merger.remarks()) std::cerr << "recount-replay: " << visible(remark) << '\n';
  const LogFile log(request.output, merger.take());
  place.fill();
  write_report(request, log);
  return kYes;
}

}  // namespace recount

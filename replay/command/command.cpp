#include "replay/command/command.hpp"

#include <charconv>
#include <iostream>
#include <limits>
#include <nlohmann/json.hpp>
#include <ostream>
#include <utility>

#include "replay/recount/failures.hpp"

#include "replay/text/json_text.hpp"

namespace recount {
namespace {

// As --timeout was given: 3 s, not 3.00 s.
std::string limit_text(std::int64_t ns) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  return ns % kSecond == 0 ? std::to_string(ns / kSecond) + " s" : duration_text(ns);
}

// ctest lists a test without its command while the program has not been built.
void warn_of_tests_without_command(const std::string& file, const CtestList& list) {
  const std::size_t all = list.tests.size() + list.without_command;
  std::cerr << "recount-replay: " << visible(file) << ": warning: " << list.without_command << " of "
            << count_text(all, "test") << (list.without_command == 1 ? " has" : " have")
            << " no command in the list, and cannot be found in the log; build the tests, then make the list again\n";
}

}  // namespace

FormatNames text_json_markdown() {
  FormatNames formats = text_and_json();
  formats.push_back({"markdown", "for a job's summary or a comment"});
  return formats;
}

FormatNames text_and_json() { return {{"text", "for people"}, {"json", "for programs"}}; }

std::uint64_t number_option(const ParsedOptions& options, const char* name) {
  const std::string text = options.text(name);
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc{} && last == end && number != 0) return number;
  throw UsageError(std::string("--") + name + " needs a number from 1 on, not " + text);
}

std::uint32_t id_option(const ParsedOptions& options, const char* name) {
  const std::uint64_t number = number_option(options, name);
  if (number > std::numeric_limits<std::uint32_t>::max())
    throw UsageError(std::string("--") + name + " needs a smaller number");
  return static_cast<std::uint32_t>(number);
}

void write_json(std::ostream& out, const Json& json) { out << json_document(json, 1) << '\n'; }

Json argv_json(const std::string& argv) { return Json(words_of(argv)); }

std::string ending_text(const Paint& paint, bool ended, WaitStatus status, const std::string& signal_name) {
  if (!ended) return paint.warn("not seen to end");
  if (status.signaled())
    return paint.bad("killed by " + visible(signal_name) + (status.core_dumped() ? " (core dumped)" : ""));
  const std::string text = "exit code " + std::to_string(status.exit_code());
  return status.exit_code() == 0 ? text : paint.bad(text);
}

std::string ending_of(const Paint& paint, const LogFile& log, const Names& names, const ProcessRecord& process) {
  switch (process.ended_by) {
    case EndedBy::timeout: return paint.bad("timed out after " + limit_text(log.run_of(process.upid).rules.timeout_ns));
    case EndedBy::request: return paint.bad("killed by the recorder, which got a second SIGTERM");
    case EndedBy::probe: return paint.bad("killed by the recorder, which could not take a probe out of its memory");
    case EndedBy::others: break;
  }
  const WaitStatus status = process.status;
  return ending_text(paint, process.end_ns.has_value(), status, names.signal(status.term_signal()));
}

Json ended_by_json(const ProcessRecord& process) {
  const char* const word = word_of(process.ended_by);
  return word ? Json(word) : Json(nullptr);
}

void warn_of_divergence(const Request& request, const Verdict& verdict) {
  if (verdict.agrees()) return;
  std::cerr << "recount-replay: " << visible(request.log.path()) << ": warning: " << visible(verdict.divergence->what)
            << "; the report may be wrong from there on, see: recount-replay verify\n";
}

void warn_of_compaction(const LogFile& log) {
  std::uint64_t dropped = 0;
  for (const RunRecord& run : log.runs()) dropped += run.events_dropped;
  if (dropped == 0) return;
  std::cerr << "recount-replay: " << visible(log.path()) << " was compacted: " << count_text(dropped, "event")
            << " of hits, with their order and time, are not in it\n";
}

std::string trust_text(const RunVerdict& verdict) {
  if (!verdict.agrees())
    return "not to be trusted from event " + std::to_string(verdict.divergence->seq) +
           " on: " + verdict.divergence->what;
  if (verdict.events == 0 && !verdict.sealed) return "the log was cut short before the first event";
  const std::string left =
      verdict.dropped == 0 ? "" : " (compact left out " + count_text(verdict.dropped, "event") + " of hits)";
  const std::string all =
      "all " + count_text(verdict.events - verdict.missing, "event") + " agree with the machine" + left;
  if (verdict.sealed) return all + ", and the log is complete";
  if (verdict.machine_ended && verdict.owed == 0)
    return all + "; the run had ended, but its recorder was gone before it could say so in the log";
  return all + "; the log was cut short after event " + std::to_string(verdict.last_seq);
}

void add_runs(Json& json, const LogFile& log) {
  if (!log.merged()) {
    json["run"] = run_json(log.run());
    return;
  }
  Json& runs = json["runs"] = Json::array();
  for (const RunRecord& run : log.runs()) runs.push_back(run_json(run));
}

std::vector<TestCommand> tests_option(const ParsedOptions& options) {
  if (!options.count("ctest")) return {};
  const std::string file = options.text("ctest");
  try {
    CtestList list = read_ctest_list(file);
    if (list.without_command != 0) warn_of_tests_without_command(file, list);
    return std::move(list.tests);
  } catch (const std::runtime_error& error) {
    throw FileError(file, std::string(error.what()) + "; make it with ctest --show-only=json-v1 >FILE");
  }
}

Json run_json(const RunRecord& run) {
  Json json;
  json["run_uuid"] = run.uuid;
  json["argv"] = argv_json(run.argv);
  json["cwd"] = run.cwd;
  json["start_unix_ns"] = run.start_unix_ns;
  json["duration_ns"] = run.duration_ns ? Json(*run.duration_ns) : Json(nullptr);
  json["status"] = run.status;
  json["hostname"] = run.hostname;
  json["kernel"] = run.kernel;
  json["arch"] = run.arch;
  json["tool_version"] = run.tool_version;
  json["schema_version"] = run.schema_version;
  json["tags"] = run.tags;
  return json;
}

}  // namespace recount

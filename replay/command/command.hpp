// A command of recount-replay: a name, its options, and a function that writes one report about one
// log. Several logs that are named together are one merged log to it (merge.hpp).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "replay/command/options.hpp"
#include "replay/command/output.hpp"
#include "replay/log/dictionary.hpp"
#include "replay/log/log_file.hpp"
#include "replay/recount/history.hpp"
#include "replay/recount/recount.hpp"
#include "replay/text/text.hpp"
#include "schema/shared/ctest_list.hpp"

namespace recount {

using Json = nlohmann::ordered_json;

// A format of one command, as --format and --help name it.
struct FormatName {
  std::string_view name;
  std::string_view meaning;
};
using FormatNames = std::vector<FormatName>;

FormatNames text_json_markdown();
FormatNames text_and_json();  // what most commands have
FormatNames coverage_formats();
FormatNames export_formats();
FormatNames tree_formats();
FormatNames query_formats();
FormatNames schema_formats();
FormatNames suspect_formats();
FormatNames tests_formats();
FormatNames report_formats();
FormatNames completion_formats();

struct Request {
  const LogFile& log;
  Output& output;
  std::string_view format;  // one of the command's
  const ParsedOptions& options;

  bool json() const { return format == "json"; }
  std::ostream& out() const { return output.stream(); }
  Paint paint() const { return Paint(output.coloured()); }
};

// For the commands to which several logs are not one.
struct LogsRequest {
  const std::vector<std::string>& paths;  // or whatever the command's operands are
  std::string output;                     // of -o; empty: there is none
  std::string_view format;
  const ParsedOptions& options;
};

// How a command writes its report: when all is known, as it reads the log, or in answer to who types.
enum class Manner { at_the_end, as_it_reads, in_conversation };

struct Command {
  const char* name;
  const char* summary;
  FormatNames (*formats)();                          // the first is what is written unless --format says so
  void (*add_options)(OptionTable&);                 // null: none of its own
  int (*run)(const Request&);                        // the exit status
  int (*run_on_logs)(const LogsRequest&) = nullptr;  // instead of run
  const char* operands = "LOG...";
  bool needs_operand = true;
  Manner manner = Manner::at_the_end;
  int (*run_on_store)(const LogsRequest&) = nullptr;  // where a store of many runs stands for the log
};

int run_summary(const Request& request);
int run_failures(const Request& request);
int run_tree(const Request& request);
int run_coverage(const Request& request);
int run_events(const Request& request);
int run_verify(const LogsRequest& request);
int run_state(const Request& request);
int run_step(const Request& request);
int run_scenario(const Request& request);
int run_tests(const Request& request);
int run_output(const Request& request);
int run_report(const Request& request);
int run_store_report(const LogsRequest& request);
int run_export(const LogsRequest& request);
int run_merge(const LogsRequest& request);
int run_compact(const LogsRequest& request);
int run_diff(const LogsRequest& request);
int run_why(const LogsRequest& request);
int run_query(const LogsRequest& request);
int run_shell(const LogsRequest& request);
int run_schema(const LogsRequest& request);
int run_store(const LogsRequest& request);
int run_history(const LogsRequest& request);
int run_flaky(const LogsRequest& request);
int run_slower(const LogsRequest& request);
int run_regressions(const LogsRequest& request);
int run_trend(const LogsRequest& request);
int run_signatures(const LogsRequest& request);
int run_suspect(const LogsRequest& request);
int run_completion(const LogsRequest& request);
void add_coverage_options(OptionTable& options);
void add_diff_options(OptionTable& options);
void add_failures_options(OptionTable& options);
void add_tree_options(OptionTable& options);
void add_events_options(OptionTable& options);
void add_output_options(OptionTable& options);
void add_report_options(OptionTable& options);
void add_state_options(OptionTable& options);
void add_step_options(OptionTable& options);
void add_scenario_options(OptionTable& options);
void add_export_options(OptionTable& options);
void add_merge_options(OptionTable& options);
void add_query_options(OptionTable& options);
void add_shell_options(OptionTable& options);
void add_suspect_options(OptionTable& options);
void add_tests_options(OptionTable& options);

inline constexpr int kYes = 0, kNo = 1, kTrouble = 2;  // the exit statuses

// Numbers on the command line; anything else is a UsageError that names the option.
std::uint64_t number_option(const ParsedOptions& options, const char* name);
std::uint32_t id_option(const ParsedOptions& options, const char* name);

// The tests in the file of --ctest; none without that option.
std::vector<TestCommand> tests_option(const ParsedOptions& options);

// Shared by the reports.
void write_json(std::ostream& out, const Json& json);  // with broken UTF-8 replaced
Json argv_json(const std::string& argv);               // a JSON array, whatever the log has there
std::string ending_text(const Paint& paint, bool ended, WaitStatus status, const std::string& signal_name);
// How a process ended, and if the recorder ended it, why.
std::string ending_of(const Paint& paint, const LogFile& log, const Names& names, const ProcessRecord& process);
Json ended_by_json(const ProcessRecord& process);                         // "timeout", "request", "probe" or null
void warn_of_divergence(const Request& request, const Verdict& verdict);  // one line on stderr
void warn_of_compaction(const LogFile& log);        // likewise, of who shows what a compacted log lacks
std::string trust_text(const RunVerdict& verdict);  // a sentence: can the log be trusted?
Json run_json(const RunRecord& run);
void add_runs(Json& json, const LogFile& log);  // "run"; of a merged log "runs"

}  // namespace recount

#include "replay/command_list.hpp"

#include <algorithm>
#include <array>

#include "replay/coverage/source_options.hpp"

namespace recount {
namespace {

constexpr std::array kCommands{
    Command{"summary", "the run at a glance, failures first", text_json_markdown, nullptr, run_summary},
    Command{"failures", "every failed process, first cause first, and its last steps", text_json_markdown,
            add_failures_options, run_failures},
    Command{"output", "what the programs wrote to standard output and standard error, as it was", text_and_json,
            add_output_options, run_output},
    Command{"tree", "the processes as a tree", tree_formats, add_tree_options, run_tree},
    Command{"coverage", "the lines and functions that ran", coverage_formats, add_coverage_options, run_coverage},
    Command{"report", "the run as one page for a browser: failures, processes, timeline, coverage, events; or a store",
            report_formats, add_report_options, run_report, nullptr, "LOG...|STORE", true, Manner::at_the_end,
            run_store_report},
    Command{"tests", "the tests of the run, or with --changed those that a patch concerns", tests_formats,
            add_tests_options, run_tests},
    Command{"events", "the log as a list of events", text_and_json, add_events_options, run_events, nullptr, "LOG...",
            true, Manner::as_it_reads},
    Command{"verify", "repeat every decision; name the first event that differs", text_and_json, nullptr, nullptr,
            run_verify},
    Command{"state", "the processes and threads at one moment", text_and_json, add_state_options, run_state},
    Command{"step", "the tracer's decisions one by one, forward and back, with the reasons", text_and_json,
            add_step_options, run_step, nullptr, "LOG...", true, Manner::in_conversation},
    Command{"scenario", "a part of the log as a test of the machine: the events and its answers", text_and_json,
            add_scenario_options, run_scenario, nullptr, "LOG...", true, Manner::as_it_reads},
    Command{"export", "the run for other tools: events, a timeline, or tables for other engines", export_formats,
            add_export_options, nullptr, run_export, "LOG...", true, Manner::as_it_reads},
    Command{"why", "whether a line ran, and in which process first, or why not: why LOG... FILE:LINE", text_and_json,
            nullptr, nullptr, run_why},
    Command{"merge", "make one log of several, with -o FILE", text_and_json, add_merge_options, nullptr, run_merge},
    Command{"compact", "a small log: hits are summed, their events left out, with -o FILE", text_and_json,
            add_merge_options, nullptr, run_compact, "LOG"},
    Command{"diff", "the lines, functions and processes that separate two runs", text_and_json, add_diff_options,
            nullptr, run_diff},
    Command{"suspect", "the lines that ran in failed runs, and hardly in passed ones", suspect_formats,
            add_suspect_options, nullptr, run_suspect, "LOG...", false},
    Command{"query", "any question in SQL: a statement after the log, or @NAME of a shipped one", query_formats,
            add_query_options, nullptr, run_query, "LOG... STATEMENT", false, Manner::as_it_reads},
    Command{"shell", "a prompt for SQL: what a question needs is derived once, the next ones answer at once",
            query_formats, add_shell_options, nullptr, run_shell, "LOG...", true, Manner::in_conversation},
    Command{"schema", "the views for SQL, or those that are named: columns, prose, an example", schema_formats, nullptr,
            nullptr, run_schema, "[VIEW...]", false},
    Command{"store", "keep what matters of many runs in one file: store add STORE LOG...", text_and_json, nullptr,
            nullptr, run_store, "add STORE LOG..."},
    Command{"history", "of a store: its runs, or the results of one test, the newest first", query_formats, nullptr,
            nullptr, run_history, "STORE [TEST]"},
    Command{"flaky", "of a store: tests that both passed and failed at one commit, or keep changing", query_formats,
            nullptr, nullptr, run_flaky, "STORE"},
    Command{"slower", "of a store: tests that took longer than in the good runs before", query_formats, nullptr,
            nullptr, run_slower, "STORE"},
    Command{"regressions", "of a store: tests that fail, and since which commit", query_formats, nullptr, nullptr,
            run_regressions, "STORE [A..B]"},
    Command{"trend", "of a store: the coverage of each run, of a folder or a file too", query_formats, nullptr, nullptr,
            run_trend, "STORE [FOLDER]"},
    Command{"signatures", "of a store: failures that are alike: new, known, gone", query_formats, nullptr, nullptr,
            run_signatures, "STORE"},
    Command{"completion", "the completions for a shell, or the manual page", completion_formats, nullptr, nullptr,
            run_completion, "bash|zsh|fish|man"},
};

}  // namespace

std::span<const Command> all_commands() { return kCommands; }

const Command* find_command(const std::string& name) {
  const auto* found = std::find_if(kCommands.begin(), kCommands.end(), [&](const auto& c) { return name == c.name; });
  return found == kCommands.end() ? nullptr : found;
}

std::string formats_text(const FormatNames& formats, const char* conjunction) {
  std::string text;
  for (std::size_t i = 0; i < formats.size(); ++i)
    text.append(i == 0                    ? ""
                : i + 1 == formats.size() ? std::string(" ") + conjunction + " "
                                          : ", ")
        .append(formats[i].name);
  return text;
}

OptionTable options_of(const Command& command) {
  OptionTable options(std::string("recount-replay ") + command.name, command.summary, command.operands);
  const FormatNames formats = command.formats();
  options.add_options()("format", formats_text(formats, "or"), text_value(std::string(formats[0].name)), "FORMAT")(
      "o,output", "write to FILE instead of standard output", text_value(), "FILE")(
      "q,quiet", "show no progress; else a terminal shows it after a second")(
      "no-pager", "write long text straight to a terminal, not through $RECOUNT_PAGER, $PAGER or less")(
      "h,help", "show this help")("version", "show the version")("log", "", words_value());
  if (command.add_options) command.add_options(options);
  options.take_operands_as("log");
  return options;
}

}  // namespace recount

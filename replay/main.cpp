// recount-replay: the command line.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <new>

#include "replay/command.hpp"
#include "replay/errors.hpp"
#include "replay/merge.hpp"
#include "replay/progress.hpp"

namespace recount {
namespace {

constexpr std::array kCommands{
    Command{"summary", "the run at a glance, failures first", text_and_json, nullptr, run_summary},
    Command{"failures", "what failed, first cause first, and what it had just done", text_and_json, add_failures_options,
            run_failures},
    Command{"tree", "the processes as a tree", tree_formats, add_tree_options, run_tree},
    Command{"coverage", "which lines and functions ran", coverage_formats, add_coverage_options,
            run_coverage},
    Command{"report", "the page of a run, for a browser: failures, processes, timeline, coverage, events", report_formats, add_report_options,
            run_report},
    Command{"tests", "the tests of the run, or with --changed those that ran what a patch changes", tests_formats,
            add_tests_options, run_tests},
    Command{"events", "the log as people read it", text_and_json, add_events_options, run_events, nullptr, "LOG...", true,
            Manner::as_it_reads},
    Command{"verify", "decide everything again; name the first event that differs", text_and_json,
            nullptr, run_verify},
    Command{"state", "the processes and threads at one moment", text_and_json, add_state_options,
            run_state},
    Command{"step", "the tracer's decisions one by one, forward and back: what it knew, by which rule it decided", text_and_json,
            add_step_options, run_step, nullptr, "LOG...", true, Manner::in_conversation},
    Command{"scenario", "a part of the log as a test of the machine: what happened, and its answers", text_and_json,
            add_scenario_options, run_scenario, nullptr, "LOG...", true, Manner::as_it_reads},
    Command{"export", "the run for other tools: events, or a timeline", export_formats, nullptr, run_export, nullptr, "LOG...",
            true, Manner::as_it_reads},
    Command{"why", "whether a line ran, by whom first, or why not: why LOG... FILE:LINE", text_and_json, nullptr, nullptr,
            run_why},
    Command{"merge", "make one log of several, with -o FILE", text_and_json, add_merge_options,
            nullptr, run_merge},
    Command{"diff", "what only one of two runs has, or only one of them executed", text_and_json,
            nullptr, nullptr, run_diff},
    Command{"suspect", "which lines ran where it failed, and hardly where it passed", suspect_formats, add_suspect_options,
            nullptr, run_suspect, "LOG...", false},
    Command{"query", "any question in SQL: a statement behind the log, or @NAME of one that is shipped",
            query_formats, add_query_options, nullptr, run_query, "LOG... STATEMENT", false, Manner::as_it_reads},
    Command{"schema", "the views that SQL may ask, or those that are named: columns, prose, an example",
            text_and_json, nullptr, nullptr, run_schema, "[VIEW...]", false},
};

void print_help() {
  std::cout << "Tell what a recorded run did, from its log alone.\n\n"
               "usage: recount-replay [COMMAND] [OPTION...] LOG...\n\ncommands:\n";
  for (const Command& command : kCommands)
    std::cout << "  " << command.name << std::string(10 - std::strlen(command.name), ' ')
              << command.summary << '\n';
  std::cout << "\nWithout a command: summary. Each has --help, --format and -o FILE. Several logs are taken\n"
               "together, as one that was merged.\n"
               "Exit status: 0; 1 when the answer is no (a divergence, under a threshold); 2 for "
               "bad usage or a file\n"
               "that cannot be read.\n";
}

const Command* find_command(const std::string& name) {
  const auto* found = std::find_if(kCommands.begin(), kCommands.end(),
                                   [&](const auto& c) { return name == c.name; });
  return found == kCommands.end() ? nullptr : found;
}

// "text or json"; "text, lcov or json"
std::string list_of(const FormatNames& formats, const char* conjunction) {
  std::string text;
  for (std::size_t i = 0; i < formats.size(); ++i)
    text.append(i == 0                    ? ""
                : i + 1 == formats.size() ? std::string(" ") + conjunction + " "
                                          : ", ")
        .append(formats[i].name);
  return text;
}

cxxopts::Options options_of(const Command& command) {
  cxxopts::Options options(std::string("recount-replay ") + command.name, command.summary);
  const FormatNames formats = command.formats();
  options.custom_help("[OPTION...]").positional_help(command.operands);
  options.add_options()("format", list_of(formats, "or"),
                        cxxopts::value<std::string>()->default_value(std::string(formats[0].name)),
                        "FORMAT")("o,output", "write to FILE instead of standard output",
                                  cxxopts::value<std::string>(),
                                  "FILE")("q,quiet", "show no progress, which a terminal gets after a second")("h,help", "show this help")(
      "version", "show the version")("log", "", cxxopts::value<std::vector<std::string>>());
  if (command.add_options) command.add_options(options);
  options.parse_positional("log");
  return options;
}

void print_help_of(const Command& command, const cxxopts::Options& options) {
  std::cout << options.help() << "\nFormats:\n";
  for (const FormatName& format : command.formats())
    std::cout << "  " << std::left << std::setw(12) << format.name << format.meaning << '\n';
}

std::string_view format_of(const Command& command, const std::string& name) {
  const FormatNames formats = command.formats();
  for (const FormatName& format : formats)
    if (format.name == name) return format.name;
  throw UsageError("unknown format " + name + ", there is " + list_of(formats, "and"));
}

std::vector<std::string> logs_of(const Command& command, const cxxopts::ParseResult& parsed) {
  auto logs = parsed.count("log") ? parsed["log"].as<std::vector<std::string>>()
                                  : std::vector<std::string>{};
  if (logs.empty() && command.needs_operand) throw UsageError("no log is named");
  return logs;
}

// A line of progress and a report that is written meanwhile would spoil each other.
void allow_progress(const Command& command, const cxxopts::ParseResult& parsed) {
  const bool in_the_way = command.manner == Manner::in_conversation ||
                          (command.manner == Manner::as_it_reads && parsed.count("output") == 0 && isatty(STDOUT_FILENO) == 1);
  Progress::allow(!in_the_way && parsed.count("quiet") == 0 && Progress::may_show());
}

int run_on(const Command& command, const cxxopts::ParseResult& parsed) {
  const std::string_view format = format_of(command, parsed["format"].as<std::string>());
  const std::vector<std::string> paths = logs_of(command, parsed);
  allow_progress(command, parsed);
  const std::string path = parsed.count("output") ? parsed["output"].as<std::string>() : "";
  if (command.run_on_logs) return command.run_on_logs({paths, path, format, parsed});
  const LogFile log = paths.size() == 1 ? LogFile(paths[0]) : merged(paths);
  try {
    Output output(path);
    const int status = command.run({log, output, format, parsed});
    output.commit();
    return status;
  } catch (const SqliteError& error) {
    throw FileError(log.path(), explain(error));
  }
}

int run_command(const Command& command, int argc, char** argv) {
  cxxopts::Options options = options_of(command);
  const cxxopts::ParseResult parsed = options.parse(argc, argv);
  if (parsed.count("help")) {
    print_help_of(command, options);
    return kYes;
  }
  if (parsed.count("version")) {
    std::cout << "recount-replay " RECOUNT_VERSION "\n";
    return kYes;
  }
  return run_on(command, parsed);
}

// A first word that is no command is a log for summary, but not when it looks like a command that
// was mistyped.
bool looks_mistyped(const std::string& word, int argc) {
  return !word.starts_with('-') && word.find_first_of("/.") == std::string::npos && argc > 2 &&
         !std::filesystem::exists(word);
}

int dispatch(int argc, char** argv, std::string& help) {
  const std::string first = argc > 1 ? argv[1] : "";
  if (first == "--help" || first == "-h" || first == "help") {
    print_help();
    return kYes;
  }
  if (first.empty()) throw UsageError("no log is named");
  const Command* command = find_command(first);
  if (!command && looks_mistyped(first, argc)) throw UsageError("there is no command " + first);
  if (!command) return run_command(kCommands[0], argc, argv);
  help = std::string("recount-replay ") + command->name + " --help";
  return run_command(*command, argc - 1, argv + 1);
}

int complain(const std::string& message) {
  std::cerr << "recount-replay: " << visible(message) << '\n';
  return kTrouble;
}

}  // namespace
}  // namespace recount

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  std::string help = "recount-replay --help";
  try {
    return recount::dispatch(argc, argv, help);
  } catch (const recount::UsageError& error) {
    return recount::complain(std::string(error.what()) + "; see: " + help);
  } catch (const cxxopts::exceptions::exception& error) {
    return recount::complain(std::string(error.what()) + "; see: " + help);
  } catch (const std::bad_alloc&) {
    return recount::complain("not enough memory for this log");
  } catch (const std::exception& error) {
    return recount::complain(error.what());
  }
}

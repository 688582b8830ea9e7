#include "replay/command_line.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <new>
#include <system_error>

#include "replay/command/pager.hpp"
#include "replay/command_list.hpp"
#include "replay/log/errors.hpp"
#include "replay/log/merge.hpp"
#include "replay/log/progress.hpp"
#include "replay/log/store_mark.hpp"

namespace recount {
namespace {

void print_help() {
  std::cout << "Answers questions about a recorded run from its log alone.\n\n"
               "usage: recount-replay [COMMAND] [OPTION...] LOG...\n\ncommands:\n";
  for (const Command& command : all_commands())
    std::cout << "  " << command.name << std::string(12 - std::strlen(command.name), ' ') << command.summary << '\n';
  std::cout << "\nThe default command is summary. Each command has --help, --format and -o FILE. Several logs are\n"
               "treated as one merged log.\n"
               "Exit status: 0; 1 if the answer is no (a divergence, a missed threshold); 2 for bad usage or an\n"
               "unreadable file.\n";
}

void print_help_of(const Command& command, const OptionTable& options) {
  std::cout << options.help() << "\nFormats:\n";
  for (const FormatName& format : command.formats())
    std::cout << "  " << std::left << std::setw(12) << format.name << format.meaning << '\n';
}

std::string_view format_of(const Command& command, const std::string& name) {
  const FormatNames formats = command.formats();
  for (const FormatName& format : formats)
    if (format.name == name) return format.name;
  throw UsageError("unknown format " + name + ", there is " + formats_text(formats, "and"));
}

std::vector<std::string> logs_of(const Command& command, const ParsedOptions& parsed) {
  auto logs = parsed.count("log") ? parsed.words("log") : std::vector<std::string>{};
  if (logs.empty() && command.needs_operand) throw UsageError("no log is named");
  return logs;
}

// A line of progress and a report that is written meanwhile would spoil each other.
void allow_progress(const Command& command, const ParsedOptions& parsed) {
  const bool in_the_way =
      command.manner == Manner::in_conversation ||
      (command.manner == Manner::as_it_reads && parsed.count("output") == 0 && isatty(STDOUT_FILENO) == 1);
  Progress::allow(!in_the_way && parsed.count("quiet") == 0 && Progress::may_show());
}

bool is_for_a_pager(const Command& command, std::string_view format, const ParsedOptions& parsed) {
  const char* const name = std::getenv("TERM");
  return terminal().is_there && parsed.count("output") == 0 && command.manner != Manner::in_conversation &&
         format == command.formats().front().name && parsed.count("no-pager") == 0 && name &&
         std::string_view(name) != "dumb";
}

int run_on(const Command& command, const ParsedOptions& parsed) {
  const std::string_view format = format_of(command, parsed.text("format"));
  const std::vector<std::string> paths = logs_of(command, parsed);
  allow_progress(command, parsed);
  const std::string path = parsed.count("output") ? parsed.text("output") : "";
  const Pager pager(is_for_a_pager(command, format, parsed));
  if (command.run_on_logs) return command.run_on_logs({paths, path, format, parsed});
  if (command.run_on_store && paths.size() == 1 && is_store(paths[0]))
    return command.run_on_store({paths, path, format, parsed});
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
  OptionTable options = options_of(command);
  const ParsedOptions parsed = options.parse(argc, argv);
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
  std::error_code ignored;  // in a folder that may not be searched
  return !word.starts_with('-') && word.find_first_of("/.") == std::string::npos && argc > 2 &&
         !std::filesystem::exists(word, ignored);
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
  if (!command) return run_command(all_commands().front(), argc, argv);
  help = std::string("recount-replay ") + command->name + " --help";
  return run_command(*command, argc - 1, argv + 1);
}

int complain(const std::string& message) {
  std::cerr << "recount-replay: " << visible(message) << '\n';
  return kTrouble;
}

}  // namespace

int run_command_line(int argc, char** argv) {
  std::string help = "recount-replay --help";
  try {
    return dispatch(argc, argv, help);
  } catch (const UsageError& error) {
    return complain(std::string(error.what()) + "; see: " + help);
  } catch (const std::bad_alloc&) {
    return complain("not enough memory for this log");
  } catch (const std::exception& error) {
    return complain(error.what());
  }
}

}  // namespace recount

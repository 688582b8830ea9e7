// completion: what shells complete, and the manual page, from the tables of the command line.
#include <ostream>

#include "replay/command_list.hpp"
#include "schema/shared/command_text.hpp"

namespace recount {
namespace {

std::vector<ManualText> manual() {
  return {{"Description",
           {"Answers questions about a recorded run from its log alone: a file that recount-record(1) wrote, on this "
            "machine or another. It needs neither the programs, nor their debug information, nor their sources.",
            "Several logs are treated as one merged log. The default command is summary."},
           {}},
          {"Exit status",
           {},
           {{"0", "The answer is there."},
            {"1", "The answer is no: a divergence, a missed threshold, two runs that differ."},
            {"2", "Bad usage, or an unreadable file."}}},
          {"Environment",
           {},
           {{"NO_COLOR", "Turns off colours on a terminal, if it is set."},
            {"RECOUNT_PROGRESS_DELAY",
             "The number of seconds after which a terminal shows the progress of a command; 1 if unset."}}},
          {"Examples",
           {"Every failed process, first cause first, and its last steps:", "    recount-replay failures run.db",
            "What one test wrote to standard error:", "    recount-replay output run.db --test parser --stderr",
            "A report that lcov, genhtml and most services read:",
            "    recount-replay coverage run.db --format lcov -o run.info", "The tests that a patch may break:",
            "    git diff | recount-replay tests run.db --changed - --format list", "Any question in SQL:",
            "    recount-replay query run.db \"SELECT pid, argv FROM process WHERE exit_code <> 0\""},
           {}},
          {"See also", {"recount-record(1), sqlite3(1), ptrace(2)"}, {}}};
}

CommandText text_of(const Command& command) {
  CommandText text{command.name, command.summary, command.operands, options_of(command).texts(), {}};
  add_choices(text.options);
  for (const FormatName& format : command.formats()) text.formats.emplace_back(format.name, format.meaning);
  for (OptionText& option : text.options)
    if (option.name == "format")
      for (const auto& format : text.formats) option.choices.push_back(format.first);
  return text;
}

ProgramText program_text() {
  ProgramText program{"recount-replay",
                      RECOUNT_VERSION,
                      "answer questions about a recorded run from its log alone",
                      "[COMMAND] [OPTION...] LOG...",
                      {},
                      manual(),
                      false};
  for (const Command& command : all_commands()) program.commands.push_back(text_of(command));
  return program;
}

}  // namespace

FormatNames completion_formats() { return {{"text", "a script to be read by the shell, or the page"}}; }

int run_completion(const LogsRequest& request) {
  const std::string& what = request.paths.front();
  const auto text = what == "man" ? std::optional(manual_page(program_text())) : completion(program_text(), what);
  if (!text || request.paths.size() != 1) throw UsageError("completion is for bash, zsh or fish, or man");
  Output output(request.output);
  output.stream() << *text;
  output.commit();
  return kYes;
}

}  // namespace recount

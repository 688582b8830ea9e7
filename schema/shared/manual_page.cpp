// The manual page: man(7).
#include <algorithm>

#include "schema/shared/command_text.hpp"

namespace recount {
namespace {

// When the prose of the pages was last changed. Not the day of the build, which would make each
// build another.
constexpr std::string_view kDate = "2026-11-28";

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

// Text that roff takes for nothing else. A dash is one that can be pasted into a shell.
std::string roff(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '\\')
      safe += "\\e";
    else if (c == '-')
      safe += "\\-";
    else if (c == '\'')
      safe += "\\(aq";
    else if (c == '`')
      safe += "\\(ga";
    else if (c == '^')
      safe += "\\(ha";
    else if (c == '~')
      safe += "\\(ti";
    else
      safe += c;
  }
  return safe.starts_with('.') ? "\\&" + safe : safe;
}

// Prose, in lines that are not too long. A dot that came first in one would be a request.
std::string filled(std::string_view text) {
  constexpr std::size_t kWidth = 78;
  std::string all, line;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = roff(text.substr(at, end - at));
    if (!line.empty() && line.size() + 1 + word.size() > kWidth) all += line + "\n", line.clear();
    line += (line.empty() ? "" : " ") + word;
    at = end + 1;
  }
  return all + line;
}

std::string bold(const std::string& text) { return "\\fB" + roff(text) + "\\fR"; }

std::string head_of(const OptionText& option) {
  std::string head = option.letter.empty() ? "" : bold("-" + option.letter) + ", ";
  head += bold("--" + option.name);
  if (!option.argument.empty()) head += " \\fI" + roff(option.argument) + "\\fR";
  return head;
}

void write_item(std::string& page, const std::string& head, const std::string& text) {
  page += ".TP\n" + head + "\n" + filled(text) + "\n";
}

void write_part(std::string& page, const ManualText& part) {
  page += ".SH " + upper(part.heading) + "\n";
  bool first = true;
  for (const std::string& paragraph : part.paragraphs) {
    if (paragraph.starts_with("    ")) {
      page += (first ? ".EX\n" : ".PP\n.EX\n") + roff(paragraph) + "\n.EE\n";
    } else {
      page += (first ? "" : ".PP\n") + filled(paragraph) + "\n";
    }
    first = false;
  }
  for (const auto& [head, text] : part.items) write_item(page, bold(head), text);
}

bool has(const CommandText& command, const OptionText& option) {
  return std::any_of(command.options.begin(), command.options.end(), [&](const OptionText& other) {
    return other.name == option.name && other.meaning == option.meaning;
  });
}

// What every command has is said once.
bool is_shared(const ProgramText& program, const OptionText& option) {
  return program.commands.size() > 1 && std::all_of(program.commands.begin(), program.commands.end(),
                                                    [&](const CommandText& command) { return has(command, option); });
}

void write_shared(std::string& page, const ProgramText& program) {
  page += "Each command has these options, and those below it.\n";
  for (const OptionText& option : program.commands.front().options)
    if (is_shared(program, option)) write_item(page, head_of(option), option.meaning);
}

void write_command(std::string& page, const ProgramText& program, const CommandText& command) {
  if (!command.name.empty())
    page += ".SS " + roff(command.name) + "\n" + bold(program.name + " " + command.name) + " [\\fIOPTION\\fR...] " +
            roff(command.operands) + "\n.PP\n" + filled(command.summary + ".") + "\n";
  for (const OptionText& option : command.options)
    if (!is_shared(program, option)) write_item(page, head_of(option), option.meaning);
  if (command.formats.size() < 2) return;
  page += ".PP\nFormats:\n";
  for (const auto& [name, meaning] : command.formats) write_item(page, bold(name), meaning);
}

}  // namespace

std::string manual_page(const ProgramText& program) {
  std::string page = ".TH " + roff(upper(program.name)) + " 1 " + std::string(kDate) + " \"recount " + program.version +
                     "\" \"User Commands\"\n.SH NAME\n" + roff(program.name) + " \\- " + filled(program.summary) +
                     "\n.SH SYNOPSIS\n" + bold(program.name) + " " + roff(program.usage) + "\n";
  bool options_written = false;
  for (const ManualText& part : program.manual) {
    write_part(page, part);
    if (options_written) continue;
    options_written = true;
    page += program.commands.front().name.empty() ? ".SH OPTIONS\n" : ".SH COMMANDS\n";
    if (program.commands.size() > 1) write_shared(page, program);
    for (const CommandText& command : program.commands) write_command(page, program, command);
  }
  return page;
}

}  // namespace recount

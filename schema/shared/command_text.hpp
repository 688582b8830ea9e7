// What a program's command line takes, as text: the one source of what shells complete and of the
// manual page, taken from the tables that --help is made of.
//
//   ProgramText program{"recount-record", ..., {{"", "", "PROGRAM [ARG...]",
//   option_texts(options)}}}; std::cout << completion(program, "bash");  std::cout <<
//   manual_page(program);
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace recount {

struct OptionText {
  std::string letter;                // "o"; empty: none
  std::string name;                  // "output", without dashes
  std::string argument;              // "FILE"; empty: it takes none
  std::string meaning;               // a default included
  std::vector<std::string> choices;  // all that the argument may be; empty: anything

  enum class Argument { none, word, file, folder };
  Argument kind() const;
};

struct CommandText {
  std::string name;  // empty: the program has no commands
  std::string summary;
  std::string operands;  // "LOG..."
  std::vector<OptionText> options;
  std::vector<std::pair<std::string, std::string>> formats;  // of --format, with what each is
};

// A part of a manual page. Paragraphs are plain text; a line that begins with four blanks is an
// example, and one of the form "NAME: text" in `items` has the name as its head.
struct ManualText {
  std::string heading;
  std::vector<std::string> paragraphs;
  std::vector<std::pair<std::string, std::string>> items;
};

struct ProgramText {
  std::string name, version, summary, usage;
  std::vector<CommandText> commands;  // one without a name, if it has none
  std::vector<ManualText> manual;     // what is before and behind the options
  bool runs_program = false;          // the operands are a command line of their own
};

// Of a cxxopts::Options. What has no description is left out, as --help does with operands.
template <typename Options>
std::vector<OptionText> option_texts(const Options& options) {
  std::vector<OptionText> texts;
  for (const auto& option : options.group_help("").options) {
    if (option.desc.empty() || option.l.empty()) continue;
    OptionText text{option.s, option.l.front(), option.is_boolean ? "" : option.arg_help, option.desc, {}};
    if (option.has_default && !option.is_boolean) text.meaning += " (default: " + option.default_value + ")";
    texts.push_back(std::move(text));
  }
  return texts;
}

// A choice among words is an argument like "line|block"; names in capitals are no words.
void add_choices(std::vector<OptionText>& options);

// The script for bash, zsh or fish; nothing for another shell.
std::optional<std::string> completion(const ProgramText& program, std::string_view shell);

// In the man macros of groff and mandoc.
std::string manual_page(const ProgramText& program);

}  // namespace recount

// What shells complete. The scripts are made whole: no program is started when somebody presses
// Tab.
#include "schema/shared/command_text.hpp"

namespace recount {
namespace {

using Argument = OptionText::Argument;

std::string identifier(std::string name) {
  for (char& c : name)
    if (c == '-') c = '_';
  return "_" + name;
}

// In single quotes, as sh, bash, zsh and (with kQuote) fish take it.
std::string quoted(std::string_view text, std::string_view quote = "'\\''") {
  std::string safe = "'";
  for (const char c : text) c == '\'' ? safe += quote : safe += c;
  return safe + "'";
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::vector<std::string> option_words(const CommandText& command) {
  std::vector<std::string> words;
  for (const OptionText& option : command.options) {
    if (!option.letter.empty()) words.push_back("-" + option.letter);
    words.push_back("--" + option.name);
  }
  return words;
}

// --- bash

// COMP_WORDBREAKS makes three words of --format=json; here they become two again.
constexpr std::string_view kBashWords =
    "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
    "  if [[ $cur == = ]]; then cur=\n"
    "  elif [[ $prev == = ]] && ((COMP_CWORD > 1)); then prev=${COMP_WORDS[COMP_CWORD-2]}\n"
    "  fi\n"
    "  COMPREPLY=()\n";

std::string bash_pattern(const OptionText& option) {
  return (option.letter.empty() ? "" : "-" + option.letter + "|") + "--" + option.name;
}

// What comes behind an option that takes an argument. Nothing is said of files: readline completes
// them, -o default.
std::string bash_arguments(const CommandText& command, const std::string& indent) {
  std::string text = indent + "case $prev in\n", others;
  for (const OptionText& option : command.options) {
    if (option.kind() == Argument::none) continue;
    if (!option.choices.empty())
      text += indent + "  " + bash_pattern(option) + ") COMPREPLY=($(compgen -W " + quoted(joined(option.choices)) +
              " -- \"$cur\")); return ;;\n";
    else if (option.kind() == Argument::folder)
      text += indent + "  " + bash_pattern(option) + ") compopt -o dirnames +o default 2>/dev/null; return ;;\n";
    else
      others += (others.empty() ? "" : "|") + bash_pattern(option);
  }
  if (!others.empty()) text += indent + "  " + others + ") return ;;\n";
  return text + indent + "esac\n" + indent + "[[ $cur == -* ]] && COMPREPLY=($(compgen -W " +
         quoted(joined(option_words(command))) + " -- \"$cur\"))\n";
}

// Behind the options stands a command line of its own.
std::string bash_program(const CommandText& command) {
  std::string taking;
  for (const OptionText& option : command.options)
    if (option.kind() != Argument::none) taking += (taking.empty() ? "" : "|") + bash_pattern(option);
  return "  local at=1\n"
         "  while ((at < COMP_CWORD)); do\n"
         "    case ${COMP_WORDS[at]} in\n"
         "      --) ((++at)); break ;;\n"
         "      " +
         taking +
         ") ((at += 2)); [[ ${COMP_WORDS[at-1]} == = ]] && ((++at)) ;;\n"
         "      -*) ((++at)) ;;\n"
         "      *) break ;;\n"
         "    esac\n"
         "  done\n"
         "  if ((at < COMP_CWORD)); then\n"
         "    declare -F _command_offset >/dev/null && _command_offset \"$at\"\n"
         "    return\n"
         "  fi\n"
         "  if ((at == COMP_CWORD)) && [[ $cur != -* ]]; then COMPREPLY=($(compgen -c -- "
         "\"$cur\")); return; fi\n";
}

std::string bash(const ProgramText& program) {
  const std::string function = identifier(program.name);
  std::string text = "# bash completion of " + program.name + "\n" + function + "() {\n" + std::string(kBashWords);
  if (program.runs_program) text += bash_program(program.commands.front());
  if (program.commands.front().name.empty()) {
    text += bash_arguments(program.commands.front(), "  ");
  } else {
    std::vector<std::string> names;
    text += "  case ${COMP_WORDS[1]} in\n";
    for (const CommandText& command : program.commands) {
      names.push_back(command.name);
      text += "    " + command.name + ")\n" + bash_arguments(command, "      ") + "      ;;\n";
    }
    text += "    *)\n" + bash_arguments(program.commands.front(), "      ") + "      ;;\n  esac\n";
    text += "  if ((COMP_CWORD == 1)) && [[ $cur != -* ]]; then COMPREPLY=($(compgen -W " + quoted(joined(names)) +
            " -- \"$cur\")); fi\n";
  }
  return text + "}\ncomplete -o default -F " + function + " " + program.name + "\n";
}

// --- zsh

// In the brackets of an _arguments specification.
std::string zsh_meaning(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == '\\' || c == ':') safe += '\\';
    safe += c;
  }
  return safe;
}

std::string zsh_action(const OptionText& option) {
  if (option.kind() == Argument::none) return "";
  std::string action = " ";
  if (!option.choices.empty())
    action = "(" + joined(option.choices) + ")";
  else if (option.kind() == Argument::folder)
    action = "_files -/";
  else if (option.kind() == Argument::file)
    action = "_files";
  return ":" + zsh_meaning(option.argument) + ":" + action;
}

std::string zsh_arguments(const CommandText& command, const std::string& indent, const std::string& rest) {
  std::string text = indent + "_arguments -s -S";
  for (const OptionText& option : command.options) {
    const std::string tail = "[" + zsh_meaning(option.meaning) + "]" + zsh_action(option);
    if (!option.letter.empty()) text += " \\\n" + indent + "  " + quoted("*-" + option.letter + tail);
    text += " \\\n" + indent + "  " + quoted("*--" + option.name + (option.kind() == Argument::none ? "" : "=") + tail);
  }
  return text + " \\\n" + indent + "  " + quoted(rest) + "\n";
}

std::string zsh(const ProgramText& program) {
  const std::string function = identifier(program.name);
  std::string text = "#compdef " + program.name + "\n" + function + "() {\n";
  if (program.commands.front().name.empty())
    return text +
           zsh_arguments(program.commands.front(), "  ",
                         program.runs_program ? "*::program:_normal" : "*:file:_files") +
           "}\n" + function + " \"$@\"\n";
  text += "  local -a commands\n  commands=(\n";
  for (const CommandText& command : program.commands)
    text += "    " + quoted(command.name + ":" + zsh_meaning(command.summary)) + "\n";
  text +=
      "  )\n  if ((CURRENT == 2)) && [[ $words[2] != -* ]]; then\n    _describe command commands\n "
      "   _files\n    return\n  fi\n"
      "  case $words[2] in\n";
  for (const CommandText& command : program.commands)
    text += "    " + command.name + ")\n      shift words\n      ((CURRENT--))\n" +
            zsh_arguments(command, "      ", "*:log:_files") + "      ;;\n";
  return text + "    *)\n" + zsh_arguments(program.commands.front(), "      ", "*:log:_files") +
         "      ;;\n  esac\n}\n" + function + " \"$@\"\n";
}

// --- fish

std::string fish_quoted(std::string_view text) {
  std::string safe;
  for (const char c : text) safe += c == '\\' ? "\\\\" : std::string(1, c);
  return quoted(safe, "\\'");
}

std::string fish_option(const std::string& program, const OptionText& option, const std::string& condition) {
  std::string line = "complete -c " + program + condition;
  if (!option.letter.empty()) line += " -s " + option.letter;
  line += " -l " + option.name;
  if (!option.choices.empty())
    line += " -x -a " + fish_quoted(joined(option.choices));
  else if (option.kind() == Argument::folder)
    line += " -x -a '(__fish_complete_directories)'";
  else if (option.kind() == Argument::file)
    line += " -r -F";
  else if (option.kind() == Argument::word)
    line += " -x";
  return line + " -d " + fish_quoted(option.meaning) + "\n";
}

std::string fish(const ProgramText& program) {
  std::string text = "# fish completion of " + program.name + "\n";
  const CommandText& first = program.commands.front();
  if (first.name.empty()) {
    if (program.runs_program) text += "complete -c " + program.name + " -x -a '(__fish_complete_subcommand)'\n";
    for (const OptionText& option : first.options) text += fish_option(program.name, option, "");
    return text;
  }
  std::vector<std::string> names;
  for (const CommandText& command : program.commands) names.push_back(command.name);
  for (const CommandText& command : program.commands)
    text += "complete -c " + program.name + " -n __fish_is_first_arg -a " + command.name + " -d " +
            fish_quoted(command.summary) + "\n";
  for (const CommandText& command : program.commands)
    for (const OptionText& option : command.options)
      text += fish_option(program.name, option, " -n '__fish_seen_subcommand_from " + command.name + "'");
  for (const OptionText& option : first.options)
    text += fish_option(program.name, option, " -n 'not __fish_seen_subcommand_from " + joined(names) + "'");
  return text;
}

}  // namespace

std::optional<std::string> completion(const ProgramText& program, std::string_view shell) {
  if (shell == "bash") return bash(program);
  if (shell == "zsh") return zsh(program);
  if (shell == "fish") return fish(program);
  return std::nullopt;
}

}  // namespace recount

// Lines from whoever types at a terminal, with history and completion, or from a script.
//
//   const auto reader = make_line_reader([](std::string_view line, std::string_view word) { return words; });
//   while (const auto line = reader->next("recount> ")) ...
//
// A terminal has a prompt and the keys of libedit. Its history is kept in $XDG_STATE_HOME/recount/shell_history, or below
// ~/.local/state; where that can't be written it ends with the shell. A script has neither.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recount {

// What may stand where `word` begins, given the line up to it.
using Completer = std::function<std::vector<std::string>(std::string_view line, std::string_view word)>;

class LineReader {
 public:
  virtual ~LineReader() = default;
  virtual bool is_terminal() const = 0;
  // Without its end. Nothing: there are no more. On a terminal, Ctrl-C gives up the line: it comes as kInterrupted.
  virtual std::optional<std::string> next(const std::string& prompt) = 0;
  virtual void remember(const std::string& /*line*/) {}
  virtual bool interrupted() const { return false; }  // Ctrl-C was pressed since the last line

  static constexpr std::string_view kInterrupted{"\x03", 1};
};

// On a terminal Ctrl-C is noted as long as the reader lives; else it ends the program, as ever.
std::unique_ptr<LineReader> make_line_reader(Completer completer);

}  // namespace recount

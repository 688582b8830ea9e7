// The options of a command: the table that --help and the completions are made of, and what a command line said.
//
//   table.add_options()("depth", "no more than N levels", text_value(), "N")("all", "fold nothing");
//   const ParsedOptions options = table.parse(argc, argv);
//   if (options.count("depth")) limit = options.text("depth");
//
// cxxopts does the work, in one .cpp file alone: its header costs each file that includes it five seconds of compiling.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "schema/shared/command_text.hpp"

namespace recount {

// What stands behind an option: nothing, one text, several, or a number.
struct OptionValue {
  enum class Kind { none, text, words, whole, real };
  Kind kind = Kind::none;
  std::optional<std::string> otherwise;  // what counts without the option
  std::optional<std::string> implied{};  // what counts for the option without a value; one is given behind a =
};

inline OptionValue text_value() { return {OptionValue::Kind::text, {}}; }
inline OptionValue text_value(std::string otherwise) { return {OptionValue::Kind::text, std::move(otherwise)}; }
inline OptionValue text_value_or(std::string implied) { return {OptionValue::Kind::text, {}, std::move(implied)}; }
inline OptionValue words_value() { return {OptionValue::Kind::words, {}}; }
inline OptionValue whole_value() { return {OptionValue::Kind::whole, {}}; }
inline OptionValue real_value() { return {OptionValue::Kind::real, {}}; }

// What a command line said. The value of an option may be asked for if it has one, by default or from the command line.
class ParsedOptions {
 public:
  struct Result;
  explicit ParsedOptions(std::unique_ptr<Result> result);
  ParsedOptions(ParsedOptions&&) noexcept;
  ~ParsedOptions();

  std::size_t count(const std::string& name) const;
  std::string text(const std::string& name) const;
  std::vector<std::string> words(const std::string& name) const;
  std::uint32_t whole(const std::string& name) const;
  double real(const std::string& name) const;

  // In the order of the command line: each option and operand with its value.
  std::vector<std::pair<std::string, std::string>> arguments() const;

 private:
  std::unique_ptr<Result> result_;
};

class OptionTable {
 public:
  OptionTable(const std::string& program, const std::string& summary, const std::string& operands);
  OptionTable(OptionTable&&) noexcept;
  ~OptionTable();

  // Takes one option after the other: names ("o,output"), meaning, value and what --help calls the value.
  class Adder {
   public:
    explicit Adder(OptionTable& table) : table_(table) {}
    Adder& operator()(const std::string& names, const std::string& meaning, const OptionValue& value = {},
                      const std::string& argument = "");

   private:
    OptionTable& table_;
  };
  Adder add_options() { return Adder(*this); }

  void take_operands_as(const std::string& name);
  ParsedOptions parse(int argc, const char* const* argv);  // throws UsageError
  std::string help() const;
  std::vector<OptionText> texts() const;

 private:
  struct Table;
  std::unique_ptr<Table> table_;
};

}  // namespace recount

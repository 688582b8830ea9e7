#include "replay/command/options.hpp"

#define CXXOPTS_VECTOR_DELIMITER '\0'  // a name may have a comma in it
#include <cxxopts.hpp>

#include "replay/log/errors.hpp"

namespace recount {

struct ParsedOptions::Result {
  cxxopts::ParseResult parsed;
};

struct OptionTable::Table {
  cxxopts::Options options;
};

namespace {

std::shared_ptr<cxxopts::Value> value_of(const OptionValue& value) {
  switch (value.kind) {
    case OptionValue::Kind::none: return cxxopts::value<bool>();
    case OptionValue::Kind::text: return cxxopts::value<std::string>();
    case OptionValue::Kind::words: return cxxopts::value<std::vector<std::string>>();
    case OptionValue::Kind::whole: return cxxopts::value<std::uint32_t>();
    case OptionValue::Kind::real: return cxxopts::value<double>();
  }
  return nullptr;
}

}  // namespace

ParsedOptions::ParsedOptions(std::unique_ptr<Result> result) : result_(std::move(result)) {}
ParsedOptions::ParsedOptions(ParsedOptions&&) noexcept = default;
ParsedOptions::~ParsedOptions() = default;

std::size_t ParsedOptions::count(const std::string& name) const { return result_->parsed.count(name); }
std::string ParsedOptions::text(const std::string& name) const { return result_->parsed[name].as<std::string>(); }
std::uint32_t ParsedOptions::whole(const std::string& name) const { return result_->parsed[name].as<std::uint32_t>(); }
double ParsedOptions::real(const std::string& name) const { return result_->parsed[name].as<double>(); }

std::vector<std::string> ParsedOptions::words(const std::string& name) const {
  return result_->parsed[name].as<std::vector<std::string>>();
}

std::vector<std::pair<std::string, std::string>> ParsedOptions::arguments() const {
  std::vector<std::pair<std::string, std::string>> all;
  for (const cxxopts::KeyValue& argument : result_->parsed.arguments())
    all.emplace_back(argument.key(), argument.value());
  return all;
}

OptionTable::OptionTable(const std::string& program, const std::string& summary, const std::string& operands)
    : table_(std::make_unique<Table>(Table{cxxopts::Options(program, summary)})) {
  table_->options.custom_help("[OPTION...]").positional_help(operands);
}
OptionTable::OptionTable(OptionTable&&) noexcept = default;
OptionTable::~OptionTable() = default;

OptionTable::Adder& OptionTable::Adder::operator()(const std::string& names, const std::string& meaning,
                                                   const OptionValue& value, const std::string& argument) {
  std::shared_ptr<cxxopts::Value> made = value_of(value);
  if (value.otherwise) made = made->default_value(*value.otherwise);
  if (value.implied) made = made->implicit_value(*value.implied);
  table_.table_->options.add_options()(names, meaning, made, argument);
  return *this;
}

void OptionTable::take_operands_as(const std::string& name) { table_->options.parse_positional(name); }

ParsedOptions OptionTable::parse(int argc, const char* const* argv) {
  try {
    return ParsedOptions(
        std::unique_ptr<ParsedOptions::Result>(new ParsedOptions::Result{table_->options.parse(argc, argv)}));
  } catch (const cxxopts::exceptions::exception& error) {
    throw UsageError(error.what());
  }
}

std::string OptionTable::help() const { return table_->options.help(); }
std::vector<OptionText> OptionTable::texts() const { return option_texts(table_->options); }

}  // namespace recount

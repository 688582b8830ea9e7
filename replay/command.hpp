// A command of recount-replay: a name, its options, and a function that writes one report about one
// log.
#pragma once

#include <cxxopts.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "replay/log_file.hpp"
#include "replay/output.hpp"
#include "replay/recount.hpp"
#include "replay/text.hpp"

namespace recount {

using Json = nlohmann::ordered_json;

enum class Format { text, json, lcov };

struct Request {
  const LogFile& log;
  Output& output;
  Format format;
  const cxxopts::ParseResult& options;

  std::ostream& out() const { return output.stream(); }
  Paint paint() const { return Paint(output.coloured()); }
};

struct Command {
  const char* name;
  const char* summary;
  bool lcov;                               // a format of its own beside text and json
  void (*add_options)(cxxopts::Options&);  // null: none of its own
  int (*run)(const Request&);              // the exit status
};

int run_summary(const Request& request);
int run_tree(const Request& request);
int run_coverage(const Request& request);
int run_events(const Request& request);
int run_verify(const Request& request);
int run_state(const Request& request);
void add_coverage_options(cxxopts::Options& options);
void add_events_options(cxxopts::Options& options);
void add_state_options(cxxopts::Options& options);

inline constexpr int kYes = 0, kNo = 1, kTrouble = 2;  // the exit statuses

// Numbers on the command line; anything else is a UsageError that names the option.
std::uint64_t number_option(const cxxopts::ParseResult& options, const char* name);
std::uint32_t id_option(const cxxopts::ParseResult& options, const char* name);

// Shared by the reports.
void write_json(std::ostream& out, const Json& json);  // with broken UTF-8 replaced
Json argv_json(const std::string& argv);               // a JSON array, whatever the log has there
std::string ending_text(const Paint& paint, bool ended, WaitStatus status,
                        const std::string& signal_name);
void warn_of_divergence(const Request& request, const Verdict& verdict);  // one line on stderr
std::string trust_text(const Verdict& verdict);  // a sentence: can the log be trusted?
Json run_json(const RunRecord& run);

}  // namespace recount

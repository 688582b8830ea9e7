// The command line of recount-record.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "schema/machine/machine.hpp"
#include "schema/shared/ctest_list.hpp"
#include "schema/shared/path_map.hpp"
#include "tracer/image/probes_per.hpp"
#include "tracer/log/output_budget.hpp"
#include "tracer/stop/awake_choice.hpp"
#include "tracer/stop/environment.hpp"

namespace recount {

struct Options {
  std::string output = "recount.db";  // %p replaced
  bool force = false;
  bool keeps_passed = true;               // the log of a run whose program ended with 0
  std::vector<std::string> source_roots;  // absolute, canonical, existing
  std::vector<std::string> includes;
  std::vector<std::string> excludes;
  std::vector<std::string> no_follow;
  std::vector<std::string> also;
  std::vector<std::string> debug_dirs;  // canonical, existing
  PathMap map;                          // to absolute, canonical paths that exist
  bool coverage = true;
  bool keep_sources = true;
  ProbesPer probes_per = ProbesPer::block;
  bool branches = false;
  bool counts = false;
  bool counts_in_order = false;  // each execution is a stop
  bool flags = false;
  std::vector<std::string> count_globs;
  std::string subject_text;  // all that decides which lines count and where probes stand
  std::string cache;         // the folder; empty: none
  Rules rules;
  EnvMode env = EnvMode::safe;
  bool mask_arguments = false;
  KeptOutput kept_output = KeptOutput::none;
  std::uint64_t output_limit = 1 << 20;
  Awake awake = Awake::automatic;
  std::map<std::string, std::string> tags;
  std::vector<TestCommand> tests;  // of --ctest
  bool quiet = false;
  bool verbose = false;
  Tid process{};                     // of --pid; 0: PROGRAM is started
  bool tree = false;                 // with its descendants
  std::vector<std::string> command;  // PROGRAM and its arguments, or those of the process

  enum class Ask { run, help, version, completion };
  Ask ask = Ask::run;
  std::string completion;  // of --completion
};

// Throws RecordError for what cannot be meant.
Options parse_options(int argc, char** argv);
std::string help_text();

// Of --completion bash, zsh, fish or man. Throws RecordError for another word.
std::string completion_text(const std::string& what);

}  // namespace recount

#include "tracer/options.hpp"

#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "tracer/base/error.hpp"
#include "tracer/image/image_cache.hpp"
#include "tracer/manual.hpp"

#define CXXOPTS_VECTOR_DELIMITER '\0'  // a folder's name may have a comma in it
#include <cxxopts.hpp>

namespace recount {
namespace {

void add_log_and_sources(cxxopts::OptionAdder add) {
  add("o,log", "Write the log to FILE; %p in it is the recorder's pid. FILE.zst and FILE.gz are packed at the end",
      cxxopts::value<std::string>(), "FILE");
  add("force", "Replace FILE if it exists");
  add("keep",
      "failed: keep the log only if the program did not end with 0, or the log is not whole; FILE is gone otherwise",
      cxxopts::value<std::string>()->default_value("all"), "all|failed");
  add("source-root",
      "Count the lines of sources below DIR; may be given again (default: the git work tree around the current folder, "
      "or else the current folder)",
      cxxopts::value<std::vector<std::string>>(), "DIR");
  add("include", "Count only files whose path below DIR matches GLOB; may be given again",
      cxxopts::value<std::vector<std::string>>(), "GLOB");
  add("exclude", "Leave out files that match GLOB; may be given again", cxxopts::value<std::vector<std::string>>(),
      "GLOB");
  add("also",
      "When the run has ended, also read the program or library FILE, those below a folder DIR, or those that GLOB "
      "fits: of what never ran, no line did; may be given again",
      cxxopts::value<std::vector<std::string>>(), "FILE|DIR|GLOB");
  add("map",
      "Look for sources in TO if the debug information says FROM, after a build made elsewhere; may be given again, "
      "the first match counts",
      cxxopts::value<std::vector<std::string>>(), "FROM=TO");
  add("debug-dir",
      "Look in DIR first for separate debug information, by build id (DIR/.build-id/xx/*.debug) or by name; may be "
      "given again",
      cxxopts::value<std::vector<std::string>>(), "DIR");
  add("no-cache",
      "Do without the cache of images that were read in earlier runs: $XDG_CACHE_HOME/recount or ~/.cache/recount, 512 "
      "MiB at most");
  add("no-sources", "Do not keep the sources in the log");
}

void add_lines(cxxopts::OptionAdder add) {
  add("no-coverage", "Record processes, signals and exits, but no source lines");
  add("no-follow",
      "Leave programs that GLOB names, and the programs that they start, untraced; may be given again. GLOB is "
      "compared with the path given to execve, the path of the file that runs, and the last part of each; * also "
      "matches /",
      cxxopts::value<std::vector<std::string>>(), "GLOB");
  add("probes",
      "block: stop once for lines that always run together. line: stop at each address where a line begins. Both find "
      "the same lines. Without it, --hits=counts,ordered takes line",
      cxxopts::value<std::string>()->default_value("block"), "line|block");
  add("branches",
      "Also record, for each conditional jump of a line, which of its two ways was taken; it takes more stops");
  add("hits",
      "ordered: stop at the first hit of each line, so that the log has the order of hits. flags: whether a line ran, "
      "not when, with few stops. counts: the same as --count. counts,ordered: each execution is a stop, and in order",
      cxxopts::value<std::string>()->default_value("ordered"), "ordered|flags|counts");
  add("count",
      "Also count how often each line is executed, or only of files that GLOB names, as with --include; may be given "
      "again. Most executions are counted without a stop",
      cxxopts::value<std::vector<std::string>>()->implicit_value("*"), "GLOB");
  add("count-limit",
      "With --count: count a place N times in a program that runs, and then no more; counts are shown as at least that",
      cxxopts::value<std::string>(), "N");
  add("scope",
      "Where the run stops once for a line. process: in each program that a process runs, but not again in its "
      "children by fork(2). fork: in those children too. run: only where no earlier program has reached it. All find "
      "the same lines; hits differ",
      cxxopts::value<std::string>()->default_value("process"), "process|run|fork");
}

void add_course(cxxopts::OptionAdder add) {
  add("timeout",
      "Kill the run after SECONDS and exit with 124; the log has where each thread stood and what it waited for",
      cxxopts::value<std::string>(), "SECONDS");
  add("pid",
      "Attach to the process PID, which runs already, with all its threads, instead of running a program. Ctrl-C lets "
      "it go: it runs on",
      cxxopts::value<std::string>(), "PID");
  add("tree", "With --pid: attach to its descendants that run already as well");
  add("for", "With --pid: let it go after SECONDS", cxxopts::value<std::string>(), "SECONDS");
  add("safe", "With --pid: record no lines, and let it live if the recorder is killed");
  add("wait",
      "all: record until every process has ended, but let orphans of the program go after 10 seconds. root: let them "
      "go as soon as the program has ended",
      cxxopts::value<std::string>()->default_value("all"), "all|root");
}

void add_what_is_kept(cxxopts::OptionAdder add) {
  add("tag", "Add a tag to those from git and the CI's environment; may be given again, the last of a KEY counts",
      cxxopts::value<std::vector<std::string>>(), "KEY=VALUE");
  add("test", "Say that the run is one test, called NAME", cxxopts::value<std::string>(), "NAME");
  add("ctest", "LIST is a file with the output of ctest --show-only=json-v1; it names tests by their command lines",
      cxxopts::value<std::string>(), "LIST");
  add("env",
      "safe: keep the variables that differ from the parent's, with the values of well-known names. all: with every "
      "value. none: keep nothing. Values that look like secrets are never kept",
      cxxopts::value<std::string>()->default_value("safe"), "all|safe|none");
  add("args",
      "all: keep the arguments of programs as they are. safe: with *** in the place of what looks like a secret",
      cxxopts::value<std::string>()->default_value("all"), "all|safe");
  add("output",
      "Keep what programs write to standard output and standard error. failed: only that of processes that did not end "
      "with 0. Any other word is a FILE, as with -o",
      cxxopts::value<std::string>()->default_value("none"), "all|failed|none");
  add("output-limit",
      "Keep at most BYTES of each of the two of a process, half from its beginning and half from its end",
      cxxopts::value<std::string>()->default_value("1048576"), "BYTES");
  add("awake",
      "Keep idle processors awake while stops come quickly, with threads of the lowest priority, on machines with at "
      "most four processors. auto: if that makes stops clearly faster",
      cxxopts::value<std::string>()->default_value("auto"), "auto|always|never");
  add("q,quiet", "Report only trouble: lost data, or processes that go on without the recorder");
  add("v,verbose", "Also report the images that are read, and those that can't be instrumented");
  add("completion", "Print the completions for a shell, or the manual page", cxxopts::value<std::string>(),
      "bash|zsh|fish|man");
  add("h,help", "Show this help");
  add("version", "Show the version");
}

cxxopts::Options command_line() {
  cxxopts::Options options("recount-record",
                           "Records a run in one SQLite file: every process, every stop, and every source line\nthat "
                           "is reached. Exits as the program does.\n");
  options.custom_help("[OPTIONS] [--] PROGRAM [ARG...] | --pid PID");
  add_log_and_sources(options.add_options());
  add_lines(options.add_options());
  add_course(options.add_options());
  add_what_is_kept(options.add_options());
  return options;
}

[[noreturn]] void bad_usage(const std::string& what) { throw RecordError(what + "; see recount-record --help"); }

bool takes_value(std::string_view long_name) {
  for (const std::string_view name :
       {"log",       "output",      "output-limit", "source-root", "include", "exclude", "also", "map",  "debug-dir",
        "no-follow", "probes",      "scope",        "timeout",     "wait",    "tag",     "env",  "args", "test",
        "ctest",     "count-limit", "completion",   "awake",       "pid",     "for",     "hits", "keep"})
    if (name == long_name) return true;
  return false;
}

// Where the value of a word of short options begins; npos if none of them has one. Only -o does: -o FILE, -oFILE, -qo FILE.
std::size_t short_value(std::string_view option) {
  const auto letter = option.find('o', 1);
  return letter == std::string_view::npos ? letter : letter + 1;
}

// How many words of the command line an option takes: its value may be the next one.
int words_of(std::string_view option) {
  if (option.substr(0, 2) == "--")
    return option.find('=') == std::string_view::npos && takes_value(option.substr(2)) ? 2 : 1;
  return short_value(option) == option.size() ? 2 : 1;
}

// Options end at the first word that is none: what follows is the program's, whatever it looks like.
int end_of_options(int argc, char** argv) {
  int at = 1;
  while (at < argc) {
    const std::string_view word = argv[at];
    if (word == "--" || word.size() < 2 || word[0] != '-') break;
    at += words_of(word);
  }
  return std::min(at, argc);
}

// The words of the options. In "-o=FILE" the sign is nobody's intention: long options have it.
std::vector<std::string> option_words(int end, char** argv) {
  std::vector<std::string> words(argv, argv + end);
  for (int at = 1; at < end; at += words_of(argv[at])) {
    std::string& word = words[static_cast<std::size_t>(at)];
    const auto value = word.starts_with("--") ? std::string::npos : short_value(word);
    if (value >= word.size() || word[value] != '=') continue;
    word.erase(value, 1);
    if (value == word.size()) bad_usage("-o needs the name of a file");
  }
  return words;
}

std::string canonical(const std::string& path, const std::string& what) {
  const std::unique_ptr<char, decltype(&::free)> real(::realpath(path.c_str(), nullptr), &::free);
  if (!real) throw RecordError(what + ": " + std::strerror(errno));
  return real.get();
}

std::string canonical_folder(const std::string& folder, const std::string& what) {
  const std::string path = canonical(folder, what + folder);
  if (!std::filesystem::is_directory(path)) throw RecordError(what + folder + ": it is not a directory");
  return path;
}

std::string canonical_root(const std::string& folder) { return canonical_folder(folder, "source root "); }

PathMap map_of(const std::vector<std::string>& rules, std::string& words) {
  PathMap map;
  for (const std::string& text : rules) {
    const auto rule = PathMap::parse(text);
    if (!rule) bad_usage("--map " + text + ": it takes FROM=TO, a folder of the build and where it is now");
    const std::string to = canonical(rule->to.empty() ? "." : rule->to, "--map " + text);
    map.add(rule->from, to);
    words += "map" + ('\0' + rule->from) + '\0' + to + '\0';
  }
  return map;
}

std::string default_root() {
  const std::string here = canonical_root(".");
  std::error_code ignored;
  for (std::filesystem::path folder = here; folder.has_relative_path(); folder = folder.parent_path())
    if (std::filesystem::exists(folder / ".git", ignored)) return folder.string();
  return here;
}

std::int64_t seconds_to_ns(const std::string& option, const std::string& text) {
  char* end = nullptr;
  const double seconds = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !std::isfinite(seconds) || seconds <= 0 || seconds > 1e9)
    bad_usage(option + " " + text + ": it takes a number of seconds above 0");
  return std::max<std::int64_t>(std::llround(seconds * 1e9), 1);
}

ProbesPer probes_per(const std::string& word) {
  if (word == "line") return ProbesPer::line;
  if (word != "block") bad_usage("--probes " + word + ": it takes line or block");
  return ProbesPer::block;
}

EnvMode env_mode(const std::string& word) {
  if (word == "all") return EnvMode::all;
  if (word == "safe") return EnvMode::safe;
  if (word != "none") bad_usage("--env " + word + ": it takes all, safe or none");
  return EnvMode::none;
}

// Of an option that takes `all` or one other word.
bool takes_all(const std::string& option, const std::string& word, const std::string& other) {
  if (word != "all" && word != other) bad_usage(option + " " + word + ": it takes all or " + other);
  return word == "all";
}

std::optional<KeptOutput> kept_output(const std::string& word) {
  if (word == "all") return KeptOutput::all;
  if (word == "failed") return KeptOutput::failed;
  if (word == "none") return KeptOutput::none;
  return std::nullopt;
}

std::uint64_t output_limit(const std::string& text) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 30;
  std::uint64_t bytes = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  if (error != std::errc() || end != text.data() + text.size() || bytes < 2 || bytes > kMost)
    bad_usage("--output-limit " + text + ": it takes a number of bytes from 2 to " + std::to_string(kMost));
  return bytes;
}

std::uint64_t count_limit(const std::string& text) {
  std::uint64_t limit = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (error != std::errc() || end != text.data() + text.size() || limit == 0)
    bad_usage("--count-limit " + text + ": it takes a number above 0");
  return limit;
}

void read_hits(const std::string& word, Options& options) {
  options.flags = word == "flags";
  options.counts_in_order = word == "counts,ordered";
  options.counts = word == "counts" || options.counts_in_order;
  if (word != "ordered" && !options.flags && !options.counts)
    bad_usage("--hits " + word + ": it takes ordered, flags, counts or counts,ordered");
  if (word != "ordered" && !options.coverage) bad_usage("--hits says of lines, and --no-coverage records none");
  if (options.flags && options.rules.scope != Scope::process)
    bad_usage("--hits flags: each process has flags of its own, so it goes with --scope process only");
}

void read_counting(const cxxopts::ParseResult& given, Options& options) {
  if (options.flags && given.count("count") > 0) bad_usage("--hits flags: a flag does not count; leave --count out");
  options.counts = options.counts || given.count("count") > 0;
  if (given.count("count-limit") > 0) {
    if (!options.counts) bad_usage("--count-limit: it takes --count as well");
    options.rules.count_limit = count_limit(given["count-limit"].as<std::string>());
  }
  if (!options.counts) return;
  if (!options.coverage) bad_usage("--count says of lines, and --no-coverage records none");
  options.count_globs = {"*"};
  if (given.count("count") > 0) options.count_globs = given["count"].as<std::vector<std::string>>();
  options.subject_text += std::string("\0count", 6);
  options.flags = !options.counts_in_order && options.rules.scope == Scope::process;
  for (const std::string& glob : options.count_globs) options.subject_text += '\0' + glob;
}

Awake awake_mode(const std::string& word) {
  if (word == "auto") return Awake::automatic;
  if (word == "always") return Awake::always;
  if (word != "never") bad_usage("--awake " + word + ": it takes auto, always or never");
  return Awake::never;
}

std::map<std::string, std::string> tags_from(const std::vector<std::string>& words) {
  std::map<std::string, std::string> tags;
  for (const std::string& word : words) {
    const auto equals = word.find('=');
    if (equals == 0 || equals == std::string::npos) bad_usage("--tag " + word + ": it takes KEY=VALUE");
    tags[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return tags;
}

Scope scope_of(const std::string& word) {
  const auto scope = scope_named(word);
  if (!scope) bad_usage("--scope " + word + ": it takes process, run or fork");
  return *scope;
}

std::string test_name(const std::string& name) {
  if (name.empty()) bad_usage("--test '': it takes the name of a test");
  return name;
}

std::vector<TestCommand> tests_in(const std::string& file) {
  try {
    return read_ctest_tests(file);
  } catch (const std::runtime_error& error) {
    throw RecordError("--ctest " + file + ": " + error.what() + "; make it with ctest --show-only=json-v1 >FILE");
  }
}

std::string with_pid(std::string name) {
  const std::string pid = std::to_string(::getpid());
  for (std::size_t at = name.find("%p"); at != std::string::npos; at = name.find("%p", at + pid.size()))
    name.replace(at, 2, pid);
  return name;
}

// The program may go elsewhere, and so may what it names.
std::vector<std::string> also_of(std::vector<std::string> names) {
  for (std::string& name : names) {
    if (name.empty()) bad_usage("--also '': it takes a file, a folder or a glob");
    name = std::filesystem::absolute(name).string();
  }
  return names;
}

Tid process_of(const std::string& text) {
  std::int32_t pid = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
  if (error != std::errc() || end != text.data() + text.size() || pid <= 0)
    bad_usage("--pid " + text + ": it takes the number of a process");
  return Tid{pid};
}

// What is lifted and let go at the end is not killed, and its writes are not watched: five bytes cannot be laid where it may stand.
void read_attachment(const cxxopts::ParseResult& given, Options& options) {
  if (given.count("pid") == 0) {
    for (const std::string option : {"for", "safe", "tree"})
      if (given.count(option) > 0) bad_usage("--" + option + ": it takes --pid PID as well");
    return;
  }
  options.process = process_of(given["pid"].as<std::string>());
  if (!options.keeps_passed)
    bad_usage("--keep failed: the process of --pid is let go, and has no end yet; leave it out");
  if (given.count("timeout")) bad_usage("--timeout would kill the process of --pid; use --for");
  if (options.kept_output != KeptOutput::none) bad_usage("--output can not be had of the process of --pid");
  if (given.count("for")) options.rules.timeout_ns = seconds_to_ns("--for", given["for"].as<std::string>());
  if (given.count("safe")) options.coverage = false;
  options.tree = given.count("tree") > 0;
}

Options from(const cxxopts::ParseResult& given) {
  Options options;
  const auto& output = given["output"].as<std::string>();
  if (const auto kept = kept_output(output))
    options.kept_output = *kept;
  else if (options.output = output; output.starts_with('-'))
    bad_usage("--output " + output + ": it takes all, failed, none or a file; ./" + output + " is one");
  options.output_limit = output_limit(given["output-limit"].as<std::string>());
  if (given.count("log")) options.output = given["log"].as<std::string>();
  if (options.output.empty()) bad_usage("-o needs the name of a file");
  options.output = with_pid(options.output);
  options.force = given.count("force") > 0;
  options.keeps_passed = takes_all("--keep", given["keep"].as<std::string>(), "failed");
  options.coverage = given.count("no-coverage") == 0;
  read_attachment(given, options);
  options.rules.plants = options.coverage;
  options.quiet = given.count("quiet") > 0;
  options.verbose = given.count("verbose") > 0;
  if (given.count("include")) options.includes = given["include"].as<std::vector<std::string>>();
  if (given.count("exclude")) options.excludes = given["exclude"].as<std::vector<std::string>>();
  if (given.count("also")) options.also = also_of(given["also"].as<std::vector<std::string>>());
  if (given.count("no-follow")) options.no_follow = given["no-follow"].as<std::vector<std::string>>();
  for (const std::string& glob : options.no_follow)
    if (glob.empty()) bad_usage("--no-follow '': it takes the name of a program");
  if (given.count("map")) options.map = map_of(given["map"].as<std::vector<std::string>>(), options.subject_text);
  options.keep_sources = given.count("no-sources") == 0;
  options.probes_per = probes_per(given["probes"].as<std::string>());
  options.branches = given.count("branches") > 0;
  if (options.branches && !options.coverage) bad_usage("--branches says of lines, and --no-coverage records none");
  options.rules.scope = scope_of(given["scope"].as<std::string>());
  if (given.count("timeout")) options.rules.timeout_ns = seconds_to_ns("--timeout", given["timeout"].as<std::string>());
  options.rules.wait_root = !takes_all("--wait", given["wait"].as<std::string>(), "root");
  options.env = env_mode(given["env"].as<std::string>());
  options.mask_arguments = !takes_all("--args", given["args"].as<std::string>(), "safe");
  options.awake = awake_mode(given["awake"].as<std::string>());
  if (given.count("tag")) options.tags = tags_from(given["tag"].as<std::vector<std::string>>());
  if (given.count("test")) options.tags["test.case.name"] = test_name(given["test"].as<std::string>());
  if (given.count("ctest")) options.tests = tests_in(given["ctest"].as<std::string>());
  if (given.count("debug-dir"))
    for (const auto& folder : given["debug-dir"].as<std::vector<std::string>>())
      options.debug_dirs.push_back(canonical_folder(folder, "--debug-dir "));
  if (given.count("source-root"))
    for (const auto& root : given["source-root"].as<std::vector<std::string>>())
      options.source_roots.push_back(canonical_root(root));
  else
    options.source_roots.push_back(default_root());
  for (const auto* words : {&options.source_roots, &options.includes, &options.excludes, &options.debug_dirs}) {
    for (const std::string& word : *words) options.subject_text += word + '\0';
    options.subject_text += '\0';
  }
  read_hits(given["hits"].as<std::string>(), options);
  if (options.counts_in_order && given.count("probes") == 0) options.probes_per = ProbesPer::line;
  options.subject_text += options.probes_per == ProbesPer::line ? "line" : "block";
  read_counting(given, options);
  for (const auto& [is_so, word] :
       {std::pair(options.flags, "flags"), std::pair(options.branches, "branches"),
        std::pair(!options.coverage, "no coverage"), std::pair(options.kept_output == KeptOutput::none, "no output"),
        std::pair(options.process != Tid{}, "attached")})
    if (is_so) options.subject_text += '\0' + std::string(word);
  if (given.count("no-cache") == 0) options.cache = ImageCache::default_folder();
  return options;
}

}  // namespace

std::string help_text() {
  return command_line().help() +
         "\nExit status: the program's own; 128+N if signal N killed it; 124 after --timeout;\n"
         "125 if the recorder itself failed, 126 and 127 if the program can't be run or found.\n"
         "\n  recount-record -o run.db -- ctest -j4      then: recount-replay run.db\n";
}

std::string completion_text(const std::string& what) {
  ProgramText program{"recount-record",
                      RECOUNT_VERSION,
                      "record a run: its processes, stops and source lines",
                      "[OPTION...] [--] PROGRAM [ARG...] | --pid PID",
                      {{"", "", "", option_texts(command_line()), {}}},
                      recorder_manual(),
                      true};
  add_choices(program.commands.front().options);
  const auto text = what == "man" ? std::optional(manual_page(program)) : completion(program, what);
  if (!text) bad_usage("--completion " + what + ": it takes bash, zsh, fish or man");
  return *text;
}

Options parse_options(int argc, char** argv) {
  const int end = end_of_options(argc, argv);
  Options options;
  try {
    const std::vector<std::string> words = option_words(end, argv);
    std::vector<const char*> pointers;
    for (const std::string& word : words) pointers.push_back(word.c_str());
    const auto given = command_line().parse(end, pointers.data());
    if (given.count("help")) options.ask = Options::Ask::help;
    if (given.count("version")) options.ask = Options::Ask::version;
    if (given.count("completion")) {
      options.ask = Options::Ask::completion;
      options.completion = given["completion"].as<std::string>();
    }
    if (options.ask != Options::Ask::run) return options;
    options = from(given);
  } catch (const cxxopts::exceptions::exception& error) {
    bad_usage(error.what());
  }
  const int program = end < argc && std::string_view(argv[end]) == "--" ? end + 1 : end;
  options.command.assign(argv + program, argv + argc);
  if (options.process != Tid{} && !options.command.empty())
    bad_usage("--pid takes no program to run, and " + options.command.front() + " is one");
  if (options.process == Tid{} && options.command.empty()) bad_usage("no program to run");
  return options;
}

}  // namespace recount

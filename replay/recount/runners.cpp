#include "replay/recount/runners.hpp"

#include "replay/text/text.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

namespace recount {
namespace {

using Programs = std::set<std::string>;

// python3.11 is python, sh is sh.
std::string without_version(std::string name) {
  while (!name.empty() && (std::isdigit(static_cast<unsigned char>(name.back())) || name.back() == '.'))
    name.pop_back();
  return name;
}

bool is_shell(const std::string& name) {
  static const Programs kShells{"sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "fish", "busybox"};
  return kShells.contains(name);
}

bool is_interpreter(const std::string& program) {
  static const Programs kOthers{"python", "perl", "ruby", "node", "php", "lua", "tclsh", "guile", "Rscript"};
  const std::string name = without_version(base_name(program));
  return is_shell(name) || kOthers.contains(name);
}

}  // namespace

CommandLine::CommandLine(std::vector<std::string> words) : words_(std::move(words)) {
  const std::size_t script = script_at();
  if (script < words_.size()) name_ = base_name(words_[script]);
}

// The program, or the script or module that an interpreter runs; of `sh -c TEXT` the shell.
std::size_t CommandLine::script_at() const {
  if (words_.empty() || !is_interpreter(words_[0])) return 0;
  const std::string name = without_version(base_name(words_[0]));
  const char text_follows = name == "perl" || name == "ruby" || name == "node" ? 'e' : 'c';
  for (std::size_t i = 1; i < words_.size(); ++i) {
    if (!words_[i].starts_with('-')) return i;
    if (words_[i] == "-m" && name == "python") return i + 1;
    if (!words_[i].starts_with("--") && words_[i].find(text_follows) != std::string::npos) return 0;
  }
  return 0;
}

bool CommandLine::has(const std::string& word) const {
  return std::any_of(words_.begin(), words_.end(), [&](const std::string& one) { return one == word; });
}

bool CommandLine::is_make() const {
  static const Programs kMakes{"make", "gmake", "remake", "bmake"};
  return kMakes.contains(name_);
}

bool CommandLine::decides() const { return is_make() || (!words_.empty() && is_shell(base_name(words_[0]))); }

bool CommandLine::keeps_going() const {
  constexpr const char* kFlags = "-bBdeikLmnpqrRsStvw";  // those of make that take no argument
  return std::any_of(words_.begin(), words_.end(), [&](const std::string& word) {
    const bool flags = word.starts_with('-') && word.find_first_not_of(kFlags) == std::string::npos;
    return word == "--keep-going" || (flags && word.find('k') != std::string::npos);
  });
}

bool CommandLine::collects() const {
  static const Programs kCollectors{"ninja", "samu",   "xargs", "parallel", "find", "bazel",  "npm",   "yarn", "pnpm",
                                    "tox",   "pytest", "bats",  "cmake",    "mvn",  "gradle", "scons", "nox"};
  return is_make() || runs_tests() || kCollectors.contains(name_);
}

bool CommandLine::runs_tests() const {
  static const Programs kRunners{"ctest", "test-driver", "prove",  "cargo-nextest",
                                 "lit",   "llvm-lit",    "lit.py", "runtests"};
  if (kRunners.contains(name_)) return true;
  return (name_ == "meson" || name_ == "go" || name_ == "cargo") && (has("test") || has("nextest"));
}

bool CommandLine::has_tests_inside() const {
  static const Programs kInside{"pytest", "py.test", "bats", "bats-exec-test", "bats-exec-file", "unittest", "nose2"};
  return kInside.contains(name_);
}

bool CommandLine::asks() const {
  static const Programs kAsk{
      "[",    "test",       "false",    "grep",       "egrep",   "fgrep",    "zgrep",    "rg",   "cmp",
      "diff", "expr",       "which",    "type",       "command", "cat",      "ls",       "stat", "readlink",
      "head", "tail",       "realpath", "kill",       "pgrep",   "pidof",    "killall",  "git",  "hg",
      "svn",  "pkg-config", "pkgconf",  "getconf",    "getent",  "locale",   "id",       "tty",  "stty",
      "tput", "mountpoint", "dpkg",     "dpkg-query", "rpm",     "ldconfig", "lsmod",    "ping", "nc",
      "rm",   "rmdir",      "unlink",   "mkdir",      "wc",      "dirname",  "basename", "file"};
  return kAsk.contains(words_.empty() ? name_ : base_name(words_[0]));
}

bool CommandLine::shows_difference() const {
  const bool silent = has("-s") || has("--silent") || has("--quiet");
  return name_ == "diff" || (name_ == "cmp" && !silent);
}

bool CommandLine::probes() const {
  static const Programs kProbing{"configure", "config.status", "config.guess", "config.sub", "autoreconf"};
  if (kProbing.contains(name_)) return true;
  if (name_ == "cmake") return !has("--build") && !has("-E") && !has("--install");
  return name_ == "meson" && (has("setup") || has("--reconfigure"));
}

bool CommandLine::expects_failure() const {
  const auto at = std::find(words_.begin(), words_.end(), "--expect-failure");
  return has("--expect-failure=yes") ||
         (at != words_.end() && std::next(at) != words_.end() && *std::next(at) == "yes");
}

// automake's manual, "Scripts-based Testsuites"; meson's, "Skipped tests".
bool CommandLine::skips(int exit_code) const {
  constexpr int kSkipped = 77;
  return exit_code == kSkipped && (name_ == "test-driver" || name_ == "meson");
}

bool CommandLine::was_given(const CommandLine& other) const {
  constexpr std::size_t kInterpreterWords = 2;  // #!/bin/sh -e
  const auto& theirs = other.words_;
  if (theirs.empty()) return false;
  const std::size_t most = is_interpreter(theirs[0]) ? std::min(kInterpreterWords, theirs.size() - 1) : 0;
  for (std::size_t from = 0; from <= most; ++from) {
    const std::size_t count = theirs.size() - from;
    if (count >= words_.size() || (from != 0 && theirs[from].find('/') == std::string::npos)) continue;
    if (std::equal(theirs.begin() + static_cast<std::ptrdiff_t>(from), theirs.end(),
                   words_.end() - static_cast<std::ptrdiff_t>(count)))
      return true;
  }
  return false;
}

}  // namespace recount

#include "tracer/log/git_state.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <vector>

#include "tracer/base/error.hpp"
#include "tracer/process/child_process.hpp"

extern "C" char** environ;

namespace recount {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPatience{1000};

std::string first_line(const fs::path& file) {
  std::string line;
  std::ifstream in(file);
  std::getline(in, line);
  return line;
}

std::string behind(const std::string& text, std::string_view beginning) {
  return text.starts_with(beginning) ? text.substr(beginning.size()) : std::string();
}

fs::path work_tree_around(const fs::path& folder) {
  std::error_code ignored;
  for (fs::path at = folder; at.has_relative_path(); at = at.parent_path())
    if (fs::exists(at / ".git", ignored)) return at;
  return {};
}

// .git is the repository, or, in a linked work tree or a submodule, a file that says where that is.
fs::path repository_of(const fs::path& tree) {
  std::error_code ignored;
  const fs::path dot_git = tree / ".git";
  if (fs::is_directory(dot_git, ignored)) return dot_git;
  const std::string named = behind(first_line(dot_git), "gitdir: ");
  return named.empty() ? fs::path() : tree / named;
}

// A linked work tree has a HEAD of its own and shares the refs.
fs::path shared_part_of(const fs::path& repository) {
  const std::string named = first_line(repository / "commondir");
  return named.empty() ? repository : repository / named;
}

bool is_revision(const std::string& text) {
  return (text.size() == 40 || text.size() == 64) && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::string packed_revision(const fs::path& refs, const std::string& ref) {
  std::ifstream in(refs);
  for (std::string line; std::getline(in, line);)
    if (const auto blank = line.find(' '); blank != std::string::npos && line.substr(blank + 1) == ref)
      return line.substr(0, blank);
  return {};
}

std::string revision_of(const fs::path& repository, const std::string& ref) {
  const std::string loose = first_line(repository / ref);
  const std::string revision = is_revision(loose) ? loose : packed_revision(repository / "packed-refs", ref);
  return is_revision(revision) ? revision : std::string();
}

// What would lead git elsewhere, as in a hook, is left out.
std::vector<std::string> environment_for_git() {
  std::vector<std::string> all;
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view text = *entry;
    const bool leads =
        text.starts_with("GIT_") && !text.starts_with("GIT_EXEC_PATH") && !text.starts_with("GIT_CONFIG");
    if (!leads) all.emplace_back(text);
  }
  all.emplace_back("GIT_ALLOW_PROTOCOL=none");
  all.emplace_back("GIT_TERMINAL_PROMPT=0");
  return all;
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Whether the other end wrote anything before it closed; nothing if neither happened in time.
std::optional<bool> says_something(int socket) {
  const auto deadline = Clock::now() + kPatience;
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd wait{socket, POLLIN, 0};
    const int ready = left > 0 ? ::poll(&wait, 1, static_cast<int>(left)) : 0;
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return std::nullopt;
    char byte = 0;
    return ::read(socket, &byte, 1) > 0;
  }
}

std::optional<bool> is_dirty(const fs::path& tree) {
  std::vector<std::string> words{
      "git",         "--no-optional-locks", "-c", "core.fsmonitor=false", "-C", tree.string(), "status",
      "--porcelain", "--untracked-files=no"};
  std::vector<std::string> environment = environment_for_git();
  const std::vector<char*> argv = pointers_to(words), envp = pointers_to(environment);
  ChildProcess git([&](int socket) {
    ::dup2(socket, STDOUT_FILENO);
    ::dup2(::open("/dev/null", O_WRONLY),
           STDERR_FILENO);  // what it says of a tree that it distrusts is not for the user
    ::execvpe(argv[0], argv.data(), envp.data());
    ::_exit(127);
  });
  const std::optional<bool> something = says_something(git.socket());
  if (something != false) ::kill(-git.pid(), SIGKILL);  // it leads a session of its own
  const WaitStatus end = git.end();
  if (something == false && !(end.exited() && end.exit_code() == 0)) return std::nullopt;
  return something;
}

}  // namespace

GitState git_state(const std::string& folder) {
  GitState state;
  const fs::path tree = work_tree_around(folder);
  const fs::path repository = tree.empty() ? fs::path() : repository_of(tree);
  if (repository.empty()) return state;
  const std::string head = first_line(repository / "HEAD"), ref = behind(head, "ref: ");
  state.branch = behind(ref, "refs/heads/");
  state.revision = is_revision(head) ? head : ref.empty() ? "" : revision_of(shared_part_of(repository), ref);
  try {
    if (!state.revision.empty()) state.dirty = is_dirty(tree);
  } catch (const RecordError&) {
    // no process can be made for it: it stays unknown
  }
  return state;
}

}  // namespace recount

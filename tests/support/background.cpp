#include "tests/support/background.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <system_error>
#include <thread>
#include <vector>

namespace recount::test {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::microseconds kNap{500};

int new_file(const char* name) {
  const int file = memfd_create(name, MFD_CLOEXEC);
  if (file < 0) throw std::system_error(errno, std::generic_category(), "memfd_create");
  return file;
}

std::string contents_of(int file) {
  std::string text;
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t size = pread(file, buffer.data(), buffer.size(), static_cast<off_t>(text.size()));
    if (size <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
}

// The standard streams are files that are appended to: nobody has to read while the command runs.
[[noreturn]] void become(Command command, int output, int errors) {
  setpgid(0, 0);
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  for (const int number : {SIGINT, SIGQUIT})
    std::signal(number, SIG_DFL);  // a shell ignores them for what it starts with &
  dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(errors, STDERR_FILENO);
  for (auto& entry : command.environment) putenv(entry.data());
  std::vector<char*> arguments;
  for (auto& argument : command.arguments) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  execvp(arguments.front(), arguments.data());
  _exit(127);
}

}  // namespace

std::vector<pid_t> children_of_this_process() {
  std::ifstream list("/proc/self/task/" + std::to_string(getpid()) + "/children");
  std::vector<pid_t> children;
  for (pid_t child = 0; list >> child;) children.push_back(child);
  return children;
}

void nap(std::chrono::microseconds duration) { std::this_thread::sleep_for(duration); }

// A killed process's children become ours, so this reaches them all.
void kill_all_children() {
  for (;;) {
    for (const pid_t child : children_of_this_process()) kill(child, SIGKILL);
    if (waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD) break;
    nap(kNap);
  }
}

Background::Background(Command command)
    : command_(std::move(command)),
      deadline_(Clock::now() + command_.deadline),
      output_(new_file("stdout")),
      errors_(new_file("stderr")) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  pid_ = fork();
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid_ == 0) become(command_, output_, errors_);
  setpgid(pid_, pid_);  // the child does it too: whoever comes first
}

Background::~Background() {
  kill_all_children();
  close(output_);
  close(errors_);
}

void Background::send(int signal) const { kill(pid_, signal); }

std::string Background::output() const { return contents_of(output_); }

std::string Background::errors() const { return contents_of(errors_); }

bool Background::ended() {
  ended_ = ended_ || waitpid(pid_, &status_, WNOHANG) == pid_;
  return ended_;
}

bool Background::says(const std::string& text) {
  for (;;) {
    const bool over = ended() || Clock::now() > deadline_;
    if (output().find(text) != std::string::npos) return true;
    if (over) return false;
    nap(kNap);
  }
}

Ending Background::wait() {
  Ending ending;
  while (!ended()) {
    if (Clock::now() > deadline_ && !ending.timed_out) {
      ending.timed_out = true;
      send(SIGKILL);
    }
    nap(kNap);
  }
  if (WIFEXITED(status_)) ending.exit_code = WEXITSTATUS(status_);
  if (WIFSIGNALED(status_)) ending.signal = WTERMSIG(status_);
  ending.output = output();
  ending.errors = errors();
  return ending;
}

void Background::reap_others() {
  for (const pid_t child : children_of_this_process()) {
    int status = 0;
    if (child == pid_ || waitpid(child, &status, WNOHANG) != child) continue;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGTRAP) remains_.killed_by_trap++;
  }
}

Remains Background::remains(std::chrono::seconds patience) {
  const auto give_up = Clock::now() + patience;
  for (;;) {
    reap_others();
    remains_.running = static_cast<int>(children_of_this_process().size()) - (ended() ? 0 : 1);
    if (remains_.running == 0 || Clock::now() > give_up) return remains_;
    nap(kNap);
  }
}

}  // namespace recount::test

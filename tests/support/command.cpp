#include "tests/support/command.hpp"

#include <fcntl.h>
#include <poll.h>
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

#include "tests/support/background.hpp"

namespace recount::test {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kGrace = std::chrono::seconds{1};
constexpr auto kPause = std::chrono::milliseconds{2};

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

struct Pipe {
  int read_end = -1;
  int write_end = -1;

  Pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe2");
    read_end = ends[0];
    write_end = ends[1];
  }
  ~Pipe() {
    close_end(read_end);
    close_end(write_end);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  static void close_end(int& end) {
    if (end >= 0) close(end);
    end = -1;
  }
};

// A file rather than a pipe: it takes any amount, and nobody has to write while the command runs.
class Input {
 public:
  explicit Input(const std::string& text) : fd_(memfd_create("stdin", MFD_CLOEXEC)) {
    if (fd_ < 0) fail("memfd_create");
    if (pwrite(fd_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) fail("pwrite");
  }
  ~Input() { close(fd_); }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;
  int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

[[noreturn]] void become(Command command, int input, int output, int errors) {
  setpgid(0, 0);
  rlimit core{};
  getrlimit(RLIMIT_CORE, &core);
  core.rlim_cur = 0;  // but a program may ask for one
  setrlimit(RLIMIT_CORE, &core);
  dup2(input, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(errors, STDERR_FILENO);
  for (auto& entry : command.environment) putenv(entry.data());
  execvp(command.arguments.front().c_str(), pointers_to(command.arguments).data());
  _exit(127);
}

// A killed process's children become ours, so this reaches them all.
void kill_all_descendants() {
  for (;;) {
    for (pid_t child : children_of_this_process()) kill(child, SIGKILL);
    if (waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD) return;
    std::this_thread::sleep_for(kPause);
  }
}

void take_end(Ending& ending, int status) {
  if (WIFEXITED(status)) ending.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) ending.signal = WTERMSIG(status);
}

class Running {
 public:
  explicit Running(const Command& command) : input_(command.input), deadline_(Clock::now() + command.deadline) {
    pid_ = fork();
    if (pid_ < 0) fail("fork");
    if (pid_ == 0) become(command, input_.fd(), output_.write_end, errors_.write_end);
    setpgid(pid_, pid_);  // the child does it too: whoever comes first
    Pipe::close_end(output_.write_end);
    Pipe::close_end(errors_.write_end);
  }

  Ending wait() {
    drain();
    wait_for_command();
    wait_for_the_rest();
    return std::move(ending_);
  }

 private:
  bool late() {
    ending_.timed_out = ending_.timed_out || Clock::now() > deadline_;
    return ending_.timed_out;
  }

  void drain() {
    while (output_.read_end >= 0 || errors_.read_end >= 0) {
      std::array<pollfd, 2> ready{{{output_.read_end, POLLIN, 0}, {errors_.read_end, POLLIN, 0}}};
      poll(ready.data(), ready.size(), 100);
      if (ready[0].revents != 0) take(output_.read_end, ending_.output);
      if (ready[1].revents != 0) take(errors_.read_end, ending_.errors);
      if (late()) return;
    }
  }

  static void take(int& from, std::string& into) {
    std::array<char, 65536> buffer{};
    const ssize_t size = read(from, buffer.data(), buffer.size());
    if (size > 0) into.append(buffer.data(), static_cast<std::size_t>(size));
    if (size == 0) Pipe::close_end(from);
  }

  void wait_for_command() {
    int status = 0;
    while (waitpid(pid_, &status, WNOHANG) == 0) {
      if (late()) {
        kill(pid_, SIGKILL);
        waitpid(pid_, &status, 0);
        break;
      }
      std::this_thread::sleep_for(kPause);
    }
    take_end(ending_, status);
  }

  void wait_for_the_rest() {
    const auto give_up = Clock::now() + kGrace;
    for (;;) {
      const pid_t reaped = waitpid(-1, nullptr, WNOHANG);
      if (reaped < 0 && errno == ECHILD) return;
      if (reaped > 0) continue;
      if (ending_.timed_out || Clock::now() > give_up) break;
      std::this_thread::sleep_for(kPause);
    }
    ending_.left_running = static_cast<int>(children_of_this_process().size());
    kill_all_descendants();
  }

  Input input_;
  Pipe output_;
  Pipe errors_;
  Clock::time_point deadline_;
  pid_t pid_ = -1;
  Ending ending_;
};

}  // namespace

Ending run(const Command& command) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  return Running(command).wait();
}

}  // namespace recount::test

#include "tests/support/pty.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <vector>

#include "tests/support/background.hpp"

namespace recount::test {
namespace {

using Clock = std::chrono::steady_clock;
constexpr winsize kSize{24, 80, 0, 0};

[[noreturn]] void become(Command command) {
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  for (const int number : {SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGHUP})
    signal(number, SIG_DFL);  // whoever runs the tests in the background ignores some
  for (auto& entry : command.environment) putenv(entry.data());
  std::vector<char*> arguments;
  for (auto& argument : command.arguments) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  execvp(arguments.front(), arguments.data());
  _exit(127);
}

}  // namespace

Terminal::Terminal(Command command) : command_(std::move(command)), deadline_(Clock::now() + command_.deadline) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  pid_ = forkpty(&master_, nullptr, nullptr, &kSize);
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "forkpty");
  if (pid_ == 0) become(command_);
  fcntl(master_, F_SETFD, FD_CLOEXEC);
}

Terminal::~Terminal() {
  hang_up();
  kill_all_children();
}

void Terminal::hang_up() {
  if (master_ >= 0) close(master_);
  master_ = -1;
}

void Terminal::type(const std::string& keys) const {
  if (write(master_, keys.data(), keys.size()) != static_cast<ssize_t>(keys.size()))
    throw std::system_error(errno, std::generic_category(), "typing");
}

void Terminal::resize(int rows, int columns) const {
  const winsize size{static_cast<unsigned short>(rows), static_cast<unsigned short>(columns), 0, 0};
  ioctl(master_, TIOCSWINSZ, &size);
}

bool Terminal::gets_keys() const {
  return comes_true([this] {
    termios settings{};
    return tcgetattr(master_, &settings) == 0 && (settings.c_lflag & ICANON) == 0;
  });
}

bool Terminal::others_are_stopped() const {
  return comes_true([this] {
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      if (std::isdigit(static_cast<unsigned char>(entry.path().filename().string().front())) == 0) continue;
      std::ifstream file(entry.path() / "stat");
      const std::string stat{std::istreambuf_iterator<char>(file), {}};
      std::istringstream fields(stat.substr(std::min(stat.rfind(')') + 1, stat.size())));
      std::string state;
      pid_t parent = 0, group = 0, session = 0;
      fields >> state >> parent >> group >> session;
      if (session == pid_ && group != pid_ && state != "T" && state != "t") return false;
    }
    return true;
  });
}

// A terminal that nobody has open any more reads as EIO.
bool Terminal::read_more() {
  std::array<char, 4096> buffer{};
  pollfd ready{master_, POLLIN, 0};
  while (Clock::now() < deadline_) {
    if (poll(&ready, 1, 100) <= 0) continue;
    const ssize_t size = read(master_, buffer.data(), buffer.size());
    if (size <= 0) return false;
    screen_.append(buffer.data(), static_cast<std::size_t>(size));
    return true;
  }
  return false;
}

bool Terminal::shows(const std::string& text) {
  for (;;) {
    const std::size_t at = screen_.find(text, seen_);
    if (at != std::string::npos) {
      seen_ = at + text.size();
      return true;
    }
    if (!read_more()) return false;
  }
}

int Terminal::wait() {
  while (master_ >= 0 && read_more()) continue;
  int status = 0;
  while (waitpid(pid_, &status, WNOHANG) == 0) {
    if (Clock::now() > deadline_) return -1;
    nap(std::chrono::microseconds{500});
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace recount::test

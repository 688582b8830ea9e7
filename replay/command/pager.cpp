#include "replay/command/pager.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>

namespace recount {
namespace {

pid_t pager_pid = -1;  // for the handler

bool is_installed(const std::string& program) {
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');)
    if (access((folder + '/' + program).c_str(), X_OK) == 0) return true;
  return false;
}

std::string chosen() {
  for (const char* const name : {"RECOUNT_PAGER", "PAGER"})
    if (const char* const command = std::getenv(name)) return command;
  return is_installed("less") ? "less" : "";
}

void wait_for_pager() {
  while (waitpid(pager_pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

// The reader has seen enough: there is nobody left to write for.
void on_closed(int) {
  wait_for_pager();
  _exit(0);
}

// Ctrl-C is for the pager: it may mean "stop searching" there.
void leave_to_pager(int number, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigaction(number, &action, nullptr);
}

[[noreturn]] void become(const std::string& command, int input) {
  dup2(input, STDIN_FILENO);
  setenv("LESS", "FRX", 0);
  setenv("LV", "-c", 0);
  execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
  _exit(127);
}

}  // namespace

Pager::Pager(bool is_wanted) {
  const std::string command = is_wanted ? chosen() : "";
  std::array<int, 2> pipe{};
  if (command.empty() || command == "cat" || pipe2(pipe.data(), O_CLOEXEC) != 0) return;
  std::cout.flush();
  pager_pid = fork();
  if (pager_pid == 0) become(command, pipe[0]);
  close(pipe[0]);
  if (pager_pid > 0) {
    terminal_ = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    dup2(pipe[1], STDOUT_FILENO);
    leave_to_pager(SIGPIPE, on_closed);
    leave_to_pager(SIGINT, SIG_IGN);
    leave_to_pager(SIGQUIT, SIG_IGN);
  }
  close(pipe[1]);
}

Pager::~Pager() { finish(); }

void Pager::finish() noexcept {
  if (terminal_ < 0) return;
  std::cout.flush();
  dup2(terminal_, STDOUT_FILENO);  // the last that wrote to the pipe: the pager sees its end
  close(terminal_);
  terminal_ = -1;
  wait_for_pager();
}

}  // namespace recount

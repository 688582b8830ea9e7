#include "tracer/stop/launcher.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "tracer/base/error.hpp"
#include "tracer/base/quiet_thread.hpp"

namespace recount {
namespace {

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw RecordError(std::string("cannot create a pipe: ") + std::strerror(errno) +
                      "; too many files are open, see ulimit -n");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// No signal may meet the recorder's handlers in the child: all are blocked until it has its own dispositions back.
class BlockedSignals {
 public:
  BlockedSignals() noexcept {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockedSignals() { restore(); }
  void restore() const noexcept { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

// After fork in the child: only what is async-signal-safe.
[[noreturn]] void become(const char* path, char* const* argv, const Pipe& gate, const Pipe& error, const Waiter& waiter,
                         const BlockedSignals& blocked) {
  ::close(gate.write.get());
  waiter.restore_for_child();
  blocked.restore();
  char byte = 0;
  ssize_t got = 0;
  do got = ::read(gate.read.get(), &byte, 1);
  while (got < 0 && errno == EINTR);
  if (got == 1) {
    ::execve(path, argv, environ);
    const int why = errno;
    [[maybe_unused]] const auto told = ::write(error.write.get(), &why, sizeof why);
  }
  ::_exit(kExitNotFound);
}

}  // namespace

Launcher::Launcher(const std::string& path, const std::vector<std::string>& argv, const Waiter& waiter) {
  std::vector<char*> arguments;
  for (const auto& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  Pipe gate = make_pipe();
  Pipe error = make_pipe();
  const BlockedSignals blocked;
  const pid_t pid = ::fork();
  if (pid < 0)
    throw RecordError("cannot start " + argv.front() + ": no process can be made: " + std::strerror(errno) +
                      (errno == EAGAIN ? kMoreProcesses : ""));
  if (pid == 0) become(path.c_str(), arguments.data(), gate, error, waiter, blocked);
  tid_ = Tid{pid};
  gate_ = std::move(gate.write);
  error_ = std::move(error.read);
}

int Launcher::go() noexcept {
  const char byte = 1;
  const int result = ::write(gate_.get(), &byte, 1) == 1 ? 0 : errno;
  gate_.reset();
  return result;
}

int Launcher::exec_error() noexcept {
  gate_.reset();  // if it was never opened, the child ends now, and with it the other end of the pipe
  int why = 0;
  const auto got = ::read(error_.get(), &why, sizeof why);
  return got == static_cast<ssize_t>(sizeof why) ? why : 0;
}

}  // namespace recount

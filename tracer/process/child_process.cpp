#include "tracer/process/child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <future>

#include "tracer/base/error.hpp"
#include "tracer/base/quiet_thread.hpp"

namespace recount {
namespace {

// Standard error stays: who dies of a broken heap, or is watched by a sanitizer, says so there.
void leave_descriptors(int socket) {
  const int nothing = ::open("/dev/null", O_RDWR);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO}) ::dup2(nothing, stream);
  const auto kept = static_cast<unsigned>(socket);
  if (kept > 3) ::close_range(3, kept - 1, 0);
  ::close_range(kept + 1, ~0U, 0);
}

[[noreturn]] void become_child(int socket, const std::function<void(int)>& work) {
  ::prctl(PR_SET_NAME, "recount-image");
  ::setsid();
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  leave_descriptors(socket);
  ::signal(SIGXCPU, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, SIGXCPU);
  ::pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  work(socket);
  ::_exit(0);
}

}  // namespace

ChildProcess::ChildProcess(const std::function<void(int socket)>& work) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw RecordError(std::string("cannot create a socket for a process of the recorder's own: ") +
                      std::strerror(errno) + "; too many files are open: raise the limit (ulimit -n)");
  socket_.reset(ends[0]);
  UniqueFd its_end(ends[1]);
  std::promise<int> forked;
  parent_ = thread_without_signals([&] {
    const pid_t pid = pid_ = ::fork();
    if (pid == 0) become_child(its_end.get(), work);
    forked.set_value(pid < 0 ? errno : 0);  // from here on, what the constructor has is gone
    if (pid > 0) wait();
  });
  if (const int error = forked.get_future().get(); error != 0) {
    parent_.join();
    throw RecordError(std::string("cannot start a process of the recorder's own: ") + std::strerror(error) +
                      kMoreProcesses);
  }
}

// Its number is its own until it is waited for.
void ChildProcess::wait() {
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
  }
  const std::lock_guard lock(mutex_);
  is_over_ = true;
  ::waitpid(pid_, &status_, 0);
}

ChildProcess::~ChildProcess() {
  kill();
  end();
}

void ChildProcess::kill() {
  const std::lock_guard lock(mutex_);
  if (!is_over_) ::kill(pid_, SIGKILL);
}

WaitStatus ChildProcess::end() {
  socket_.reset();
  if (parent_.joinable()) parent_.join();
  return WaitStatus(status_);
}

void set_limit(int resource, std::uint64_t value) {
  rlimit limit{};
  ::getrlimit(static_cast<__rlimit_resource>(resource), &limit);
  limit.rlim_cur = std::min<rlim_t>(value, limit.rlim_max);
  ::setrlimit(static_cast<__rlimit_resource>(resource), &limit);
}

void limit_memory(std::uint64_t bytes) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  static_cast<void>(bytes);
#else
  set_limit(RLIMIT_AS, bytes);
#endif
}

}  // namespace recount

// A process of the recorder's own, beside those that it traces: a fork that runs one function and is connected by a socket.
//
//   ChildProcess child([](int socket) { ... });      // it ends when the function returns, or dies of what it does
//   child.socket() ...                               // the other end; it reads 0 bytes when the child has ended
//   const WaitStatus status = child.end();           // closes the socket and waits
//
// The Waiter never meets it. It waits for the children of its own thread alone (__WNOTHREAD, wait(2)), and this one is
// forked, and waited for, by another thread, which does nothing else. So neither its end nor its being there changes what
// wait4(2) says about the traced ones.
//
// The child has a session of its own, for what a terminal or the program does to the process group is not for it, and all
// signals but SIGXCPU blocked; standard streams are /dev/null; no other descriptor is open. It notices the end of the recorder by its socket.
// It is forked from a process with several threads: glibc keeps malloc and stdio usable in it, and nothing else that has a
// lock may be used.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

#include "schema/vocabulary/wait_status.hpp"
#include "tracer/base/unique_fd.hpp"

namespace recount {

class ChildProcess {
 public:
  explicit ChildProcess(const std::function<void(int socket)>& work);  // RecordError if there can be none
  ~ChildProcess();  // kills it if it has not ended: it may be stopped
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  int socket() const noexcept { return socket_.get(); }
  pid_t pid() const noexcept { return pid_; }
  void kill();  // if it lives: its number may be another process's by then
  WaitStatus end();

 private:
  void wait();

  UniqueFd socket_;
  pid_t pid_ = -1;
  int status_ = 0;
  std::mutex mutex_;
  bool is_over_ = false;
  std::thread parent_;
};

// For the child to set: setrlimit(2), as far as the hard limit lets it. No memory limit under a sanitizer: its shadow memory
// is larger than any.
void set_limit(int resource, std::uint64_t value);
void limit_memory(std::uint64_t bytes);

}  // namespace recount

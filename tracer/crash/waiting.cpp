#include "tracer/crash/waiting.hpp"

#include <linux/futex.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <sstream>
#include <string>
#include <string_view>

#include "tracer/process/proc_file.hpp"

namespace recount {
namespace {

enum class Waits { nothing_more, descriptor, descriptors, child, child_by_type, futex };

constexpr std::int64_t kNone = -1;

struct WaitingCall {
  std::int64_t number, number_of_32_bits;
  std::string_view name;
  Waits waits;
};

// Those of signal(7), "Interruption of system calls and library functions by signal handlers", as far as programs hang in them.
constexpr WaitingCall kCalls[] = {
    {SYS_read, 3, "read", Waits::descriptor},
    {SYS_write, 4, "write", Waits::descriptor},
    {SYS_readv, 145, "readv", Waits::descriptor},
    {SYS_writev, 146, "writev", Waits::descriptor},
    {SYS_poll, 168, "poll", Waits::descriptors},
    {SYS_ppoll, 309, "ppoll", Waits::descriptors},
    {SYS_select, 142, "select", Waits::nothing_more},
    {SYS_pselect6, 308, "pselect6", Waits::nothing_more},
    {SYS_epoll_wait, 256, "epoll_wait", Waits::nothing_more},
    {SYS_epoll_pwait, 319, "epoll_pwait", Waits::nothing_more},
    {SYS_accept, kNone, "accept", Waits::descriptor},
    {SYS_accept4, 364, "accept4", Waits::descriptor},
    {SYS_connect, 362, "connect", Waits::descriptor},
    {SYS_recvfrom, 371, "recvfrom", Waits::descriptor},
    {SYS_recvmsg, 372, "recvmsg", Waits::descriptor},
    {SYS_sendto, 369, "sendto", Waits::descriptor},
    {SYS_sendmsg, 370, "sendmsg", Waits::descriptor},
    {SYS_flock, 143, "flock", Waits::descriptor},
    {SYS_fcntl, 221, "fcntl", Waits::descriptor},
    {SYS_ioctl, 54, "ioctl", Waits::descriptor},
    {SYS_wait4, 114, "wait4", Waits::child},
    {SYS_waitid, 284, "waitid", Waits::child_by_type},
    {SYS_futex, 240, "futex", Waits::futex},
    {SYS_nanosleep, 162, "nanosleep", Waits::nothing_more},
    {SYS_clock_nanosleep, 267, "clock_nanosleep", Waits::nothing_more},
    {SYS_pause, 29, "pause", Waits::nothing_more},
    {SYS_rt_sigsuspend, 179, "rt_sigsuspend", Waits::nothing_more},
    {SYS_rt_sigtimedwait, 177, "rt_sigtimedwait", Waits::nothing_more},
    {SYS_semop, kNone, "semop", Waits::nothing_more},
    {SYS_semtimedop, kNone, "semtimedop", Waits::nothing_more},
    {SYS_msgrcv, 401, "msgrcv", Waits::nothing_more},
    {SYS_msgsnd, 400, "msgsnd", Waits::nothing_more},
    // With times of 64 bits (since Linux 5.1), or as older C libraries call.
    {kNone, 7, "waitpid", Waits::child},
    {kNone, 413, "pselect6", Waits::nothing_more},
    {kNone, 414, "ppoll", Waits::descriptors},
    {kNone, 420, "semtimedop", Waits::nothing_more},
    {kNone, 421, "rt_sigtimedwait", Waits::nothing_more},
    {kNone, 422, "futex", Waits::futex},
    {kNone, 407, "clock_nanosleep", Waits::nothing_more},
};

std::string hex(std::uint64_t value) {
  std::ostringstream text;
  text << "0x" << std::hex << value;
  return text.str();
}

std::string descriptor(Tid tid, int fd) {
  const std::string link = read_proc_link(tid, "fd/" + std::to_string(fd));
  return link.empty() ? "descriptor " + std::to_string(fd) : link;
}

std::string child(std::int32_t pid) {
  if (pid > 0) return "pid " + std::to_string(pid);
  return pid == -1 ? "any child" : "any child of a process group";
}

class Wait {
 public:
  Wait(Tid tid, const arch::BrokenOffCall& call, const std::vector<CrashFrame>& frames, int memory)
      : tid_(tid), arguments_(call.arguments), frames_(frames), memory_(memory) {}

  CrashWait of(const WaitingCall& call) {
    CrashWait wait{std::string(call.name), "", Tid{}};
    switch (call.waits) {
      case Waits::nothing_more: break;
      case Waits::descriptor: wait.object = descriptor(tid_, number(0)); break;
      case Waits::descriptors: wait.object = polled(); break;
      case Waits::child: wait.object = child(number(0)); break;
      case Waits::child_by_type:
        wait.object = child(number(0) == P_PID ? number(1) : number(0) == P_ALL ? -1 : 0);
        break;
      case Waits::futex: tell_futex(wait); break;
    }
    return wait;
  }

 private:
  std::int32_t number(std::size_t argument) const { return static_cast<std::int32_t>(arguments_[argument]); }

  template <typename T>
  bool read(std::uint64_t address, T& value) const {
    return ::pread(memory_, &value, sizeof value, static_cast<off_t>(address)) == sizeof value;
  }

  std::string polled() const {
    constexpr std::uint64_t kShown = 3;
    std::string text;
    for (std::uint64_t i = 0; i < std::min(arguments_[1], kShown); ++i) {
      pollfd entry{};
      if (!read(arguments_[0] + i * sizeof entry, entry)) break;
      if (entry.fd >= 0) text += (text.empty() ? "" : ", ") + descriptor(tid_, entry.fd);
    }
    return arguments_[1] > kShown ? text + ", ..." : text;
  }

  bool is_in(std::string_view part) const {
    constexpr std::size_t kNear = 6;
    const auto end = frames_.begin() + static_cast<std::ptrdiff_t>(std::min(frames_.size(), kNear));
    return std::any_of(frames_.begin(), end,
                       [part](const CrashFrame& frame) { return frame.function.find(part) != std::string::npos; });
  }

  bool is_thread(std::uint32_t tid) const {
    return tid != 0 && !read_proc_file(tid_, "task/" + std::to_string(tid) + "/comm").empty();
  }

  void hold(CrashWait& wait, std::uint32_t holder) const {
    if (is_thread(holder)) wait.holder = Tid{static_cast<std::int32_t>(holder)};
  }

  void tell_futex(CrashWait& wait) const {
    constexpr std::uint64_t kOwner = 8;  // behind __lock and __count
    const std::uint64_t address = arguments_[0];
    const auto operation = static_cast<std::uint32_t>(arguments_[1]) & FUTEX_CMD_MASK;
    std::uint32_t word = 0;
    if (operation == FUTEX_LOCK_PI || operation == FUTEX_LOCK_PI2) {
      wait.object = "the mutex at " + hex(address);
      if (read(address, word)) hold(wait, word & FUTEX_TID_MASK);
    } else if (is_in("pthread_mutex_") && !is_in("pthread_cond_")) {
      wait.object = "the mutex at " + hex(address);
      if (read(address + kOwner, word)) hold(wait, word);
    } else if (is_in("join") && is_thread(static_cast<std::uint32_t>(arguments_[2]))) {
      wait.object = "the end of a thread";
      hold(wait, static_cast<std::uint32_t>(arguments_[2]));
    } else {
      wait.object = hex(address);
    }
  }

  Tid tid_;
  const std::array<std::uint64_t, 6>& arguments_;
  const std::vector<CrashFrame>& frames_;
  int memory_;
};

}  // namespace

// "NUMBER ARGUMENT... SP PC" (proc(5), /proc/PID/syscall).
std::optional<arch::BrokenOffCall> call_in_proc(Tid tid, arch::Mode mode) {
  std::istringstream text(read_proc_file(tid, "syscall"));
  arch::BrokenOffCall call;
  call.mode = mode;
  if (!(text >> call.number) || call.number < 0) return std::nullopt;
  for (std::uint64_t& argument : call.arguments) {
    std::string word;
    text >> word;
    argument = std::strtoull(word.c_str(), nullptr, 16);
  }
  return text ? std::optional(call) : std::nullopt;
}

CrashWait wait_of(Tid tid, const arch::BrokenOffCall& call, const std::vector<CrashFrame>& frames, int memory) {
  const auto known = std::find_if(std::begin(kCalls), std::end(kCalls), [&call](const WaitingCall& one) {
    const bool is_narrow = call.mode == arch::Mode::bits32;
    return (is_narrow ? one.number_of_32_bits : one.number) == call.number;
  });
  if (known == std::end(kCalls)) return {"system call " + std::to_string(call.number), "", Tid{}};
  return Wait(tid, call, frames, memory).of(*known);
}

}  // namespace recount

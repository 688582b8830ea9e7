#include "tracer/stop/waiter.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <limits>
#include <string>

#include "tracer/base/clock.hpp"
#include "tracer/base/error.hpp"

namespace recount {
namespace {

constexpr std::int64_t kRingAgainNs = 20'000'000;
constexpr int kSignals = 64;  // signal(7), "Standard signals" and "Real-time signals", x86-64
// The timer's. A real-time signal is queued beside another of its kind; a SIGALRM from outside would merge with the timer's and be lost.
constexpr int kBell = kSignals;

// What a handler may touch. One slot a signal: like the kernel's, a second one of the same kind merges with the first.
struct Pending {
  std::atomic<bool> is_set{false};
  std::atomic<int> code{0};
  std::atomic<int> pid{0};
  std::atomic<unsigned> uid{0};
};
std::array<Pending, kSignals + 1> pending;
std::atomic<bool> rung{false};
timer_t bell;
std::array<struct sigaction, kSignals + 1> saved{};

void ring_at(std::int64_t delay_ns) noexcept {
  itimerspec when{};
  when.it_value.tv_sec = delay_ns / 1'000'000'000;
  when.it_value.tv_nsec = delay_ns % 1'000'000'000;
  if (delay_ns > 0) when.it_interval.tv_nsec = kRingAgainNs;
  ::timer_settime(bell, 0, &when, nullptr);
}

Pending& pending_slot(int number) { return pending[static_cast<std::size_t>(number)]; }

// What an instruction of the recorder's own has raised ends it, as it would without a handler. SIGTRAP and SIGSYS are behind theirs.
bool is_own_fault(int number, const siginfo_t& info) {
  const bool is_fault = number == SIGSEGV || number == SIGBUS || number == SIGILL || number == SIGFPE ||
                        number == SIGTRAP || number == SIGSYS;
  return is_fault && info.si_code > 0;
}

// As the kernel does: a stop takes a continuation back, and a continuation each stop.
void take_back_opposite(int number) {
  constexpr std::array kStops{SIGTSTP, SIGTTIN, SIGTTOU};
  if (std::find(kStops.begin(), kStops.end(), number) != kStops.end()) pending_slot(SIGCONT).is_set = false;
  if (number != SIGCONT) return;
  for (const int stop : kStops) pending_slot(stop).is_set = false;
}

void on_signal(int number, siginfo_t* info, void*) {
  const int saved_errno = errno;
  if (is_own_fault(number, *info)) {
    ::sigaction(number, &saved[static_cast<std::size_t>(number)], nullptr);
    if (number == SIGTRAP || number == SIGSYS) ::raise(number);
    return;
  }
  rung = true;
  if (number == kBell && info->si_code == SI_TIMER) return;
  take_back_opposite(number);
  Pending& slot = pending_slot(number);
  slot.code = info->si_code;
  slot.pid = info->si_code <= 0 ? info->si_pid : 0;
  slot.uid = info->si_code <= 0 ? info->si_uid : 0;
  slot.is_set = true;
  ring_at(kRingAgainNs);
  errno = saved_errno;
}

enum class Minding : std::uint8_t { not_ours, pass_on, ignore, by_default };

// Every signal that would end the recorder may come: a program may send any to its whole process group.
Minding minding_of(int number) {
  switch (number) {
    case SIGKILL:
    case SIGSTOP:
    case SIGURG:
    case SIGWINCH: return Minding::not_ours;
    case SIGCHLD: return Minding::by_default;  // ignored, it would make wait4 lose the ends of children
    case SIGPIPE:                              // a closed stderr must not end the recorder, and with it the program
    case SIGXFSZ: return Minding::ignore;      // write(2) says EFBIG
    default: return Minding::pass_on;
  }
}

// Ignored when we were started (nohup): then neither the recorder nor the program wants it.
void install(int number) {
  const Minding minding = minding_of(number);
  struct sigaction& before = saved[static_cast<std::size_t>(number)];
  if (::sigaction(number, nullptr, &before) != 0 || minding == Minding::not_ours) return;
  if (minding == Minding::pass_on && before.sa_handler == SIG_IGN && number != kBell) return;
  struct sigaction action {};
  sigfillset(&action.sa_mask);
  if (minding == Minding::pass_on) {
    action.sa_flags = SA_SIGINFO;  // and no SA_RESTART: wait4 is to be interrupted
    action.sa_sigaction = on_signal;
  } else {
    action.sa_handler = minding == Minding::ignore ? SIG_IGN : SIG_DFL;
  }
  ::sigaction(number, &action, nullptr);
}

template <typename Do>
void for_each_signal(Do work) {
  for (int number = 1; number <= kSignals; ++number) work(number);
}

}  // namespace

Waiter::Waiter() {
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = kBell;
  if (::timer_create(CLOCK_MONOTONIC, &event, &bell) != 0)
    throw RecordError(std::string("cannot create a timer: ") + std::strerror(errno) +
                      "; too many signals are pending or timers set, see ulimit -i");
  for_each_signal(install);
}

Waiter::~Waiter() {
  ::timer_delete(bell);
  restore_for_child();
}

void Waiter::restore_for_child() const noexcept {
  limits_.restore();
  for_each_signal([](int number) {
    if (minding_of(number) != Minding::not_ours) ::sigaction(number, &saved[static_cast<std::size_t>(number)], nullptr);
  });
}

Report Waiter::next() {
  while (true) {
    if (rung.exchange(false)) {
      if (auto report = pending_signal()) return *report;
      if (auto report = due_timer()) return *report;
    }
    if (auto report = wait_for_task(0)) return *report;
  }
}

std::optional<Report> Waiter::wait_for_task(int options) {
  Report report;
  report.kind = Report::Kind::task;
  int status = 0;
  const pid_t pid = ::wait4(-1, &status, __WALL | __WNOTHREAD | options, &report.usage);
  if (pid > 0) {
    report.tid = Tid{pid};
    report.status = WaitStatus(status);
    return report;
  }
  if (pid < 0 && errno == ECHILD) {
    report.kind = Report::Kind::no_tasks;
    return report;
  }
  return std::nullopt;  // EINTR; or nothing is ready
}

// The SIGHUP of a terminal that is gone is for the leader of its session alone (tty_signal_session_leader,
// drivers/tty/tty_jobctrl.c), while its other signals are for the whole foreground group.
bool Waiter::is_for_the_leader(const SigInfo& signal) {
  return signal.signo == SIGHUP && signal.code == SI_KERNEL && ::getsid(0) == ::getpid();
}

bool Waiter::is_repeated(const SigInfo& signal) {
  if (signal.pid == 0 || signal.pid != ::getpgrp()) return false;
  const std::int64_t now = monotonic_ns();
  const bool repeated = signal.signo == leader_signal_.signo && now - leader_signal_ns_ < kRepeatNs;
  leader_signal_ = signal;
  leader_signal_ns_ = now;
  return repeated;
}

std::optional<Report> Waiter::pending_signal() {
  for (int number = 1; number <= kSignals; ++number) {
    Pending& slot = pending_slot(number);
    if (!slot.is_set.exchange(false)) continue;
    rung = true;  // there may be more
    Report report;
    report.kind = Report::Kind::signal;
    if (number == SIGXCPU && slot.code == SI_TIMER) report.kind = Report::Kind::time_spent;
    report.signal.signo = number;
    report.signal.code = slot.code;
    report.signal.pid = slot.pid;
    report.signal.uid = slot.uid;
    report.is_repeated = is_repeated(report.signal);
    if (is_for_the_leader(report.signal)) report.signal.pid = ::getpid();
    return report;
  }
  return std::nullopt;
}

std::optional<Report> Waiter::due_timer() {
  const std::int64_t now = monotonic_ns();
  for (std::size_t i = 0; i < kTimers; ++i) {
    if (deadlines_ns_[i] == 0 || deadlines_ns_[i] > now) continue;
    const auto timer = static_cast<Timer>(i);
    // What the claim timer waits for may be ready and only not taken yet: that comes first.
    if (timer == Timer::claim)
      if (auto report = wait_for_task(WNOHANG); report && report->kind == Report::Kind::task) return report;
    deadlines_ns_[i] = 0;
    rearm();
    Report report;
    report.kind = Report::Kind::timer;
    report.timer = timer;
    return report;
  }
  rearm();
  return std::nullopt;
}

void Waiter::set_timer(Timer timer, std::int64_t duration_ns) {
  deadlines_ns_.at(raw(timer)) = monotonic_ns() + duration_ns;
  rearm();
}

// Raised while it is blocked, so that a SIGCONT that comes before it takes effect takes it back (prepare_signal,
// kernel/signal.c), and none is missed that came before it was raised.
int Waiter::suspend(int signal) noexcept {
  if (signal == SIGSTOP) return ::raise(SIGSTOP);  // nothing takes it back
  sigset_t only, before;
  sigemptyset(&only);
  sigaddset(&only, signal);
  ::pthread_sigmask(SIG_BLOCK, &only, &before);
  struct sigaction ours {
  }, action{};
  action.sa_handler = SIG_DFL;
  ::sigaction(signal, &action, &ours);
  ::raise(signal);
  const bool continued = pending_slot(SIGCONT).is_set;
  action.sa_handler = SIG_IGN;
  if (continued) ::sigaction(signal, &action, nullptr);  // drops it
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);      // here it stops
  ::sigaction(signal, &ours, nullptr);
  return continued ? ECANCELED : 0;
}

void Waiter::rearm() {
  std::int64_t first = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t deadline : deadlines_ns_)
    if (deadline != 0 && deadline < first) first = deadline;
  if (first == std::numeric_limits<std::int64_t>::max()) return ring_at(0);
  const std::int64_t delay = first - monotonic_ns();
  ring_at(delay > 0 ? delay : 1);
}

}  // namespace recount

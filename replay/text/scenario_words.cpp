#include "replay/text/scenario_words.hpp"

#include <array>

namespace recount::scenario {
namespace {

// signal(7), x86-64.
constexpr std::array<std::string_view, 32> kSignals{
    "0",         "SIGHUP",  "SIGINT",    "SIGQUIT", "SIGILL",   "SIGTRAP", "SIGABRT", "SIGBUS",
    "SIGFPE",    "SIGKILL", "SIGUSR1",   "SIGSEGV", "SIGUSR2",  "SIGPIPE", "SIGALRM", "SIGTERM",
    "SIGSTKFLT", "SIGCHLD", "SIGCONT",   "SIGSTOP", "SIGTSTP",  "SIGTTIN", "SIGTTOU", "SIGURG",
    "SIGXCPU",   "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO",   "SIGPWR",  "SIGSYS"};
constexpr int kRtMin = 34;  // the C library keeps 32 and 33 for itself
constexpr std::string_view kRtPrefix = "SIGRTMIN+";

struct ErrorWord {
  int error;
  std::string_view word;
};
constexpr std::array kErrors{ErrorWord{1, "EPERM"},   ErrorWord{3, "ESRCH"},   ErrorWord{5, "EIO"},
                             ErrorWord{14, "EFAULT"}, ErrorWord{28, "ENOSPC"}, ErrorWord{62, "ETIME"}};

}  // namespace

std::string signal_word(int signal) {
  if (signal >= 0 && signal < 32) return std::string(kSignals[static_cast<std::size_t>(signal)]);
  if (signal < kRtMin) return std::to_string(signal);
  return std::string(kRtPrefix) + std::to_string(signal - kRtMin);
}

std::string error_word(int error) {
  for (const auto& entry : kErrors)
    if (entry.error == error) return std::string(entry.word);
  return "E" + std::to_string(error);
}

std::string_view timer_word(Timer timer) {
  switch (timer) {
    case Timer::timeout: return "timeout";
    case Timer::orphans: return "orphans";
    case Timer::claim: return "claim";
    case Timer::stop: return "stop";
    case Timer::attach: return "attach";
    case Timer::flags: return "flags";
  }
  return "unknown";
}

std::string_view memory_word(MemorySharing memory) {
  switch (memory) {
    case MemorySharing::unknown: return "unknown";
    case MemorySharing::copied: return "copied";
    case MemorySharing::shared: return "shared";
  }
  return "unknown";
}

std::string_view watch_word(WatchKind kind) {
  switch (kind) {
    case WatchKind::loader: return "loader";
    case WatchKind::sigaction: return "sigaction";
    case WatchKind::sigmask: return "sigmask";
    case WatchKind::sigreturn: return "sigreturn";
    case WatchKind::clone: return "clone";
    case WatchKind::syscall: return "syscall";
    case WatchKind::write: return "write";
    case WatchKind::writev: return "writev";
    case WatchKind::way_on: return "way_on";
    case WatchKind::way_jump: return "way_jump";
    case WatchKind::way_both: return "way_both";
    case WatchKind::ptrace: return "ptrace";
    case WatchKind::leaks: return "leaks";
    case WatchKind::sigaction_block: return "sigaction_block";
    case WatchKind::sigaction_clear: return "sigaction_clear";
    case WatchKind::sigmask_block: return "sigmask_block";
    case WatchKind::sigmask_clear: return "sigmask_clear";
  }
  return "unknown";
}

std::string_view fact_word(FactKind kind) {
  switch (kind) {
    case FactKind::born: return "born";
    case FactKind::execed: return "execed";
    case FactKind::hit: return "hit";
    case FactKind::signal: return "signal";
    case FactKind::thread_ended: return "thread_ended";
    case FactKind::process_ended: return "process_ended";
    case FactKind::let_go: return "let_go";
    case FactKind::not_planted: return "not_planted";
    case FactKind::copied: return "copied";
    case FactKind::wrote: return "wrote";
    case FactKind::way_taken: return "way_taken";
    case FactKind::unwatched: return "unwatched";
    case FactKind::int3_stuck: return "int3_stuck";
    case FactKind::trap_lost: return "trap_lost";
  }
  return "unknown";
}

std::string_view run_word(RunState state) {
  switch (state) {
    case RunState::idle: return "idle";
    case RunState::seizing: return "seizing";
    case RunState::attaching: return "attaching";
    case RunState::tracing: return "tracing";
    case RunState::draining: return "draining";
    case RunState::letting_go: return "letting_go";
    case RunState::killing: return "killing";
    case RunState::ended: return "ended";
  }
  return "unknown";
}

}  // namespace recount::scenario

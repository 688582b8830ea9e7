// What one seed is about: how many tasks, which of their deeds are frequent, which images they run,
// what goes wrong.
//
// Everything follows from the seed by the generator's own arithmetic. The distributions of <random>
// are not used: they differ from library to library, and a seed is to mean the same run everywhere.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "schema/machine/machine.hpp"

namespace recount::simulated {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed * 0x9e3779b97f4a7c15U + 1) {}
  std::uint64_t below(std::uint64_t end) { return end == 0 ? 0 : engine_() % end; }
  int between(int first, int last) {
    return first + static_cast<int>(below(static_cast<std::uint64_t>(last - first + 1)));
  }
  bool chance(int percent) { return below(100) < static_cast<std::uint64_t>(percent); }
  bool permille(int of_thousand) { return below(1000) < static_cast<std::uint64_t>(of_thousand); }
  template <typename T>
  auto& pick(T& from) {
    return from[below(from.size())];
  }

 private:
  std::mt19937_64 engine_;
};

// What a task can do next.
enum class Deed : std::uint8_t {
  line,  // run a source line
  fork,
  vfork,
  vfork_copied,  // CLONE_VFORK without CLONE_VM
  fork_shared,   // CLONE_VM with SIGCHLD: a fork event
  clone_copied,  // no exit signal: a clone event
  clone_shared,
  thread,
  thread_signal,  // CLONE_THREAD with SIGCHLD: a fork event
  exec,
  exit_thread,
  exit_group,
  wait,       // for a child to end
  raise,      // a signal for itself
  kill,       // a signal that can be caught, for anybody
  kill_hard,  // SIGKILL
  stop,
  resume,   // SIGCONT
  mask,     // block or unblock SIGTRAP
  dispose,  // set what is done about SIGTRAP
  trace,    // ptrace(2): be traced, or trace somebody
};
inline constexpr std::size_t kDeeds = 21;

struct Image {
  std::shared_ptr<ProbeTable> table;  // some of the lines
  std::vector<ImageAddress> lines;    // all of them, ascending
  std::vector<bool> own_int3;         // by line: what the program has there is an int3
  std::vector<bool> has_probe;        // by line
  std::vector<bool> counted;          // by line: its probe stays
  std::vector<bool> flagged;          // by line: a flag can tell of its probe
  bool no_follow = false;             // --no-follow names it
  // Of sigaction, pthread_sigmask and ptrace, if it has its own C library.
  std::optional<ImageAddress> watch_of(WatchKind kind) const;
  // The library tells the calls apart that have to do with SIGTRAP.
  bool tells_apart() const { return watch_of(WatchKind::sigmask_block).has_value(); }
};

struct Plan {
  explicit Plan(std::uint64_t seed);

  Rules rules;
  std::vector<Image> images;
  std::array<int, kDeeds> weights{};
  int deeds_max = 10;          // of one task
  int tasks_max = 20;          // of the whole run
  int pids = 30;               // numbers there are: small, so that they are used again
  int report_percent = 50;     // how soon the recorder waits again
  int kill_permille = 0;       // between any two system calls of the recorder: SIGKILL for somebody
  int outside_permille = 0;    // a signal to the recorder
  int disk_full_permille = 0;  // recording_failed
  int timer_permille = 0;      // a timer runs out although there would be more to do
  int plant_fails_percent = 0;
  int inject_fails_percent = 0;
  int annex_fails_percent = 0;
  int emulate_fails_percent = 0;
  int hides_percent = 0;         // of the programs: their memory is hidden
  int reveal_fails_percent = 0;  // and a copy of it stays so
  bool other_children = false;   // the recorder had children before it became one: wait4 never says ECHILD
  bool seize_fails = false;
  bool attaches = false;       // the root runs before it is traced
  bool attaches_tree = false;  // and is attached to with its descendants
  bool root_exec_fails = false;
  bool late_claims = false;  // the claim timer is too quick

 private:
  void choose_weights(Random& random);
  void choose_trouble(Random& random);
  void make_images(Random& random);
  void choose_counting(Random random);
  void choose_flags(Random random);
  void choose_tracing(Random random);
  void choose_detours(Random random);
  void choose_hiding(Random random);
  void number_watches();
};

}  // namespace recount::simulated

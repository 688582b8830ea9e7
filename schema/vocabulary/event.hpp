// What goes into the machine and what comes out of it.
//
//   Observation  in:   one thing that happened, with all that was gathered at that moment by a fixed rule per kind
//   Action       out:  one thing to do now; its result (0 or an errno) goes back in
//   Fact         out:  what the observation means for the history of the run
//
// An Observation or an Action is one row of trace_event (schema/trace.sql says which column holds which member). Facts
// are not stored: whoever steps the machine over the same rows gets the same facts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "schema/vocabulary/action.hpp"
#include "schema/vocabulary/event_kind.hpp"
#include "schema/vocabulary/ids.hpp"
#include "schema/vocabulary/wait_status.hpp"

namespace recount {

// Of siginfo_t (sigaction(2)), what its si_code says is there; the rest is 0.
struct SigInfo {
  std::int32_t signo = 0;
  std::int32_t code = 0;
  std::int32_t error = 0;     // si_errno
  std::int32_t pid = 0;       // the sender, or the child of a SIGCHLD
  std::uint32_t uid = 0;      // likewise
  std::int32_t status = 0;    // si_status of SIGCHLD
  std::uint64_t value = 0;    // si_value of sigqueue(3) and of timers
  std::uint64_t address = 0;  // si_addr of faults
  friend bool operator==(const SigInfo&, const SigInfo&) = default;
};

inline constexpr std::int32_t kSiKernel = 0x80;  // si_code of an executed int3 on x86-64
inline constexpr std::int32_t kSiUser = 0;       // si_code of kill(2); other processes' codes are below

enum class MemorySharing : std::uint8_t { unknown = 0, copied = 1, shared = 2 };  // by kcmp(2), KCMP_VM

// Gathered at a fork, vfork or clone event. The event alone tells neither: CLONE_THREAD with SIGCHLD raises a fork
// event, and CLONE_VFORK without CLONE_VM a vfork event with copied memory (Linux 6.18).
struct Birth {
  Tid child{};
  Tid tgid{};  // the child's thread group; 0 if it had gone before it could be asked
  MemorySharing memory = MemorySharing::unknown;
  friend bool operator==(const Birth&, const Birth&) = default;
};

// An image that stands in a process's memory, and where. The same image may stand there twice (dlmopen(3)).
struct Placed {
  ImageId image{};
  LoadBias bias{};
  friend bool operator==(const Placed&, const Placed&) = default;
};

// A line that had begun when a signal came, and that no probe had told of yet. It is one of those that the probe tells of: the
// one that begins at the address.
struct Reached {
  ProbeId probe{};
  ImageAddress address{};
  LoadBias bias{};
  ExecId exec{};  // the program that was running
  friend bool operator==(const Reached&, const Reached&) = default;
};

// A variable of a program's environment that was not so in the one that its process had before.
struct EnvChange {
  enum class Kind : std::uint8_t { set = 1, changed = 2, unset = 3 };
  std::string name;
  Kind kind{};
  bool redacted = false;             // it has a value that may be a secret
  std::optional<std::string> value;  // none: it is unset, redacted, or its name is not one whose values are kept
  friend bool operator==(const EnvChange&, const EnvChange&) = default;
};

// Gathered at an exec event, from /proc/PID: what runs there now, and where.
struct ExecDetail {
  std::string path;  // of the image; what /proc/PID/exe names
  std::string argv;  // /proc/PID/cmdline as a JSON array
  std::string cwd;
  ImageId image{};            // 0 if the file could not be read
  LoadBias bias{};            // AT_ENTRY - e_entry
  bool trap_blocked = false;  // SIGTRAP, by /proc/PID/status; asked only of programs with probes
  bool trap_ignored = false;  // likewise
  std::string no_follow{};    // the GLOB of --no-follow that names this program; empty: it is followed
  std::vector<EnvChange> environment{};
  friend bool operator==(const ExecDetail&, const ExecDetail&) = default;
};

// Gathered at a watch of a function of the C library: the system call that the task is about to ask for, by its number
// on x86-64, and what it says of SIGTRAP. Of other calls, that come by syscall(2), only the number.
struct CallDetail {
  std::uint32_t number = 0;
  std::uint64_t first = 0;    // rt_sigaction: the signal; rt_sigprocmask: how; clone: the flags
  bool has_new = false;       // rt_sigaction, rt_sigprocmask: something is to be changed
  std::uint64_t mask = 0;     // bit n - 1 is signal n. rt_sigaction: sa_mask; rt_sigreturn: what will be in force
  std::uint64_t handler = 0;  // rt_sigaction: SIG_DFL, SIG_IGN or an address
  std::uint64_t flags = 0;    // rt_sigaction: sa_flags
  friend bool operator==(const CallDetail&, const CallDetail&) = default;
};

// From wait4(2)'s struct rusage at a task's end. For a whole process it includes the children that it waited for.
struct Usage {
  std::int64_t user_us = 0;
  std::int64_t system_us = 0;
  std::int64_t max_rss_kib = 0;
  friend bool operator==(const Usage&, const Usage&) = default;
};

struct Observation {
  EventKind kind{};
  Tid tid{};            // 0 for what concerns no task
  WaitStatus status{};  // of what wait4 returned
  Address pc{};  // signal_delivery_stop of a SIGTRAP: the program counter; of a signal that the program ignores, and
                 // event_stop: the same, if a system call was broken off (EINTR) that goes on untraced; else 0
  std::uint64_t value = 0;  // PTRACE_GETEVENTMSG of the event_* stops, but for event_stop and group_stop: 1 if an
                            // executed int3 is still to be reported; a Timer; recording_failed: an errno
  SigInfo siginfo{};        // signal_delivery_stop, recorder_signal
  bool repeated =
      false;  // recorder_signal: its sender, who leads the recorder's process group, sent it a moment ago as well
  bool ends_init =
      false;          // signal_delivery_stop: a fault that ends an untraced init of a pid namespace: it has no handler
  Birth birth{};      // event_fork, event_vfork, event_clone
  ExecDetail exec{};  // event_exec
  std::vector<Placed> placed{};  // event_exec: images with probes or watches beside the program's own. A stop at a
                                 // watch of the loader, and the first int3 in a memory: all that stand there now
  ProbeId copied{};  // an executed int3 outside all images: the probe that it is a copy of; 0: the program's own
  std::vector<Reached> reached{};  // signal_delivery_stop: each line of a process and program once
  CallDetail call{};               // a stop at a watch of a function of the C library
  Usage usage{};                   // exited, signaled
};

enum class FactKind : std::uint8_t {
  born,           // utid in upid, tid; parent, origin
  execed,         // upid began exec
  hit,            // utid in upid, under exec: the lines that probe tells of have begun; with line_at only the one there
  signal,         // signal is delivered to utid
  thread_ended,   // utid, status
  process_ended,  // upid, status
  let_go,         // upid runs on, untraced; exec: the program for whose sake, if --no-follow names it; signal: the one
                  // that it is about to die of, if that is why
  not_planted,    // the probes of exec's image could not be written: error
  copied,         // utid in upid runs a copy of its text, and met a copy of probe in it
  unwatched,      // upid calls a watched function so often that it is not watched any more
  trap_lost,      // what upid does about SIGTRAP could not be set again after an int3 of ours: error
};

struct Fact {
  FactKind kind{};
  Utid utid{};
  Upid upid{};
  Tid tid{};
  Upid parent{};       // born: 0 if nobody knows
  EventKind origin{};  // born: spawned, event_fork, event_vfork, event_clone; timer if nobody knows
  ExecId exec{};
  ProbeId probe{};
  std::optional<ImageAddress> line_at{};
  WaitStatus status{};
  std::int32_t signal = 0;
  std::int32_t error = 0;
};

// One row of the log.
struct TraceEvent {
  Seq seq = 0;
  std::int64_t time_ns = 0;   // CLOCK_MONOTONIC since the recording's start
  Utid utid{};                // the machine's name for the task
  ExecId exec{};              // event_exec: the new one
  Observation observation{};  // if !is_action(kind)
  Action action{};            // if is_action(kind)
  std::int32_t error = 0;     // of an action: 0 or an errno
  EventKind unknown{};        // a kind that this program does not know: then it is neither
  bool has_more = false;      // an action's row has a number in a column that its kind does not use
  EventKind kind() const noexcept {
    if (unknown != EventKind{}) return unknown;
    return observation.kind != EventKind{} ? observation.kind : action.kind();
  }
};

}  // namespace recount

// What happened: one struct a kind, named as in ptrace(2) and wait(2), with all that was gathered at that moment by a fixed rule,
// and beside it the description of its columns. More than trace_event has columns for stands in tables of their own, by seq.
//
// To add a kind: its struct, its columns and its place in observed::Any here, its number and meaning in event_kind.hpp, the case of
// the observer that gathers it, and the case of the machine that answers it. The compiler asks for all of these.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "schema/vocabulary/column.hpp"
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

// A probe whose flag was found set (act::Flag): it was come to since the flags were looked at last.
struct Flagged {
  ProbeId probe{};
  ExecId exec{};  // the program that was running
  friend bool operator==(const Flagged&, const Flagged&) = default;
};

// How often a probe was come to since its counter was looked at last.
struct Counted {
  ProbeId probe{};
  ExecId exec{};  // the program that was running
  std::uint64_t times = 0;
  friend bool operator==(const Counted&, const Counted&) = default;
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
  std::uint64_t first = 0;    // rt_sigaction: the signal; rt_sigprocmask: how; clone: the flags; ptrace: the request
  bool has_new = false;       // rt_sigaction, rt_sigprocmask: something is to be changed
  std::uint64_t mask = 0;     // bit n - 1 is signal n. rt_sigaction: sa_mask; rt_sigreturn: what will be in force
  std::uint64_t handler = 0;  // rt_sigaction: SIG_DFL, SIG_IGN or an address
  std::uint64_t flags = 0;    // rt_sigaction: sa_flags; ptrace, wait4: the task's number
  friend bool operator==(const CallDetail&, const CallDetail&) = default;
};

// Gathered at a watch of where the C library has written, if that was to standard output or standard error.
struct Written {
  std::int32_t fd = 0;     // 1 or 2; 0: it was written elsewhere, or nothing was
  std::int64_t bytes = 0;  // that the system call took
  std::string kept{};      // of these bytes the first `head`, then the last ones; the machine does not look at them
  std::int64_t head = 0;
  friend bool operator==(const Written&, const Written&) = default;
};

// Gathered at a watch of a conditional jump: where it is about to lead.
enum class Way : std::uint8_t { none = 0, on = 1, jump = 2 };  // to the next instruction, or to the target
// Of a jump by the table of a switch, there are ways from 3 on: one for each place that it may lead to, in the order of the table.
constexpr std::uint8_t kFirstCase = 3;
constexpr std::size_t kCasesMax = 250;
constexpr Way case_way(std::size_t number) { return static_cast<Way>(kFirstCase + number); }
constexpr const char* word_of(Way way) { return way == Way::on ? "on" : way == Way::jump ? "jump" : "case"; }
constexpr std::uint8_t bits_of(Way way) { return static_cast<std::uint8_t>(way); }
struct WayTaken {
  WatchId watch{};
  Way way{};
  friend bool operator==(const WayTaken&, const WayTaken&) = default;
};

// From wait4(2)'s struct rusage at a task's end. For a whole process it includes the children that it waited for.
struct Usage {
  std::int64_t user_us = 0;
  std::int64_t system_us = 0;
  std::int64_t max_rss_kib = 0;
  friend bool operator==(const Usage&, const Usage&) = default;
};

namespace observed {

using Spawned = Plain<EventKind::spawned>;
using Continued = Plain<EventKind::continued>;
using Echild = Plain<EventKind::echild>;

template <EventKind K>
struct End {
  static constexpr EventKind kKind = K;
  Usage usage{};
  friend bool operator==(const End&, const End&) = default;
};
template <EventKind K>
void columns(const End<K>&, auto&&) {}
using Exited = End<EventKind::exited>;
using Signaled = End<EventKind::signaled>;

struct SignalDeliveryStop {
  static constexpr EventKind kKind = EventKind::signal_delivery_stop;
  Address
      pc{};  // of a SIGTRAP; of a signal that the program ignores, if a system call was broken off that goes on untraced
  SigInfo siginfo{};
  CallDetail call{};       // at a watch of a function of the C library
  Written output{};        // at one of where it writes
  WayTaken taken{};        // at one of a conditional jump
  ProbeId copied{};        // an executed int3 outside all images: the probe that it is a copy of; 0: the program's own
  bool fatal = false;      // the process has no handler for it and does not ignore it: it is about to die of it
  bool ends_init = false;  // a fault that ends an untraced init of a pid namespace: it has no handler
  std::vector<Reached> reached{};  // each line of a process and program once
  std::vector<Placed>
      placed{};  // at a watch of the loader, and at the first int3 in a memory: all images that stand there now
  friend bool operator==(const SignalDeliveryStop&, const SignalDeliveryStop&) = default;
};
template <Either<SignalDeliveryStop> Self>
void columns(Self& self, auto&& visit) {
  auto& [pc, siginfo, call, output, taken, copied, fatal, ends_init, reached, placed] = self;
  static_cast<void>(call), static_cast<void>(output), static_cast<void>(taken), static_cast<void>(copied);
  static_cast<void>(fatal), static_cast<void>(ends_init);
  static_cast<void>(reached), static_cast<void>(placed);
  visit(ColumnText{Column::address, "pc", "SIGTRAP: the pc; another: see below"}, pc);
  visit(ColumnText{Column::value, "si_code", "`si_code`", Form::always}, siginfo.code);
}

struct SyscallStop {
  static constexpr EventKind kKind = EventKind::syscall_stop;
  std::uint64_t result = 0;  // where an injected shmat or prctl returns: what it returns, or 2^64 less an errno
  CallDetail call{};         // that a task which is served enters: ptrace or wait4
  friend bool operator==(const SyscallStop&, const SyscallStop&) = default;
};
template <Either<SyscallStop> Self>
void columns(Self& self, auto&& visit) {
  auto& [result, call] = self;
  static_cast<void>(call);
  visit(ColumnText{Column::value, "result", "where an injected shmat or prctl returns: what it returns", Form::hex},
        result);
}

struct GroupStop {
  static constexpr EventKind kKind = EventKind::group_stop;
  bool int3_pending = false;
  friend bool operator==(const GroupStop&, const GroupStop&) = default;
};
template <Either<GroupStop> Self>
void columns(Self& self, auto&& visit) {
  auto& [int3_pending] = self;
  visit(ColumnText{Column::value, "pending_int3", "1: an int3 that was executed is still to be reported"},
        int3_pending);
}

struct EventStop {
  static constexpr EventKind kKind = EventKind::event_stop;
  Address pc{};  // if a system call was broken off (EINTR) that goes on untraced
  bool int3_pending = false;
  bool memory_hidden = false;  // the first stop of a task: the recorder may neither read nor write its memory
  friend bool operator==(const EventStop&, const EventStop&) = default;
};
template <Either<EventStop> Self>
void columns(Self& self, auto&& visit) {
  auto& [pc, int3_pending, memory_hidden] = self;
  static_cast<void>(memory_hidden);
  visit(ColumnText{Column::address, "pc", "see below"}, pc);
  visit(ColumnText{Column::value, "pending_int3", "1: an int3 that was executed is still to be reported"},
        int3_pending);
}

template <EventKind K>
struct NewTask {
  static constexpr EventKind kKind = K;
  Tid message{};  // PTRACE_GETEVENTMSG: the child
  Birth birth{};
  friend bool operator==(const NewTask&, const NewTask&) = default;
};
template <EventKind K>
void columns(const NewTask<K>& self, auto&& visit) {
  visit(ColumnText{Column::value, "child", "the new task's number"}, self.message);
}
template <EventKind K>
void columns(NewTask<K>& self, auto&& visit) {
  visit(ColumnText{Column::value, "child", "the new task's number"}, self.message);
}
using EventFork = NewTask<EventKind::event_fork>;
using EventVfork = NewTask<EventKind::event_vfork>;
using EventClone = NewTask<EventKind::event_clone>;

struct EventVforkDone {
  static constexpr EventKind kKind = EventKind::event_vfork_done;
  Tid child{};
  friend bool operator==(const EventVforkDone&, const EventVforkDone&) = default;
};
template <Either<EventVforkDone> Self>
void columns(Self& self, auto&& visit) {
  auto& [child] = self;
  visit(ColumnText{Column::value, "child", "the child's number"}, child);
}

struct EventExec {
  static constexpr EventKind kKind = EventKind::event_exec;
  Tid former{};  // the number that the caller had
  ExecDetail program{};
  std::vector<Placed> placed{};  // images with probes or watches beside the program's own
  friend bool operator==(const EventExec&, const EventExec&) = default;
};
template <Either<EventExec> Self>
void columns(Self& self, auto&& visit) {
  auto& [former, program, placed] = self;
  static_cast<void>(program), static_cast<void>(placed);
  visit(ColumnText{Column::value, "former", "the number that the caller had"}, former);
}

// A thread of the process that --pid names, or, with --tree, of its descendants, before it is seized. One row for each; the leader
// of a process comes before its others, and a process before its children.
struct Attached {
  static constexpr EventKind kKind = EventKind::attached;
  Tid process{};
  Tid parent{};  // of a leader: the number of its parent, which was attached to before; 0: of the process that --pid names
  friend bool operator==(const Attached&, const Attached&) = default;
};
template <Either<Attached> Self>
void columns(Self& self, auto&& visit) {
  auto& [process, parent] = self;
  visit(ColumnText{Column::address, "parent", "of the leader of a descendant: the number of its parent"}, parent);
  visit(ColumnText{Column::value, "process", "the number of its process"}, process);
}

// When all threads of a process that was attached to stand still: first of each that blocks SIGTRAP, and of nothing else in it; then of the
// leader of each such process, with the program as at an exec. The last of these lets all go on.
// And of a task of which nobody has told: every image that stands in its memory, the program's as well, what is set, and which of our
// annexes is there, the last one; no program.
struct Surveyed {
  static constexpr EventKind kKind = EventKind::surveyed;
  ExecDetail program{};
  std::vector<Placed> placed{};
  AnnexId annex{};
  friend bool operator==(const Surveyed&, const Surveyed&) = default;
};
template <Either<Surveyed> Self>
void columns(Self& self, auto&& visit) {
  auto& [program, placed, annex] = self;
  static_cast<void>(program), static_cast<void>(placed);
  visit(ColumnText{Column::value, "annex", "of an orphan: the last annex in its memory, counted from 1"}, annex);
}

// No option of ours asks for these.
template <EventKind K>
struct WithMessage {
  static constexpr EventKind kKind = K;
  std::uint64_t message = 0;
  friend bool operator==(const WithMessage&, const WithMessage&) = default;
};
template <EventKind K>
void columns(const WithMessage<K>& self, auto&& visit) {
  visit(ColumnText{Column::value, "message", "the event's message"}, self.message);
}
template <EventKind K>
void columns(WithMessage<K>& self, auto&& visit) {
  visit(ColumnText{Column::value, "message", "the event's message"}, self.message);
}
using EventExit = WithMessage<EventKind::event_exit>;
using EventSeccomp = WithMessage<EventKind::event_seccomp>;

struct TimerRang {
  static constexpr EventKind kKind = EventKind::timer;
  Timer timer{};
  friend bool operator==(const TimerRang&, const TimerRang&) = default;
};
template <Either<TimerRang> Self>
void columns(Self& self, auto&& visit) {
  auto& [timer] = self;
  visit(ColumnText{Column::value, "timer", "1 timeout, 2 orphans, 3 claim, 4 stop, 5 attach"}, timer);
}

struct RecorderSignal {
  static constexpr EventKind kKind = EventKind::recorder_signal;
  SigInfo siginfo{};
  bool repeated = false;  // its sender, who leads the recorder's process group, sent it a moment ago as well
  friend bool operator==(const RecorderSignal&, const RecorderSignal&) = default;
};
template <Either<RecorderSignal> Self>
void columns(Self& self, auto&& visit) {
  auto& [siginfo, repeated] = self;
  static_cast<void>(repeated);
  visit(ColumnText{Column::value, "signal", "the signal", Form::always}, siginfo.signo);
}

struct RecordingFailed {
  static constexpr EventKind kKind = EventKind::recording_failed;
  int error = 0;
  friend bool operator==(const RecordingFailed&, const RecordingFailed&) = default;
};
template <Either<RecordingFailed> Self>
void columns(Self& self, auto&& visit) {
  auto& [error] = self;
  visit(ColumnText{Column::value, "error", "an errno"}, error);
}

using Any = std::variant<Echild, Spawned, Exited, Signaled, SignalDeliveryStop, GroupStop, EventStop, EventFork,
                         EventVfork, EventClone, EventVforkDone, EventExec, EventExit, EventSeccomp, SyscallStop,
                         Continued, TimerRang, RecorderSignal, RecordingFailed, Attached, Surveyed>;

}  // namespace observed

struct Observation {
  Tid tid{};            // 0 for what concerns no task
  WaitStatus status{};  // of what wait4 returned
  observed::Any what{};
  bool in_annex = false;  // a stop: the pc is in the code that sets flags
  std::vector<Flagged>
      flagged{};  // each once for a memory and program; looked at where a process or program ends, at a stop of the
                  // loader, at one that a process dies of, and while it is let go
  std::vector<Counted> counted{};  // looked at then as well

  EventKind kind() const noexcept { return kind_of(what); }
  template <typename Kind>
  const Kind* as() const noexcept {
    return std::get_if<Kind>(&what);
  }
  friend bool operator==(const Observation&, const Observation&) = default;
};

// One of that kind, with nothing in it; none if it is no observation's.
std::optional<observed::Any> observation_of(EventKind kind);

// Of a fork, vfork or clone event; null of another.
const Birth* birth_in(const Observation& observation) noexcept;
// Of what that birth is: a thread of its parent's process, or one that is in its parent's memory. Where the kernel would not say it
// (KCMP_VM; that the task had gone, or hides its memory), it is what the event's name says.
bool is_thread(EventKind origin, const Birth& birth) noexcept;
bool is_in_same_memory(EventKind origin, const Birth& birth) noexcept;
// Of an event that ended a task; null of another.
const Usage* usage_in(const Observation& observation) noexcept;
// Of a stop for a signal, or of a signal to the recorder; null of another.
const SigInfo* siginfo_in(const Observation& observation) noexcept;
// Of an exec or a survey: what runs there; null of another.
const ExecDetail* program_in(const Observation& observation) noexcept;
// The images that stand in a process now, beside its program's own; none if this does not say.
std::span<const Placed> placed_in(const Observation& observation) noexcept;

}  // namespace recount

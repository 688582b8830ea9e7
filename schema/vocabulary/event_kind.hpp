// The vocabulary of the log: what a row of trace_event can be.
//
// An observation is something that happened to the recorder: a status that wait4(2) returned, a timer, a signal. An
// action is something that it did: nearly always one ptrace(2) request. The words are those of ptrace(2) and wait(2).
// The numbers are the ones in the file: they are never changed or used again.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace recount {

enum class EventKind : std::uint8_t {
  // observations
  spawned = 1,
  exited = 2,
  signaled = 3,
  signal_delivery_stop = 4,
  group_stop = 5,
  event_stop = 6,
  event_fork = 7,
  event_vfork = 8,
  event_clone = 9,
  event_vfork_done = 10,
  event_exec = 11,
  event_exit = 12,
  event_seccomp = 13,
  syscall_stop = 14,
  continued = 15,
  timer = 16,
  recorder_signal = 17,
  echild = 18,
  recording_failed = 19,
  attached = 20,
  surveyed = 21,
  // actions
  seize = 33,
  start = 34,
  cont = 35,
  listen = 36,
  interrupt = 37,
  detach = 38,
  kill = 39,
  plant = 40,
  lift = 41,
  mend = 42,
  unplant = 43,
  set_pc = 44,
  set_timer = 45,
  end = 46,
  // 47 and 48 were singlestep and unblock, of machine version 1
  pass = 49,
  retire = 50,
  block = 51,
  inject = 52,
  syscall = 53,
  restore = 54,
  trace_child = 55,
  suspend = 56,
  restart = 57,
  snapshot = 58,
  emulate = 59,
  annex = 60,
  flag = 61,
  rejoin = 62,
  trip = 63,
  untrip = 64,
  unflag = 65,
  serve = 66,
  share = 67,
  arm = 68,
  reveal = 69,
};

constexpr bool is_action(EventKind kind) noexcept { return static_cast<std::uint8_t>(kind) > 32; }

struct EventKindName {
  EventKind kind;
  std::string_view name;
  std::string_view meaning;
};

inline constexpr std::array kEventKinds{
    EventKindName{EventKind::spawned, "spawned", "the recorder forked the task that will exec the program"},
    EventKindName{EventKind::exited, "exited", "WIFEXITED: the task ended by itself"},
    EventKindName{EventKind::signaled, "signaled", "WIFSIGNALED: a signal ended the task"},
    EventKindName{EventKind::signal_delivery_stop, "signal_delivery_stop",
                  "a signal is about to be delivered; an int3 that was executed comes as SIGTRAP"},
    EventKindName{EventKind::group_stop, "group_stop", "the process is stopped by a stopping signal"},
    EventKindName{EventKind::event_stop, "event_stop",
                  "PTRACE_EVENT_STOP: a new task's first stop, an interrupt, or the end of a group stop"},
    EventKindName{EventKind::event_fork, "event_fork", "PTRACE_EVENT_FORK"},
    EventKindName{EventKind::event_vfork, "event_vfork", "PTRACE_EVENT_VFORK"},
    EventKindName{EventKind::event_clone, "event_clone", "PTRACE_EVENT_CLONE"},
    EventKindName{EventKind::event_vfork_done, "event_vfork_done", "PTRACE_EVENT_VFORK_DONE"},
    EventKindName{EventKind::event_exec, "event_exec", "PTRACE_EVENT_EXEC: another program runs in the process"},
    EventKindName{EventKind::event_exit, "event_exit", "PTRACE_EVENT_EXIT"},
    EventKindName{EventKind::event_seccomp, "event_seccomp", "PTRACE_EVENT_SECCOMP"},
    EventKindName{EventKind::syscall_stop, "syscall_stop", "a stop at a system call"},
    EventKindName{EventKind::continued, "continued", "WIFCONTINUED"},
    EventKindName{EventKind::timer, "timer", "a timer that the tracer had set ran out"},
    EventKindName{EventKind::recorder_signal, "recorder_signal", "a signal was sent to the recorder itself"},
    EventKindName{EventKind::echild, "echild", "wait4 said ECHILD: the kernel knows no tracee any more"},
    EventKindName{EventKind::recording_failed, "recording_failed", "the log could not be written any further"},
    EventKindName{EventKind::attached, "attached", "--pid: a thread of the process was found, and runs"},
    EventKindName{EventKind::surveyed, "surveyed",
                  "--pid: all threads of the process stand still: what is set in one of them, and what runs in the "
                  "process; or what stands in the memory of "
                  "a task whose parent was killed before it told of it"},
    EventKindName{EventKind::seize, "seize", "PTRACE_SEIZE"},
    EventKindName{EventKind::start, "start", "the seized task was allowed to exec the program"},
    EventKindName{EventKind::cont, "cont", "PTRACE_CONT, with the signal to deliver"},
    EventKindName{EventKind::listen, "listen", "PTRACE_LISTEN: stay stopped, but report what comes"},
    EventKindName{EventKind::interrupt, "interrupt", "PTRACE_INTERRUPT"},
    EventKindName{EventKind::detach, "detach", "PTRACE_DETACH, with the signal to deliver"},
    EventKindName{EventKind::kill, "kill", "kill(2)"},
    EventKindName{EventKind::plant, "plant", "int3 bytes were written at all probes of an image"},
    EventKindName{EventKind::lift, "lift", "a hit: the first stop at a probe; its byte was put back"},
    EventKindName{EventKind::mend, "mend", "a late stop at a lifted probe: its byte was put back again"},
    EventKindName{EventKind::unplant, "unplant", "the bytes of all probes of an address space were put back"},
    EventKindName{EventKind::set_pc, "set_pc", "PTRACE_POKEUSER of the program counter"},
    EventKindName{EventKind::set_timer, "set_timer", "a timer was set"},
    EventKindName{EventKind::pass, "pass", "the instruction that a watch displaces was done for the task"},
    EventKindName{EventKind::retire, "retire", "the byte that a watch displaces was put back"},
    EventKindName{EventKind::block, "block", "PTRACE_SETSIGMASK: SIGTRAP was put into the task's mask"},
    EventKindName{EventKind::inject, "inject", "the task was made to call rt_sigaction for SIGTRAP next"},
    EventKindName{EventKind::syscall, "syscall", "PTRACE_SYSCALL, with the signal to deliver"},
    EventKindName{EventKind::restore, "restore", "registers, mask and memory are as before what was injected"},
    EventKindName{EventKind::trace_child, "trace_child", "CLONE_UNTRACED was taken out of the flags of a clone"},
    EventKindName{EventKind::suspend, "suspend",
                  "the recorder stopped itself, with the program, until it was continued"},
    EventKindName{EventKind::restart, "restart",
                  "the system call that the stop broke off is made again, unless a handler runs first"},
    EventKindName{EventKind::snapshot, "snapshot",
                  "the registers, stacks and images of a process that is about to die of a signal were read"},
    EventKindName{
        EventKind::emulate, "emulate",
        "a stop at a counted probe: the instruction that it displaces was done for the task, and the int3 stays"},
    EventKindName{
        EventKind::annex, "annex",
        "the task was made to call shmat next: memory for the flags of an image, and the code that sets them"},
    EventKindName{EventKind::flag, "flag", "jumps to that code took the place of int3 bytes of the image"},
    EventKindName{
        EventKind::rejoin, "rejoin",
        "the task was in that code: what was left of it was done for the task, which is in its program again"},
    EventKindName{
        EventKind::trip, "trip",
        "an int3 was put where the code begins of each flag that is set: the task stops where it comes by next"},
    EventKindName{EventKind::untrip, "untrip", "these int3 bytes were taken out of that code"},
    EventKindName{EventKind::unflag, "unflag",
                  "these int3 bytes were taken out, and the jumps to the code of flags that are set left the image"},
    EventKindName{EventKind::serve, "serve",
                  "a call of ptrace(2) or wait4(2) was done for LeakSanitizer, as the kernel would for a tracer"},
    EventKindName{EventKind::share, "share",
                  "several are about to run in that memory: its counters are added to under a lock from now on"},
    EventKindName{EventKind::arm, "arm", "an int3 was put in again at a watch that was retired"},
    EventKindName{EventKind::reveal, "reveal",
                  "the task was made to call prctl next, about who may look at its memory"},
    EventKindName{EventKind::end, "end", "the recorder stopped: nothing is left to wait for"},
};

constexpr std::string_view name_of(EventKind kind) noexcept {
  for (const auto& entry : kEventKinds)
    if (entry.kind == kind) return entry.name;
  return "unknown";
}

}  // namespace recount

// Turns what the waiter reports into a complete Observation, by a fixed rule per kind of stop:
//
//   signal_delivery_stop         PTRACE_GETSIGINFO; of a SIGTRAP also the program counter; of the first int3 in a memory,
//                                and of one at a watch of the loader, what is mapped now; at another watch the call;
//                                of one that is nobody's, of which probe it is a copy; of a fault whether it ends the init
//                                of a pid namespace; of all but ours the lines that had begun without a probe's telling;
//                                of one that the process is about to die of, what it looked like
//   event_fork, vfork, clone     PTRACE_GETEVENTMSG; the child's thread group; kcmp(2) of the two address spaces, or, where that
//                                is not permitted, CLONE_VM of the call
//   event_stop, group_stop       PTRACE_PEEKSIGINFO: is an executed int3 still to be reported; of the first event_stop of a task,
//                                whether its memory can be read
//   event_exec                   PTRACE_GETEVENTMSG; /proc/PID/exe, cwd, cmdline, environ; the image; its load bias from auxv; what
//                                else is mapped, if objects with probes may be loaded; SIGTRAP in its state;
//                                the GLOB of --no-follow that names it, and then nothing of the image
//   surveyed                     of the leader as of an event_exec, but for --no-follow, and no images if somebody
//                                untraced is in the same memory; of another thread whether it blocks SIGTRAP; of a
//                                task of which nobody has told what is mapped, the last annex there, SIGTRAP in its state
//   exited, signaled             the rusage that wait4 gave
//   syscall_stop                 of an injected shmat or prctl, what it returned
//   any of them                  where a process with flags is in the annex; which flags were set since, at moments that may be
//                                the last at which they can be told
//
// What cannot be gathered, because the task was killed meanwhile, stays 0.
#pragma once

#include <memory>
#include <utility>

#include "schema/machine/machine.hpp"
#include "tracer/crash/crash.hpp"
#include "tracer/image/image_store.hpp"
#include "tracer/process/process_memory.hpp"
#include "tracer/stop/annexes.hpp"
#include "tracer/stop/environment.hpp"
#include "tracer/stop/no_follow.hpp"
#include "tracer/stop/waiter.hpp"

namespace recount {

class Observer {
 public:
  // The machine is only asked what stands at an address of a task, and which lines were told before.
  Observer(ImageStore& images, const Machine& machine, ProcessMemory& memory, Annexes& annexes, NoFollow no_follow,
           EnvMode env, bool mask_arguments, std::size_t output_limit)
      : images_(images),
        machine_(machine),
        memory_(memory),
        annexes_(annexes),
        no_follow_(std::move(no_follow)),
        environments_(env),
        mask_arguments_(mask_arguments),
        output_limit_(output_limit) {}

  Observation observe(const Report& report);
  void mask_secrets(Crash& crash) const;  // those of its program's environment, and of its arguments if they are to be

  // Of a thread of a process that is attached to, when all of it stands still: observed::Surveyed.
  Observation survey(Tid tid);
  Observation look_at(Tid orphan);                 // of whom nobody has told: observed::Surveyed
  Tid lodger() const noexcept { return lodger_; }  // who shares the memory of whom was surveyed last; 0: nobody
  // What a survey takes from files, while the process still runs: then it stands still for a moment only.
  void read_images(Tid tid);
  bool is_not_followed(Tid tid) const;  // by --no-follow

 private:
  Observation task(const Report& report);
  template <EventKind K>
  void gather(const Report&, Plain<K>&) {}
  template <EventKind K>
  void gather(const Report& report, observed::End<K>& end);
  template <EventKind K>
  void gather(const Report& report, observed::NewTask<K>& task);
  template <EventKind K>
  void gather(const Report& report, observed::WithMessage<K>& event);
  void gather(const Report& report, observed::EventVforkDone& done);
  void gather(const Report& report, observed::GroupStop& stop);
  void gather(const Report& report, observed::EventStop& stop);
  void gather(const Report& report, observed::SignalDeliveryStop& stop);
  void gather(const Report& report, observed::EventExec& observed);
  // No task reports these.
  void gather(const Report&, observed::TimerRang&) {}
  void gather(const Report&, observed::RecorderSignal&) {}
  void gather(const Report&, observed::RecordingFailed&) {}
  void gather(const Report&, observed::Attached&) {}
  void gather(const Report&, observed::Surveyed&) {}

  void gather(const Report& report, observed::SyscallStop& stop);
  void look_at_flags(Observation& observation);
  bool is_memory_hidden(Tid tid);
  bool may_tell_flags(const Thread& thread, const Observation& observation) const;
  void watch(Tid tid, observed::SignalDeliveryStop& stop);
  Written output(const Thread& thread, WatchKind kind);
  const Thread* thread_of(Tid tid) const;
  void tell_quiet_lines(Tid tid, observed::SignalDeliveryStop& stop);
  bool is_of_ours(Tid tid, const observed::SignalDeliveryStop& stop) const;
  bool is_fatal(Tid tid, int signal) const;
  Tid lodger_of(const Thread& thread) const;
  void describe(Tid tid, ExecDetail& program);
  void read_images(Tid tid, ExecDetail& program, std::vector<Placed>& placed);
  void environment(Tid tid, ExecDetail& program);
  std::string glob_for(Tid tid, const std::string& file) const;

  ImageStore& images_;
  const Machine& machine_;
  ProcessMemory& memory_;
  Annexes& annexes_;
  NoFollow no_follow_;
  Environments environments_;
  bool mask_arguments_;
  Tid lodger_{};
  std::size_t output_limit_;  // bytes of one process and descriptor
};

}  // namespace recount

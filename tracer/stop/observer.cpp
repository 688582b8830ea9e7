#include "tracer/stop/observer.hpp"

#include <elf.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "tracer/base/secret.hpp"
#include "tracer/base/x86_64.hpp"
#include "tracer/code/conditional_jump.hpp"
#include "tracer/process/mappings.hpp"
#include "tracer/process/proc_file.hpp"
#include "tracer/process/proc_status.hpp"
#include "tracer/process/ptrace_request.hpp"
#include "tracer/stop/call_reader.hpp"
#include "tracer/stop/copied_text.hpp"
#include "tracer/stop/output_reader.hpp"
#include "tracer/stop/quiet_lines.hpp"
#include "tracer/stop/served_call.hpp"

namespace recount {
namespace {

std::string argv_json(const std::vector<std::string>& words, bool mask) {
  const nlohmann::json argv(mask ? masked(words) : words);
  return argv.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::uint64_t event_message(Tid tid) {
  unsigned long message = 0;
  ::ptrace(PTRACE_GETEVENTMSG, raw(tid), nullptr, &message);
  return message;
}

// tgkill(2) with signal 0 sends nothing and finds the task only if it is of that thread group: one call for the most
// frequent answer. EPERM means that it was found.
Tid thread_group_of(Tid task) {
  const long result = ::syscall(SYS_tgkill, raw(task), raw(task), 0);
  if (result == 0 || errno == EPERM) return task;
  return Tid{std::atoi(status_word(task, "Tgid").c_str())};
}

MemorySharing memory_of(Tid a, Tid b) {
  const long order = ::syscall(SYS_kcmp, raw(a), raw(b), KCMP_VM, 0, 0);
  if (order < 0) return MemorySharing::unknown;
  return order == 0 ? MemorySharing::shared : MemorySharing::copied;
}

// The kernel compares nothing for whom it hides a memory from.
MemorySharing memory_of_child(Tid parent, Tid child, ProcessMemory& memory) {
  const MemorySharing told = memory_of(parent, child);
  return told == MemorySharing::unknown && errno != ESRCH ? sharing_by_call(parent, memory) : told;
}

bool is_trap_blocked(Tid tid) {
  std::uint64_t mask = 0;
  ::ptrace(PTRACE_GETSIGMASK, raw(tid), sizeof mask, &mask);
  return (mask >> (SIGTRAP - 1) & 1) != 0;
}

// PTRACE_PEEKSIGINFO shows the task's own queue, without taking anything from it (Linux 3.10). A SIGTRAP that may not be
// delivered now has taken no int3's trap in.
bool int3_is_pending(Tid tid, const Thread* thread, const Machine& machine) {
  constexpr std::size_t kAtOnce = 16;
  std::array<siginfo_t, kAtOnce> queue{};
  __ptrace_peeksiginfo_args request{0, 0, kAtOnce};
  const long count = ::ptrace(PTRACE_PEEKSIGINFO, raw(tid), &request, queue.data());
  const auto trap = std::find_if(queue.begin(), queue.begin() + std::max(count, 0L),
                                 [](const siginfo_t& info) { return info.si_signo == SIGTRAP; });
  if (trap == queue.begin() + std::max(count, 0L)) return false;
  if (trap->si_code == SI_KERNEL) return true;
  return thread && machine.may_be_int3(*thread, trap->si_code) && !is_trap_blocked(tid);
}

// A call that nothing restarts has EINTR as its result already; of those that are restarted the kernel knows better. close
// (3, and 6 in a 32-bit process) has done its work whatever it returns, and must not be made again.
bool call_is_broken_off(Tid tid) {
  if (static_cast<std::int64_t>(register_of(tid, arch::kResult)) != -EINTR) return false;
  const auto call = static_cast<std::int32_t>(register_of(tid, arch::kCall));
  return call >= 0 && call != 3 && call != 6;
}

// Whether the signal would not even wake an untraced process (signal(7), "Signal dispositions"). SIGCONT is left out: it
// ends a stop, and a stop breaks a call off, traced or not.
bool is_ignored(Tid tid, int signal) {
  if (status_has_signal(tid, "SigIgn", signal)) return true;
  const bool by_default = signal == SIGCHLD || signal == SIGURG || signal == SIGWINCH;
  return by_default && !status_has_signal(tid, "SigCgt", signal);
}

// signal(7), "Standard signals": those whose default is to ignore, to stop or to continue.
bool is_harmless_by_default(int signal) {
  constexpr std::array kHarmless{SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGWINCH};
  return std::find(kHarmless.begin(), kHarmless.end(), signal) != kHarmless.end();
}

// What the task's own instruction raised: sigaction(2), "The si_code field".
bool is_fault(const SigInfo& info) {
  const bool synchronous = info.signo == SIGSEGV || info.signo == SIGBUS || info.signo == SIGILL ||
                           info.signo == SIGFPE || info.signo == SIGTRAP || info.signo == SIGSYS;
  return synchronous && info.code > 0;
}

// Whoever is in the recorder's own pid namespace is no init of one: the most frequent answer, without reading. NStgid has
// the number of the process in each namespace, its own last (proc(5)).
bool is_init_without_handler(Tid tid, int signal) {
  if (!is_in_other_pids(tid)) return false;
  const auto numbers = status_words(tid, "NStgid");
  return !numbers.empty() && numbers.back() == "1" && !status_has_signal(tid, "SigCgt", signal);
}

// Which members of siginfo's union are in use: sigaction(2), "The siginfo_t argument to a SA_SIGINFO handler".
SigInfo named_parts(const siginfo_t& info) {
  SigInfo out{info.si_signo, info.si_code, info.si_errno, 0, 0, 0, 0, 0};
  const bool from_a_process = info.si_code <= 0 && info.si_code != SI_TIMER;
  const bool fault = info.si_signo == SIGSEGV || info.si_signo == SIGBUS || info.si_signo == SIGILL ||
                     info.si_signo == SIGFPE || info.si_signo == SIGTRAP;
  if (info.si_signo == SIGCHLD || from_a_process) {
    out.pid = info.si_pid;
    out.uid = info.si_uid;
  }
  if (info.si_signo == SIGCHLD && info.si_code > 0) out.status = info.si_status;
  if (info.si_code == SI_QUEUE || info.si_code == SI_TIMER || info.si_code == SI_MESGQ)
    std::memcpy(&out.value, &info.si_value, sizeof out.value);
  if (fault && info.si_code > 0 && info.si_code != SI_KERNEL)
    out.address = reinterpret_cast<std::uint64_t>(info.si_addr);
  return out;
}

Way way_of(Tid tid, const ImageWatch& jump) {
  arch::Registers registers{};
  if (ptrace_request(PTRACE_GETREGS, tid, 0, &registers) != 0) return Way::none;
  return is_taken(jump.instructions, registers.eflags) ? Way::jump : Way::on;
}

}  // namespace

Observation Observer::observe(const Report& report) {
  switch (report.kind) {
    case Report::Kind::task: return task(report);
    case Report::Kind::timer: return {.what = observed::TimerRang{report.timer}};
    case Report::Kind::signal: return {.what = observed::RecorderSignal{report.signal, report.is_repeated}};
    case Report::Kind::time_spent: return {.what = observed::RecordingFailed{ETIME}};
    case Report::Kind::no_tasks: break;
  }
  return {.what = observed::Echild{}};
}

// What is gathered of each kind of report, by an overload for each: the compiler asks for that of a new one.
Observation Observer::task(const Report& report) {
  Observation observation{report.tid, report.status, observation_of(report.status.kind()).value()};
  std::visit([&](auto& what) { gather(report, what); }, observation.what);
  look_at_flags(observation);
  return observation;
}

void Observer::look_at_flags(Observation& observation) {
  const Tid tid = observation.tid;
  const Thread* const thread = thread_of(tid);
  if (!thread || !thread->process->memory->has_annexes()) return;
  auto* const stop = std::get_if<observed::SignalDeliveryStop>(&observation.what);
  if (stop || observation.as<observed::EventStop>()) {
    const Address pc = stop && stop->siginfo.signo == SIGTRAP ? stop->pc : pc_of(tid);
    observation.in_annex = annexes_.stub_at(tid, pc).has_value();
    const bool leads_nowhere = stop && stop->siginfo.signo == SIGSEGV && is_fault(stop->siginfo);
    if (leads_nowhere && stop->siginfo.address == raw(pc))
      if (const auto copy = annexes_.copied_jump_to(tid, pc, memory_)) stop->copied = copy->probe;
  }
  if (!may_tell_flags(*thread, observation)) return;
  for (const auto& [probe, is_new, times] : annexes_.read(*thread->process->memory)) {
    if (is_new) observation.flagged.push_back({probe, thread->process->exec});
    if (times != 0) observation.counted.push_back({probe, thread->process->exec, times});
  }
}

// Of a memory that others are in as well, the last of them tells.
bool Observer::may_tell_flags(const Thread& thread, const Observation& observation) const {
  const Process& process = *thread.process;
  const bool ends = observation.status.ended() && process.threads == 1;
  if (ends || observation.as<observed::EventExec>()) return !machine_.shares_memory(process);
  if (!observation.status.stopped()) return false;
  const auto* const stop = observation.as<observed::SignalDeliveryStop>();
  const bool may_leave = (stop && stop->call.number == SYS_ptrace && !machine_.shares_memory(process));
  return (stop && (stop->fatal || !stop->placed.empty())) || may_leave || machine_.is_leaving(thread);
}

void Observer::gather(const Report& report, observed::SyscallStop& stop) {
  const Thread* const thread = thread_of(report.tid);
  const bool has_result = thread && (thread->errand == Errand::annexing || thread->errand == Errand::revealing);
  if (has_result && thread->in_call)
    stop.result = register_of(report.tid, arch::kResult);
  else if (thread && thread->errand == Errand::none && thread->served && !thread->in_call)
    stop.call = served_call(report.tid);
}

template <EventKind K>
void Observer::gather(const Report& report, observed::End<K>& end) {
  environments_.ended(report.tid);
  const auto microseconds = [](const timeval& t) { return std::int64_t{t.tv_sec} * 1'000'000 + t.tv_usec; };
  end.usage = {microseconds(report.usage.ru_utime), microseconds(report.usage.ru_stime), report.usage.ru_maxrss};
}

template <EventKind K>
void Observer::gather(const Report& report, observed::NewTask<K>& task) {
  const Tid child{static_cast<std::int32_t>(event_message(report.tid))};
  task.message = child;
  task.birth = {child, thread_group_of(child), memory_of_child(report.tid, child, memory_)};
  const Thread* const parent = thread_of(report.tid);
  if (parent && task.birth.tgid == child) environments_.born(parent->process->pid, child);
}

template <EventKind K>
void Observer::gather(const Report& report, observed::WithMessage<K>& event) {
  event.message = event_message(report.tid);
}

void Observer::gather(const Report& report, observed::EventVforkDone& done) {
  done.child = Tid{static_cast<std::int32_t>(event_message(report.tid))};
}

void Observer::gather(const Report& report, observed::GroupStop& stop) {
  stop.int3_pending = int3_is_pending(report.tid, thread_of(report.tid), machine_);
}

void Observer::gather(const Report& report, observed::EventStop& stop) {
  stop.int3_pending = int3_is_pending(report.tid, thread_of(report.tid), machine_);
  if (call_is_broken_off(report.tid)) stop.pc = pc_of(report.tid);
  stop.memory_hidden = is_memory_hidden(report.tid);
}

// Of a task that is new. Neither may its memory be looked at (ptrace_access_vm, kernel/ptrace.c, Linux 6.18), nor its file be opened. Where
// the task is about to go on is memory in any case, but for what its parent has kept from it (MADV_DONTFORK).
bool Observer::is_memory_hidden(Tid tid) {
  const Thread* const thread = thread_of(tid);
  if (thread && (!thread->process->borrows || thread->process->memory->is_empty())) return false;
  if (thread && memory_.open(tid) == 0) return false;
  errno = 0;
  ::ptrace(PTRACE_PEEKTEXT, raw(tid), raw(pc_of(tid)), nullptr);
  if (errno != EIO || open_memory_file(tid)) return false;
  return errno != ESRCH && errno != EMFILE && errno != ENFILE;
}

void Observer::gather(const Report& report, observed::SignalDeliveryStop& stop) {
  const Tid tid = report.tid;
  siginfo_t info{};
  ::ptrace(PTRACE_GETSIGINFO, raw(tid), nullptr, &info);
  stop.siginfo = named_parts(info);
  const int signal = report.status.stop_signal();
  if (signal == SIGTRAP) stop.pc = pc_of(tid);
  if (signal == SIGTRAP) watch(tid, stop);
  if (signal != SIGTRAP && call_is_broken_off(tid) && is_ignored(tid, signal)) stop.pc = pc_of(tid);
  const bool is_ours = signal == SIGTRAP && is_of_ours(tid, stop);
  if (!is_ours) tell_quiet_lines(tid, stop);
  const bool is_its_own = is_fault(stop.siginfo) && !is_ours;
  stop.ends_init = is_its_own && is_init_without_handler(tid, signal);
  if (stop.ends_init && signal == SIGSYS) stop.pc = pc_of(tid);
  stop.fatal = !is_ours && is_fatal(tid, signal);
}

// A run that is being killed is no crash.
bool Observer::is_fatal(Tid tid, int signal) const {
  return !is_harmless_by_default(signal) && machine_.run_state() != RunState::killing &&
         !status_has_signal_in(tid, {"SigCgt", "SigIgn"}, signal);
}

// Null while nobody has claimed it.
const Thread* Observer::thread_of(Tid tid) const {
  const auto found = machine_.threads().find(tid);
  return found != machine_.threads().end() && found->second.process ? &found->second : nullptr;
}

void Observer::watch(Tid tid, observed::SignalDeliveryStop& stop) {
  const Thread* const thread = thread_of(tid);
  if (!thread || !machine_.may_be_int3(*thread, stop.siginfo.code)) return;
  const AddressSpace& memory = *thread->process->memory;
  const Int3 int3 = machine_.int3_of(*thread, stop.pc);
  if ((int3.watch && int3.watch->kind == WatchKind::loader) || !memory.is_surveyed())
    stop.placed = images_.placed_in(tid, memory_.maps(tid), memory.images());
  if (int3.watch && is_of_output(int3.watch->kind))
    stop.output = output(*thread, int3.watch->kind);
  else if (int3.watch && is_of_way(int3.watch->kind))
    stop.taken = {int3.watch->watch, way_of(tid, images_.watch(int3.watch->watch))};
  else if (int3.watch)
    stop.call = read_call(tid, int3.watch->kind, memory_);
  if (stop.siginfo.code != kSiKernel || int3.watch || int3.probe || annexes_.is_trip(tid, stop.pc)) return;
  const auto& placed = stop.placed.empty() ? memory.images() : stop.placed;
  const CopiedInt3 copied = copied_int3(tid, int3.address, placed, images_, memory_);
  stop.copied = copied.probe;
  stop.taken.watch = copied.watch;
}

Written Observer::output(const Thread& thread, WatchKind kind) {
  Written output = read_output(thread.tid, kind, output_limit_, memory_);
  mask(environments_.secrets_of(thread.process->pid), output.kept);
  return output;
}

void Observer::mask_secrets(Crash& crash) const {
  if (mask_arguments_) crash.title = masked(crash.title);
  const Thread* const thread = thread_of(crash.tid);
  if (!thread) return;
  const std::vector<std::string>& secrets = environments_.secrets_of(thread->process->pid);
  mask(secrets, crash.words);
  for (std::string& word : crash.title) mask(secrets, word);
}

// Of a trap the pc is behind its instruction, as that of a system call is. Where it can't be fetched (its page is gone), the fault's
// address is the pc.
void Observer::tell_quiet_lines(Tid tid, observed::SignalDeliveryStop& stop) {
  const Thread* const thread = thread_of(tid);
  if (!thread || thread->process->memory->is_empty()) return;
  const SigInfo& info = stop.siginfo;
  const Address pc = annexes_.place_in_program(tid, pc_of(tid));
  const bool is_access = info.signo == SIGSEGV || info.signo == SIGBUS;
  const bool is_at_pc = is_fault(info) && info.signo != SIGTRAP && info.signo != SIGSYS;
  const bool has_begun = is_at_pc && !(is_access && info.address == raw(pc));
  const Process& process = *thread->process;
  stop.reached = quiet_lines({pc, has_begun, process.exec}, *process.memory, images_, annexes_);
  std::erase_if(stop.reached, [&process](const Reached& line) {
    return process.reached.contains({line.probe, line.address});  // it was told before
  });
}

// Whether the SIGTRAP is that of an int3 that we alone have put there.
bool Observer::is_of_ours(Tid tid, const observed::SignalDeliveryStop& stop) const {
  const Thread* const thread = thread_of(tid);
  if (stop.siginfo.code != kSiKernel || !thread) return false;
  const Int3 int3 = machine_.int3_of(*thread, stop.pc);
  return stop.copied != ProbeId{} || stop.taken.watch != WatchId{} || int3.watch ||
         (int3.probe && !int3.probe->own_int3) || annexes_.is_trip(tid, stop.pc);
}

void Observer::environment(Tid tid, ExecDetail& program) {
  if (environments_.mode() == EnvMode::none && output_limit_ == 0) return;  // nobody asks
  program.environment = environments_.began(tid, read_proc_file(tid, "environ", Environments::kBytesMax + 1));
}

std::string Observer::glob_for(Tid tid, const std::string& file) const {
  const auto name = auxiliary_value(tid, AT_EXECFN);
  return no_follow_.glob_for(name ? name_given_to_exec(tid, *name) : std::string(), file);
}

bool Observer::is_not_followed(Tid tid) const {
  return !no_follow_.empty() && !glob_for(tid, read_proc_link(tid, "exe")).empty();
}

void Observer::gather(const Report& report, observed::EventExec& observed) {
  const Tid tid = report.tid;
  observed.former = Tid{static_cast<std::int32_t>(event_message(tid))};
  ExecDetail& exec = observed.program;
  describe(tid, exec);
  if (!no_follow_.empty()) exec.no_follow = glob_for(tid, exec.path);
  if (exec.no_follow.empty()) read_images(tid, exec, observed.placed);
}

void Observer::describe(Tid tid, ExecDetail& exec) {
  exec.path = read_proc_link(tid, "exe");
  exec.cwd = read_proc_link(tid, "cwd");
  exec.argv = argv_json(read_proc_words(tid, "cmdline"), mask_arguments_);
  environment(tid, exec);
}

// An untraced process in the same memory would die of an int3: a child of clone(2) with CLONE_VM, or of vfork(2) whose parent was
// killed. Of one that was attached to as well, nobody knows that its memory is the same.
Tid Observer::lodger_of(const Thread& thread) const {
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", gone)) {
    const Tid other{std::atoi(entry.path().filename().c_str())};
    const Thread* const known = thread_of(other);
    const bool is_told = known && known->process->memory == thread.process->memory;
    if (other != Tid{} && !is_told && memory_of(thread.tid, other) == MemorySharing::shared) return other;
  }
  return Tid{};
}

Observation Observer::survey(Tid tid) {
  observed::Surveyed survey;
  const Thread* const thread = thread_of(tid);
  const bool is_leader = thread && thread->process->pid == tid;
  if (is_leader) describe(tid, survey.program);
  lodger_ = is_leader ? lodger_of(*thread) : Tid{};
  if (is_leader && lodger_ == Tid{}) read_images(tid, survey.program, survey.placed);
  survey.program.trap_blocked = status_has_signal(tid, "SigBlk", SIGTRAP);
  return {.tid = tid, .what = survey};
}

namespace {

void add_images(const Process& process, std::vector<Placed>& known) {
  for (const Placed image : process.memory->images())
    if (std::find(known.begin(), known.end(), image) == known.end()) known.push_back(image);
}

}  // namespace

Observation Observer::look_at(Tid orphan) {
  observed::Surveyed look;
  std::vector<Placed> known;  // where the one is among that it is a copy of
  for (const Process& process : machine_.dropped()) add_images(process, known);
  for (const auto& [upid, process] : machine_.processes()) add_images(process, known);
  const std::string maps = memory_.maps(orphan);
  look.placed = images_.placed_in(orphan, maps, known, ImageStore::Known::may_stand_there);
  const bool is_hidden = maps.empty();  // PR_SET_DUMPABLE, prctl(2)
  if (is_hidden && !machine_.dropped().empty()) look.placed = machine_.dropped().back().memory->images();
  look.annex = annexes_.last_in(maps);
  if (environments_.mode() != EnvMode::none || output_limit_ != 0)
    environments_.began(orphan, read_proc_file(orphan, "environ", Environments::kBytesMax + 1));
  look.program.trap_blocked = status_has_signal(orphan, "SigBlk", SIGTRAP);
  look.program.trap_ignored = status_has_signal(orphan, "SigIgn", SIGTRAP);
  return {.tid = orphan, .what = look};
}

void Observer::read_images(Tid tid) {
  ExecDetail program;
  std::vector<Placed> placed;
  program.path = read_proc_link(tid, "exe");
  read_images(tid, program, placed);
}

// Of a program that is new: what is open is still of the one before.
void Observer::read_images(Tid tid, ExecDetail& exec, std::vector<Placed>& placed) {
  const auto image = images_.of_process(tid, exec.path);
  if (!image) return;
  exec.image = image->id;
  const bool may_load = images_.may_load_probes(image->image, tid);
  if (may_load) {
    placed = images_.placed_in(tid, read_proc_file(tid, "maps"), {});
    std::erase_if(placed, [&image](Placed other) { return other.image == image->id; });
  }
  const bool has_own = !image->table->is_empty() && !(image->table->watches.empty() && machine_.saw_all(*image->table));
  if (!may_load && !has_own) return;
  if (arch::mode_of(image->image.elf_machine) == arch::Mode::bits32)
    if (const auto vdso = images_.vdso_in(tid)) placed.push_back(*vdso);
  exec.trap_blocked = status_has_signal(tid, "SigBlk", SIGTRAP);
  exec.trap_ignored = status_has_signal(tid, "SigIgn", SIGTRAP);
  if (!has_own) return;
  if (const auto entry = auxiliary_value(tid, AT_ENTRY)) exec.bias = Address{*entry} - image->image.entry;
}

}  // namespace recount

#include "tracer/crash/crash_reader.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "tracer/base/clock.hpp"
#include "tracer/base/error.hpp"
#include "tracer/base/packing.hpp"
#include "tracer/crash/crash_server.hpp"
#include "tracer/crash/waiting.hpp"
#include "tracer/process/messages.hpp"
#include "tracer/process/proc_file.hpp"
#include "tracer/process/ptrace_request.hpp"

namespace recount {
namespace {

constexpr std::size_t kOtherThreadsMax = 32;
constexpr std::int64_t kMillisecondNs = 1'000'000;
// How long they may take to stop; what the recorder kills has nobody who waits.
constexpr std::int64_t kAllStoppedNs = 10'000'000, kKilledStoppedNs = 500'000'000;

// signal(7), "Core": what a program does not expect.
bool is_accident(int signal) {
  switch (signal) {
    case SIGILL:
    case SIGTRAP:
    case SIGABRT:
    case SIGBUS:
    case SIGFPE:
    case SIGSEGV:
    case SIGSYS:
    case SIGXCPU:
    case SIGXFSZ: return true;
    default: return false;
  }
}

// A folder has two links, and this one another for each thread (proc_task_getattr, fs/proc/base.c; Linux 6.18).
bool is_alone(Tid tid) {
  struct stat folder {};
  return ::stat(proc_path(tid, "task").c_str(), &folder) == 0 && folder.st_nlink == 3;
}

// `tid` first.
std::vector<Tid> threads_of(Tid tid) {
  std::vector<Tid> all{tid};
  if (is_alone(tid)) return all;
  std::error_code error;
  std::filesystem::directory_iterator entry(proc_path(tid, "task"), error);
  for (; !error && entry != std::filesystem::directory_iterator() && all.size() <= kOtherThreadsMax;
       entry.increment(error)) {
    const int other = std::atoi(entry->path().filename().c_str());
    if (other > 0 && other != raw(tid)) all.push_back(Tid{other});
  }
  return all;
}

// "NUMBER ARGUMENT... SP PC", "-1 SP PC", or "running" (proc(5), /proc/PID/syscall).
std::optional<StackRegisters> blocked_at(Tid tid, arch::Mode mode) {
  std::istringstream text(read_proc_file(tid, "syscall"));
  std::vector<std::string> words;
  for (std::string word; text >> word;) words.push_back(word);
  if (words.size() < 3) return std::nullopt;
  const std::size_t count = mode == arch::Mode::bits32 ? StackRegisters::kCountOf32Bits : StackRegisters::kCount;
  StackRegisters registers{std::vector<std::uint64_t>(count), false};
  registers.sp() = std::strtoull(words[words.size() - 2].c_str(), nullptr, 16);
  registers.pc() = std::strtoull(words.back().c_str(), nullptr, 16);
  return registers;
}

// proc(5), /proc/PID/comm: with a newline behind it.
std::string name_of(Tid tid) {
  std::string name = read_proc_file(tid, "comm");
  if (name.ends_with('\n')) name.pop_back();
  return name;
}

// Used by the process. 0: nobody knows.
std::int64_t cpu_ns(pid_t pid) {
  clockid_t clock{};
  timespec used{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &used) != 0) return 0;
  return std::int64_t{used.tv_sec} * 1'000'000'000 + used.tv_nsec;
}

}  // namespace

struct CrashReader::Seen {
  Tid tid{};
  StackRegisters registers;
  std::optional<arch::Registers> all;          // nothing: it could not stop
  std::optional<arch::BrokenOffCall> waiting;  // nothing: it ran

  // It was interrupted, and stops as soon as it can: then its registers can be read, whether wait4 has told of the stop or not
  // (ptrace_check_attach, kernel/ptrace.c). One that cannot stop waits in the kernel.
  // Its mode is then taken to be that of the others.
  static std::optional<Seen> of(Tid tid, arch::Mode mode, std::int64_t deadline_ns) {
    arch::Registers registers{};
    while (ptrace_request(PTRACE_GETREGS, tid, 0, &registers) != 0) {
      if (monotonic_ns() < deadline_ns) {
        ::sched_yield();
        continue;
      }
      auto blocked = blocked_at(tid, mode);
      if (!blocked) return std::nullopt;
      return Seen{tid, std::move(*blocked), {}, call_in_proc(tid, mode)};
    }
    return Seen{tid, {arch::by_dwarf(registers), true}, registers, arch::broken_off_call(registers)};
  }
};

std::shared_ptr<const Crash> CrashReader::read(Tid tid, int signal) {
  const std::int64_t start_ns = monotonic_ns();
  const bool is_left_out = taken_ns_ >= kAllMaxNs || (!is_accident(signal) && asked_taken_ns_ >= kAskedMaxNs);
  left_out_ += is_left_out ? 1 : 0;
  if (is_left_out) return nullptr;
  std::vector<Seen> threads;
  const std::int64_t stopped_ns = start_ns + (signal == SIGKILL ? kKilledStoppedNs : kAllStoppedNs);
  for (const Tid one : threads_of(tid)) {
    const bool is_narrow = !threads.empty() && threads.front().registers.is_narrow();
    const arch::Mode mode = is_narrow ? arch::Mode::bits32 : arch::Mode::bits64;
    if (auto seen = Seen::of(one, mode, stopped_ns)) threads.push_back(std::move(*seen));
  }
  if (threads.empty() || threads.front().tid != tid) return nullptr;
  auto crash = std::make_shared<Crash>();
  crash->tid = tid;
  crash->title = read_proc_words(tid, "cmdline");
  if (threads.front().all) crash->registers = arch::named(*threads.front().all);
  try {
    ask(threads, signal, *crash, start_ns);
  } catch (const RecordError& error) {
    stop();
    crash->reason = std::string("its stacks can't be walked: ") + error.what();
  }
  crash->took_ns = monotonic_ns() - start_ns;
  taken_ns_ += crash->took_ns;
  if (!is_accident(signal)) asked_taken_ns_ += crash->took_ns;
  return crash;
}

void CrashReader::ask(const std::vector<Seen>& threads, int signal, Crash& crash, std::int64_t start_ns) {
  const Seen& first = threads.front();
  const UniqueFd only_read(::open(proc_path(first.tid, "mem").c_str(), O_RDONLY | O_CLOEXEC));
  const int memory = only_read ? only_read.get() : memory_.file_of(first.tid);
  if (memory < 0) {
    crash.reason = std::string("its memory can't be read: ") + ::strerror(errno);
    return;
  }
  if (is_unnamed_ || (names_ && names_->has_failed())) restart();
  if (!process_) start();
  CrashRequest request{++crashes_, raw(first.tid), signal, first.registers, memory_.maps(first.tid), {}, {}};
  for (auto other = threads.begin() + 1; other != threads.end(); ++other) {
    request.other_tids.push_back(raw(other->tid));
    request.other_registers.push_back(other->registers);
  }
  if (send(request, memory)) {
    take_answer(crash, start_ns);
  } else {
    process_->kill();  // it may be stopped
    crash.reason = death();
  }
  for (CrashThread& thread : crash.threads) {
    thread.name = name_of(thread.tid);
    const auto seen =
        std::find_if(threads.begin(), threads.end(), [&thread](const Seen& one) { return one.tid == thread.tid; });
    if (seen != threads.end() && seen->waiting)
      thread.wait = wait_of(thread.tid, *seen->waiting, thread.frames, memory);
  }
}

void CrashReader::start() {
  process_ = std::make_unique<ChildProcess>([this](int socket) { serve_crashes(socket, subject_); });
  set_time_limit(process_->socket(), kWaitMaxNs);
  std::uint8_t nothing = 0;
  std::array<int, 2> ends{-1, -1};
  try {
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
      throw RecordError(std::string("cannot create a socket: ") + ::strerror(errno));
    const UniqueFd asks(ends[0]), answers(ends[1]);
    names_ = std::make_shared<CrashNames>(subject_, answers.get());
    send_with_fd(process_->socket(), {&nothing, 1}, asks.get());
  } catch (const RecordError& error) {
    unnamed_ = error.what();
    send_all(process_->socket(), &nothing, 1);
  }
}

// Not for ever, and not where there was no room for it before.
void CrashReader::restart() {
  constexpr int kRestartsMax = 100;
  if (!unnamed_.empty() || ++restarts_ > kRestartsMax) return;
  stop();
  is_unnamed_ = false;
}

// Who names goes when no crash waits for it any more.
void CrashReader::stop() {
  process_.reset();
  names_.reset();
}

// At once: each sending wakes the other.
bool CrashReader::send(CrashRequest& request, int memory) {
  const std::string bytes = pack(request);
  const CrashRequestHead head{bytes.size()};
  std::vector<std::uint8_t> whole(sizeof head);
  ::memcpy(whole.data(), &head, sizeof head);
  whole.insert(whole.end(), bytes.begin(), bytes.end());
  return send_with_fd(process_->socket(), whole, memory);
}

// Until it answers, or has ended. False: it takes too long.
bool CrashReader::wait_for_answer(std::int64_t start_ns, std::int64_t used_before_ns) const {
  std::int64_t deadline_ns = start_ns + kTimeMaxNs;
  for (;;) {
    const std::int64_t left_ns = deadline_ns - monotonic_ns();
    pollfd answer{process_->socket(), POLLIN, 0};
    if (left_ns > 0 && ::poll(&answer, 1, static_cast<int>(left_ns / kMillisecondNs) + 1) > 0) return true;
    if (monotonic_ns() < deadline_ns) continue;
    const std::int64_t unused_ns = kTimeMaxNs - (cpu_ns(process_->pid()) - used_before_ns);
    if (unused_ns <= 0 || deadline_ns >= start_ns + kWaitMaxNs) return false;
    deadline_ns = std::min(monotonic_ns() + unused_ns, start_ns + kWaitMaxNs);
  }
}

void CrashReader::take_answer(Crash& crash, std::int64_t start_ns) {
  const std::int64_t used_before_ns = cpu_ns(process_->pid());
  Naming naming = Naming::by_nobody;
  for (bool is_last = false; !is_last;) {
    const bool is_late = !wait_for_answer(start_ns, used_before_ns);
    const auto answer = is_late ? std::nullopt : receive_answer(process_->socket());
    if (!answer) {
      if (is_late) process_->kill();
      const std::string how = death();
      crash.reason = is_late ? "walking its stacks took more than a second" : how;
      return;
    }
    auto part = unpacked<CrashPart>(answer->bytes);
    if (!part) {
      stop();
      crash.reason = "the stack walker was led astray by its images";
      return;
    }
    naming = part->naming;
    add_part(std::move(*part), crash);
    is_last = answer->is_last;
  }
  crash.number = crashes_;
  is_unnamed_ = naming == Naming::by_nobody;
  if (naming == Naming::asked_for) crash.names = names_;
  if (naming == Naming::too_many) crash.reason = "its lines are not told: naming those of others takes too long";
  if (is_unnamed_)
    crash.reason = "its lines are not told: " + (unnamed_.empty() ? "the process that names them has ended" : unnamed_);
}

std::string CrashReader::death() {
  const WaitStatus status = process_->end();
  stop();
  if (!status.signaled()) return "the stack walker gave up";
  return std::string("the stack walker died of SIG") + ::sigabbrev_np(status.term_signal());
}

}  // namespace recount

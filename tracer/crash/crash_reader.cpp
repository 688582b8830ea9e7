#include "tracer/crash/crash_reader.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "tracer/base/clock.hpp"
#include "tracer/base/error.hpp"
#include "tracer/base/packing.hpp"
#include "tracer/crash/crash_server.hpp"
#include "tracer/process/messages.hpp"
#include "tracer/process/proc_file.hpp"
#include "tracer/process/ptrace_request.hpp"

namespace recount {
namespace {

constexpr std::size_t kOtherThreadsMax = 32;
constexpr std::size_t kFunctionMax = 4096;
constexpr std::int64_t kAllStoppedNs = 10'000'000;

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

std::vector<std::int32_t> other_threads(Tid tid) {
  std::vector<std::int32_t> all;
  std::error_code error;
  std::filesystem::directory_iterator entry(proc_path(tid, "task"), error);
  for (; !error && entry != std::filesystem::directory_iterator() && all.size() < kOtherThreadsMax;
       entry.increment(error)) {
    const int other = std::atoi(entry->path().filename().c_str());
    if (other > 0 && other != raw(tid)) all.push_back(other);
  }
  return all;
}

// "NUMBER ARGUMENT... SP PC", "-1 SP PC", or "running" (proc(5), /proc/PID/syscall).
std::optional<StackRegisters> blocked_at(Tid tid) {
  std::istringstream text(read_proc_file(tid, "syscall"));
  std::vector<std::string> words;
  for (std::string word; text >> word;) words.push_back(word);
  if (words.size() < 3) return std::nullopt;
  StackRegisters registers{std::vector<std::uint64_t>(StackRegisters::kCount), false};
  registers.values[StackRegisters::kRsp] = std::strtoull(words[words.size() - 2].c_str(), nullptr, 16);
  registers.values[StackRegisters::kPc] = std::strtoull(words.back().c_str(), nullptr, 16);
  return registers;
}

// It was interrupted, and stops as soon as it can: then its registers can be read, whether wait4 has told of the stop or not
// (ptrace_check_attach, kernel/ptrace.c). One that cannot stop waits in the kernel.
std::optional<StackRegisters> stopped_at(Tid tid, std::int64_t deadline_ns) {
  arch::Registers registers{};
  while (ptrace_request(PTRACE_GETREGS, tid, 0, &registers) != 0) {
    if (monotonic_ns() >= deadline_ns) return blocked_at(tid);
    ::sched_yield();
  }
  return StackRegisters{arch::by_dwarf(registers), true};
}

void add_other_threads(Tid tid, CrashRequest& request) {
  const std::int64_t deadline_ns = monotonic_ns() + kAllStoppedNs;
  for (const std::int32_t other : other_threads(tid)) {
    auto registers = stopped_at(Tid{other}, deadline_ns);
    if (!registers) continue;
    request.other_tids.push_back(other);
    request.other_registers.push_back(std::move(*registers));
  }
}

void set_time_limit(int socket, std::int64_t left_ns) {
  const std::int64_t us = std::max<std::int64_t>(left_ns / 1000, 1);
  const timeval limit{us / 1'000'000, us % 1'000'000};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

// What comes from there is believed as far as it fits.
void add_part(CrashPart part, Crash& crash) {
  for (CrashImage& image : part.images) crash.images.push_back(std::move(image));
  if (part.frames.size() > kCrashFramesMax) part.frames.resize(kCrashFramesMax);
  for (CrashFrame& frame : part.frames)
    if (frame.function.size() > kFunctionMax) frame.function.resize(kFunctionMax);
  if (part.tid == 0) return;
  const auto known = std::find_if(crash.threads.begin(), crash.threads.end(),
                                  [&part](const CrashThread& thread) { return raw(thread.tid) == part.tid; });
  if (known == crash.threads.end())
    crash.threads.push_back({Tid{part.tid}, std::move(part.frames)});
  else
    known->frames = std::move(part.frames);
}

}  // namespace

std::shared_ptr<const Crash> CrashReader::read(Tid tid, int signal) {
  const std::int64_t start_ns = monotonic_ns();
  const bool is_left_out = taken_ns_ >= kAllMaxNs || (!is_accident(signal) && asked_taken_ns_ >= kAskedMaxNs);
  left_out_ += is_left_out ? 1 : 0;
  arch::Registers registers{};
  if (is_left_out || ptrace_request(PTRACE_GETREGS, tid, 0, &registers) != 0) return nullptr;
  auto crash = std::make_shared<Crash>();
  crash->registers = arch::named(registers);
  try {
    ask(tid, registers, *crash);
  } catch (const RecordError& error) {
    process_.reset();
    crash->reason = std::string("its stacks can't be walked: ") + error.what();
  }
  crash->took_ns = monotonic_ns() - start_ns;
  taken_ns_ += crash->took_ns;
  if (!is_accident(signal)) asked_taken_ns_ += crash->took_ns;
  return crash;
}

void CrashReader::ask(Tid tid, const arch::Registers& registers, Crash& crash) {
  const std::int64_t deadline_ns = monotonic_ns() + kTimeMaxNs;
  const UniqueFd memory(::open(proc_path(tid, "mem").c_str(), O_RDONLY | O_CLOEXEC));
  if (!memory) {
    crash.reason = std::string("its memory can't be read: ") + ::strerror(errno);
    return;
  }
  CrashRequest request{raw(tid), {arch::by_dwarf(registers), true}, read_proc_file(tid, "maps"), {}, {}};
  add_other_threads(tid, request);
  if (!process_) process_ = std::make_unique<ChildProcess>([this](int socket) { serve_crashes(socket, subject_); });
  if (send(request, memory.get()))
    take_answer(crash, deadline_ns);
  else
    crash.reason = death();
}

bool CrashReader::send(const CrashRequest& request, int memory) {
  CrashRequest copy = request;
  const std::string bytes = pack(copy);
  CrashRequestHead head{bytes.size()};
  return send_with_fd(process_->socket(), {reinterpret_cast<std::uint8_t*>(&head), sizeof head}, memory) &&
         send_all(process_->socket(), bytes.data(), bytes.size());
}

void CrashReader::take_answer(Crash& crash, std::int64_t deadline_ns) {
  for (bool is_last = false; !is_last;) {
    const std::int64_t left_ns = deadline_ns - monotonic_ns();
    set_time_limit(process_->socket(), left_ns);
    const auto answer = left_ns > 0 ? receive_answer(process_->socket()) : std::nullopt;
    if (!answer) {
      const bool late = monotonic_ns() >= deadline_ns;
      if (late) ::kill(process_->pid(), SIGKILL);
      const std::string how = death();
      crash.reason = late ? "walking its stacks took more than a second" : how;
      return;
    }
    auto part =
        unpacked<CrashPart>({reinterpret_cast<const std::uint8_t*>(answer->bytes.data()), answer->bytes.size()});
    if (!part) {
      ::kill(process_->pid(), SIGKILL);
      death();
      crash.reason = "the stack walker was led astray by its images";
      return;
    }
    add_part(std::move(*part), crash);
    is_last = answer->is_last;
  }
}

std::string CrashReader::death() {
  const WaitStatus status = process_->end();
  process_.reset();
  if (!status.signaled()) return "the stack walker gave up";
  return std::string("the stack walker died of SIG") + ::sigabbrev_np(status.term_signal());
}

}  // namespace recount

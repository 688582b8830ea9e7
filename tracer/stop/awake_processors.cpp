#include "tracer/stop/awake_processors.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "tracer/base/clock.hpp"
#include "tracer/base/quiet_thread.hpp"
#include "tracer/process/proc_file.hpp"

namespace recount {
namespace {

constexpr int kPausesBetweenLooks = 16;
constexpr int kNiceMax = 19;

std::size_t spare_processors() {
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 0;
  const int processors = CPU_COUNT(&allowed);
  return processors > AwakeProcessors::kProcessorsMax ? 0 : static_cast<std::size_t>(processors - 1);
}

// The 39th field, the 37th behind the name in its parentheses (proc(5)). -1: the thread is gone.
int processor_of(Tid tid) {
  const std::string stat = read_proc_file(tid, "stat");
  std::size_t at = stat.rfind(')');
  for (int field = 2; field < 39 && at != std::string::npos; ++field) at = stat.find(' ', at + 1);
  return at == std::string::npos ? -1 : std::atoi(stat.c_str() + at);
}

cpu_set_t only(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(processor), &set);
  return set;
}

// Of the calling thread alone: Linux gives each its own nice value (setpriority(2), "C library/kernel differences").
bool give_way() {
  const sched_param none{};
  return ::sched_setscheduler(0, SCHED_BATCH, &none) == 0 &&
         ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNiceMax) == 0;
}

}  // namespace

AwakeProcessors::AwakeProcessors(Awake mode) : choice_(mode), threads_wanted_(spare_processors()) {}

AwakeProcessors::~AwakeProcessors() {
  is_over_ = true;
  wake();
  for (std::thread& thread : threads_) thread.join();
}

void AwakeProcessors::waited(Tid tid, std::int64_t wait_ns, std::int64_t now_ns) {
  if (threads_wanted_ == 0) return;
  if (choice_.waited(wait_ns)) {
    const bool begins = until_ns_.load(std::memory_order_relaxed) == 0;
    until_ns_ = now_ns + kLingerNs;
    if (threads_.empty()) start();
    if (sleepers_ > 0) wake();
    slow_ = begins ? kSlowMax : slow_ + (wait_ns > kSlowNs ? 1 : 0);
    if (slow_ >= kSlowMax) join(tid);
  } else if (until_ns_.load(std::memory_order_relaxed) != 0) {
    until_ns_ = 0;
  }
}

void AwakeProcessors::start() {
  try {
    while (threads_.size() < threads_wanted_) threads_.push_back(thread_without_signals([this] { stay_awake(); }));
  } catch (const RecordError&) {
    threads_wanted_ = 0;  // no more threads may be made: the run goes on as it would without
    is_over_ = true;
  }
}

// Failures are no harm: then it is as it was.
void AwakeProcessors::join(Tid tid) {
  slow_ = 0;
  cpu_set_t ours;
  const int its = processor_of(tid);
  if (its < 0 || its >= CPU_SETSIZE || ::sched_getaffinity(0, sizeof ours, &ours) != 0) return;
  if (!CPU_ISSET(static_cast<unsigned>(its), &ours)) return;  // the program may be where we may not
  auto thread = threads_.begin();
  for (int other = 0; other < CPU_SETSIZE && thread != threads_.end(); ++other) {
    if (other == its || !CPU_ISSET(static_cast<unsigned>(other), &ours)) continue;
    const cpu_set_t place = only(other);
    ::pthread_setaffinity_np((thread++)->native_handle(), sizeof place, &place);
  }
  const cpu_set_t place = only(its);
  ::sched_setaffinity(0, sizeof place, &place);
  ::sched_setaffinity(0, sizeof ours, &ours);
}

void AwakeProcessors::wake() {
  ++rounds_;
  rounds_.notify_all();
}

// Who goes to sleep says so before it looks at the time for the last time, and who sets the time looks for sleepers after it.
void AwakeProcessors::stay_awake() {
  if (!give_way()) return;
  while (!is_over_) {
    const std::uint32_t round = rounds_;
    if (monotonic_ns() >= until_ns_) {
      ++sleepers_;
      if (monotonic_ns() >= until_ns_ && !is_over_) rounds_.wait(round);
      --sleepers_;
    }
    for (int i = 0; i < kPausesBetweenLooks; ++i) __builtin_ia32_pause();
  }
}

}  // namespace recount

#include "tracer/awake_processors.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <system_error>

#include "tracer/quiet_thread.hpp"
#include "tracer/waiter.hpp"

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

void AwakeProcessors::waited(std::int64_t wait_ns, std::int64_t now_ns) {
  if (threads_wanted_ == 0) return;
  if (choice_.waited(wait_ns)) {
    until_ns_ = now_ns + kLingerNs;
    if (threads_.empty()) start();
    if (sleepers_ > 0) wake();
  } else if (until_ns_.load(std::memory_order_relaxed) != 0) {
    until_ns_ = 0;
  }
}

void AwakeProcessors::start() {
  try {
    while (threads_.size() < threads_wanted_) threads_.push_back(thread_without_signals([this] { stay_awake(); }));
  } catch (const std::system_error&) {
    threads_wanted_ = 0;  // no more threads may be made: the run goes on as it would without
    is_over_ = true;
  }
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

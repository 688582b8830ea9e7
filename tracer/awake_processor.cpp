#include "tracer/awake_processor.hpp"

#include <cstdlib>
#include <system_error>

#include "tracer/proc_file.hpp"
#include "tracer/quiet_thread.hpp"
#include "tracer/waiter.hpp"

namespace recount {
namespace {

constexpr int kPausesBetweenLooks = 16;

// The 39th field, the 37th behind the name in its parentheses (proc(5)). -1: the thread is gone.
int processor_of(Tid tid) {
  const std::string stat = read_proc_file(tid, "stat");
  std::size_t at = stat.rfind(')');
  for (int field = 2; field < 39 && at != std::string::npos; ++field) at = stat.find(' ', at + 1);
  return at == std::string::npos ? -1 : std::atoi(stat.c_str() + at);
}

}  // namespace

AwakeProcessor::AwakeProcessor(Awake mode) : choice_(mode) {
  is_alone_ = ::sched_getaffinity(0, sizeof allowed_, &allowed_) != 0 || CPU_COUNT(&allowed_) < 2;
}

AwakeProcessor::~AwakeProcessor() {
  if (!thread_.joinable()) return;
  is_over_ = true;
  is_asleep_ = false;
  is_asleep_.notify_one();
  thread_.join();
}

void AwakeProcessor::waited(Tid tid, std::int64_t wait_ns, std::int64_t now_ns) {
  if (is_alone_) return;
  if (!choice_.waited(wait_ns)) {
    if (until_ns_.load(std::memory_order_relaxed) != 0) until_ns_ = 0;
    return;
  }
  tid_.store(tid, std::memory_order_relaxed);
  recorder_cpu_.store(::sched_getcpu(), std::memory_order_relaxed);
  until_ns_ = now_ns + kLingerNs;
  if (!is_asleep_) return;
  if (!thread_.joinable()) start();
  is_asleep_ = false;
  is_asleep_.notify_one();
}

void AwakeProcessor::start() {
  try {
    thread_ = thread_without_signals([this] { stay_awake(); });
  } catch (const std::system_error&) {
    is_alone_ = true;  // no more threads may be made: the run goes on as it would without
  }
}

void AwakeProcessor::stay_awake() {
  const sched_param none{};
  if (::sched_setscheduler(0, SCHED_IDLE, &none) != 0) return;  // never in anybody's way, or not at all
  std::int64_t follow_ns = 0;
  while (!is_over_) {
    const std::int64_t now = monotonic_ns();
    if (now >= until_ns_) {
      is_asleep_ = true;
      if (monotonic_ns() >= until_ns_ && !is_over_) is_asleep_.wait(true);
      is_asleep_ = false;
    } else if (now >= follow_ns) {
      follow();
      follow_ns = now + kFollowNs;
    }
    for (int i = 0; i < kPausesBetweenLooks; ++i) __builtin_ia32_pause();
  }
}

// If both are on one processor now, one of them has just left another, and will go back there.
void AwakeProcessor::follow() {
  if (CPU_COUNT(&allowed_) == 2) return;
  const int ours = recorder_cpu_.load(std::memory_order_relaxed);
  const int its = processor_of(tid_.load(std::memory_order_relaxed));
  if (its < 0 || its >= CPU_SETSIZE || its == ours) return;
  cpu_set_t both;
  CPU_ZERO(&both);
  CPU_SET(static_cast<unsigned>(ours), &both);
  CPU_SET(static_cast<unsigned>(its), &both);
  ::sched_setaffinity(0, sizeof both, &both);
}

}  // namespace recount

#include "tracer/crash/crash_names.hpp"

#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "tracer/base/clock.hpp"
#include "tracer/base/packing.hpp"
#include "tracer/crash/name_server.hpp"
#include "tracer/process/messages.hpp"

namespace recount {
namespace {

constexpr std::size_t kFunctionMax = 4096, kWordsMax = 8192;
constexpr std::int64_t kMillisecondNs = 1'000'000;

// Something, by then at the latest.
bool is_told_by(int socket, std::int64_t deadline_ns) {
  for (;;) {
    pollfd answer{socket, POLLIN, 0};
    const std::int64_t left_ns = std::max<std::int64_t>(deadline_ns - monotonic_ns(), 0);
    const auto left_ms = static_cast<int>((left_ns + kMillisecondNs - 1) / kMillisecondNs);
    if (::poll(&answer, 1, left_ms) > 0) return true;
    if (left_ns == 0) return false;
  }
}

}  // namespace

FileState FileState::of(int file) {
  struct stat now {};
  if (::fstat(file, &now) != 0) return {};
  const auto ns = [](const timespec& t) { return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec; };
  return {static_cast<std::uint64_t>(now.st_size), ns(now.st_mtim), ns(now.st_ctim)};
}

void add_part(CrashPart part, Crash& crash) {
  for (CrashImage& image : part.images) crash.images.push_back(std::move(image));
  if (!part.words.empty()) crash.words = part.words.substr(0, kWordsMax);
  if (!part.reason.empty() && crash.reason.empty()) crash.reason = part.reason;
  if (part.frames.size() > kCrashFramesMax) part.frames.resize(kCrashFramesMax);
  for (CrashFrame& frame : part.frames)
    if (frame.function.size() > kFunctionMax) frame.function.resize(kFunctionMax);
  if (part.tid == 0) return;
  const auto known = std::find_if(crash.threads.begin(), crash.threads.end(),
                                  [&part](const CrashThread& thread) { return raw(thread.tid) == part.tid; });
  if (known == crash.threads.end())
    crash.threads.push_back({Tid{part.tid}, {}, std::move(part.frames), {}});
  else
    known->frames = std::move(part.frames);
}

CrashNames::CrashNames(const ImageSubject& subject, int answers)
    : process_([&subject](int socket) { serve_names(socket, subject); }) {
  set_time_limit(process_.socket(), kWaitMaxNs);
  std::uint8_t nothing = 0;
  send_with_fd(process_.socket(), {&nothing, 1}, answers);
}

bool CrashNames::add_to(Crash& crash, std::int64_t until_ns) {
  if (std::exchange(asked_for_, crash.number) != crash.number) asked_ns_ = monotonic_ns();
  if (!has_failed_ && !take(crash, until_ns)) return false;
  if (has_failed_ && crash.reason.empty()) crash.reason = "its lines are not told: " + failure_;
  return true;
}

// What is told of others was for crashes that nobody asks about any more. False: there is more to come.
bool CrashNames::take(Crash& crash, std::int64_t until_ns) {
  const std::int64_t deadline_ns = asked_ns_ + kWaitMaxNs;
  for (bool is_last = false; !is_last;) {
    if (!is_told_by(process_.socket(), std::min(until_ns, deadline_ns))) {
      if (until_ns == 0 && monotonic_ns() < deadline_ns) return false;
      return fail("naming them took too long");
    }
    const auto answer = receive_answer(process_.socket());
    auto part = answer ? unpacked<CrashPart>(answer->bytes) : std::nullopt;
    if (!part) return fail("the process that names them has ended");
    if (part->crash != crash.number) continue;
    is_last = answer->is_last;
    add_part(std::move(*part), crash);
  }
  return true;
}

bool CrashNames::fail(const std::string& why) {
  process_.kill();
  failure_ = why;
  has_failed_ = true;
  return true;
}

}  // namespace recount

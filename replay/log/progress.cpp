#include "replay/log/progress.hpp"

#include <sqlite3.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "replay/log/log_file.hpp"
#include "replay/text/text.hpp"

namespace recount {
namespace {

bool is_allowed = false;
bool is_taken = false;  // by the outermost

constexpr std::chrono::milliseconds kPause{100};
constexpr int kStepsOfSqlite = 10'000;  // between two looks; far less than kPause

std::chrono::milliseconds delay() {
  const char* const seconds = std::getenv("RECOUNT_PROGRESS_DELAY");
  const double number = seconds && *seconds ? std::strtod(seconds, nullptr) : 1;
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::clamp(number, 0.0, 1e6) * 1000));
}

void show(const std::string& text) {
  for (std::string_view left = text; !left.empty();) {
    const ssize_t written = write(STDERR_FILENO, left.data(), left.size());
    if (written <= 0) return;
    left.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::size_t columns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

}  // namespace

void Progress::allow(bool allowed) noexcept { is_allowed = allowed; }

bool Progress::may_show() {
  const char* const terminal = std::getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && terminal && std::string_view(terminal) != "dumb";
}

Progress::Progress(std::string what, std::uint64_t total)
    : what_(std::move(what)), total_(total), on_(is_allowed && !is_taken) {
  if (!on_) return;
  is_taken = true;
  start_ = Clock::now();
  next_ = start_ + delay();
}

Progress::~Progress() {
  if (!on_) return;
  is_taken = false;
  if (shown_) show("\r\x1b[K");
}

void Progress::look(std::uint64_t done) {
  if (!on_) return;
  const Clock::time_point now = Clock::now();
  if (now < next_) return;
  next_ = now + kPause;
  shown_ = true;
  // The last column stays free: a terminal that was written full begins a new line.
  show("\r" + shortened(text(done), columns() - 1) + "\x1b[K");
}

std::string Progress::text(std::uint64_t done) const {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - start_).count();
  const std::string share = total_ == 0 ? std::to_string(seconds) + " s"
                                        : std::to_string(std::min<std::uint64_t>(99, done * 100 / total_)) + " %";
  return share + ", " + visible(what_);
}

Progress reading(const LogFile& log) {
  Statement last(log.database(), "SELECT MAX(seq) FROM trace_event");
  const std::int64_t events = is_allowed && last.step() ? last.integer(0) : 0;
  return {"reading " + log.path(), static_cast<std::uint64_t>(std::max<std::int64_t>(0, events))};
}

SqlProgress::SqlProgress(std::string what, sqlite3* database) : progress_(std::move(what), 0), database_(database) {
  watch();
}

SqlProgress::~SqlProgress() { sqlite3_progress_handler(database_, 0, nullptr, nullptr); }

void SqlProgress::end_when(std::function<bool()> wanted) {
  wanted_ = std::move(wanted);
  watch();
}

void SqlProgress::watch() {
  const bool has_work = progress_.on() || wanted_;
  sqlite3_progress_handler(database_, has_work ? kStepsOfSqlite : 0, has_work ? tick : nullptr, this);
}

int SqlProgress::tick(void* self) {
  auto& progress = *static_cast<SqlProgress*>(self);
  progress.progress_.look(0);
  return progress.wanted_ && progress.wanted_() ? 1 : 0;
}

}  // namespace recount

// What a long command is at, on one line of a terminal.
//
//   Progress::allow(true);                               // once: stderr is a terminal, and may
//   have it Progress progress("reading " + path, events);        // of 0: nobody knows how many;
//   seconds are shown while (...) progress.at(++done);
//
// The line appears on stderr after a second (RECOUNT_PROGRESS_DELAY says after how many), changes
// at most ten times a second, and is gone when the object is. Whoever writes to the terminal does
// it before or after. Objects may be nested: the outermost is shown. Of one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

struct sqlite3;

namespace recount {

class LogFile;

class Progress {
 public:
  static void allow(bool allowed) noexcept;  // false until somebody says otherwise
  static bool may_show();                    // stderr is a terminal that can erase a line

  Progress(std::string what, std::uint64_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  bool on() const noexcept { return on_; }  // false: at() does nothing
  void set_total(std::uint64_t total) noexcept { total_ = total; }
  void at(std::uint64_t done) {
    if (on_ && (++calls_ & 0xff) == 0) look(done);
  }
  void look(std::uint64_t done);  // the same at once, if it is time

 private:
  using Clock = std::chrono::steady_clock;
  std::string text(std::uint64_t done) const;

  std::string what_;
  std::uint64_t total_;
  bool on_;
  std::uint32_t calls_ = 0;
  Clock::time_point start_, next_;
  bool shown_ = false;
};

// Of whoever goes through all events of a log: at() takes their seq.
Progress reading(const LogFile& log);

// While it lives, what SQLite does for this database is progress without a number, and may be ended.
class SqlProgress {
 public:
  SqlProgress(std::string what, sqlite3* database);
  ~SqlProgress();
  SqlProgress(const SqlProgress&) = delete;
  SqlProgress& operator=(const SqlProgress&) = delete;
  void end_when(std::function<bool()> wanted);  // statements then fail with SQLITE_INTERRUPT; empty: never

 private:
  static int tick(void* self);
  void watch();
  Progress progress_;
  sqlite3* database_;
  std::function<bool()> wanted_;
};

}  // namespace recount

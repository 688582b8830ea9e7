// Writes the log on a thread of its own, off the path of the stops.
//
//   file.fill(empty_log(run));         // output_file.hpp
//   LogWriter log(path);
//   log.push(items);                   // all that one step led to: it is committed as a whole or not at all
//   log.finish("complete", end);       // waits for the rest, seals the file; false: something is missing in it
//
// Rows are committed when about 1,000 have come, or 100 ms after the first. The file is a rollback-journal database, kept
// locked while it is written: a reader cannot make the writer wait, and a log whose recorder was killed is one file that
// SQLite brings back to the last commit.
//
// Trouble (a full disk, a file that is gone) never throws into the tracer: failed() turns true, what comes after is
// dropped, and what was committed stays. If the writer falls behind by more than kItemsMax items, push() waits.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tracer/log/log_item.hpp"

namespace recount {

// The bytes of a file with the schema, the vocabulary and the run itself, with status running and no event. It is made in
// memory: a file that SQLite writes would have a journal beside it.
std::string empty_log(const RunInfo& run);

class LogTables;

class LogWriter {
 public:
  explicit LogWriter(const std::string& path);
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  void start();                            // the writing thread; before it, nothing is pushed
  void push(std::vector<LogItem>& items);  // leaves `items` empty; from any thread
  void give_up(const std::string& why);    // nothing more is written
  bool failed() const noexcept { return failed_; }
  std::string failure() const;

  bool finish(const RunEnd& end);

 private:
  void write_batches();
  void write_batch(const std::vector<LogItem>& batch);
  void name_crashes(std::int64_t until_ns);
  template <typename Write>
  void write(Write write_all);  // in one transaction
  bool next_batch(std::vector<LogItem>& batch);

  static constexpr std::size_t kBatch = 1000;
  static constexpr std::size_t kItemsMax = 65'536;

  std::unique_ptr<LogTables> tables_;
  mutable std::mutex mutex_;
  std::condition_variable wake_writer_;
  std::condition_variable wake_pushers_;
  std::vector<LogItem> queue_;
  bool finishing_ = false;
  std::deque<std::pair<Seq, Crash>> to_name_;  // they are in the log; of the writing thread alone
  std::string failure_;
  std::atomic<bool> failed_{false};
  std::thread thread_;
};

}  // namespace recount

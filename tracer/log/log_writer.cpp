#include "tracer/log/log_writer.hpp"

#include <chrono>
#include <iterator>
#include <utility>

#include "tracer/base/clock.hpp"
#include "tracer/base/quiet_thread.hpp"
#include "tracer/crash/crash_names.hpp"
#include "tracer/log/log_tables.hpp"

namespace recount {

LogWriter::LogWriter(const std::string& path) : tables_(std::make_unique<LogTables>(path)) {}

LogWriter::~LogWriter() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    finishing_ = true;
  }
  wake_writer_.notify_one();
  thread_.join();
}

void LogWriter::start() {
  thread_ = thread_without_signals([this] { write_batches(); });
}

void LogWriter::push(std::vector<LogItem>& items) {
  if (items.empty()) return;
  std::unique_lock lock(mutex_);
  wake_pushers_.wait(lock, [this] { return queue_.size() < kItemsMax || failed_; });
  const bool was_empty = queue_.empty();
  const bool was_small = queue_.size() < kBatch;
  if (!failed_) std::move(items.begin(), items.end(), std::back_inserter(queue_));
  items.clear();
  const bool wake = was_empty || (was_small && queue_.size() >= kBatch);
  lock.unlock();
  if (wake) wake_writer_.notify_one();
}

// False: nothing comes any more.
bool LogWriter::next_batch(std::vector<LogItem>& batch) {
  std::unique_lock lock(mutex_);
  if (to_name_.empty()) wake_writer_.wait(lock, [this] { return !queue_.empty() || finishing_; });
  wake_writer_.wait_for(lock, std::chrono::milliseconds(100), [this] { return queue_.size() >= kBatch || finishing_; });
  batch = std::exchange(queue_, {});
  const bool is_over = batch.empty() && finishing_;
  lock.unlock();
  wake_pushers_.notify_all();
  return !is_over;
}

void LogWriter::write_batches() {
  for (std::vector<LogItem> batch; next_batch(batch);) {
    if (!batch.empty() && !failed_) write_batch(batch);
    name_crashes(0);
  }
  name_crashes(monotonic_ns() + CrashNames::kWaitMaxNs);
}

// Nothing else in the log waits for the names.
void LogWriter::name_crashes(std::int64_t until_ns) {
  if (to_name_.empty() || failed_) return;
  write([&] {
    for (; !to_name_.empty(); to_name_.pop_front()) {
      auto& [seq, crash] = to_name_.front();
      if (!crash.names->add_to(crash, until_ns)) return;
      tables_->write_names(seq, crash);
    }
  });
}

void LogWriter::write_batch(const std::vector<LogItem>& batch) {
  write([&] {
    for (const LogItem& item : batch) {
      std::visit([this](const auto& it) { tables_->write(it); }, item);
      const auto* const crash = std::get_if<CrashItem>(&item);
      if (crash && crash->crash->names) to_name_.emplace_back(crash->seq, *crash->crash);
    }
  });
}

template <typename Write>
void LogWriter::write(Write write_all) {
  try {
    tables_->begin();
    write_all();
    tables_->commit();
  } catch (const std::exception& error) {
    tables_->roll_back();
    give_up(error.what());
  }
}

void LogWriter::give_up(const std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    failure_ = why;
    failed_ = true;
    queue_.clear();
  }
  wake_pushers_.notify_all();
}

std::string LogWriter::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

bool LogWriter::finish(const RunEnd& end) {
  {
    const std::lock_guard lock(mutex_);
    finishing_ = true;
  }
  wake_writer_.notify_one();
  if (thread_.joinable()) thread_.join();
  try {
    RunEnd told = end;
    if (failed_) told.status = "aborted";
    tables_->begin();
    tables_->finish(told);
    tables_->commit();
  } catch (const std::exception& error) {
    tables_->roll_back();
    if (!failed_) give_up(error.what());
  }
  tables_.reset();
  return !failed_;
}

}  // namespace recount

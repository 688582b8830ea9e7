#include "replay/log/crash_record.hpp"

#include <algorithm>

#include "replay/log/dictionary.hpp"
#include "replay/text/text.hpp"

namespace recount {
namespace {

std::unique_ptr<Statement> rows_of(const LogFile& log, const std::string& table, const std::string& columns,
                                   const std::string& order) {
  if (!has_table(log.database(), table)) return nullptr;
  constexpr const char* kMost = " LIMIT 5000";
  return std::make_unique<Statement>(log.database(),
                                     "SELECT " + columns + " FROM " + table + " WHERE seq = ?" + order + kMost);
}

template <typename Visit>
void each_row(const std::unique_ptr<Statement>& rows, Seq seq, Visit visit) {
  if (!rows) return;
  rows->bind(1, static_cast<std::int64_t>(seq));
  while (rows->step()) visit(*rows);
  rows->reset();
}

std::uint64_t address_at(const Statement& row, int column) { return static_cast<std::uint64_t>(row.integer(column)); }

}  // namespace

std::string FrameRecord::name() const {
  if (!function.empty()) return function;
  if (image.empty() || !image_address) return hex_text(address);
  return base_name(image) + "+" + hex_text(*image_address);
}

std::string WaitRecord::words() const {
  if (object.empty()) return call;
  const bool joins = object.starts_with("the end of ");
  if (holder == 0) return call + " for " + object;
  return call + " for " +
         (joins ? "the end of thread " + std::to_string(holder)
                : object + ", which thread " + std::to_string(holder) + " holds");
}

std::vector<std::int64_t> CrashRecord::deadlock() const {
  std::map<std::int64_t, std::int64_t> next;
  for (const BacktraceRecord& thread : backtraces)
    if (thread.wait && thread.wait->holder != 0) next[thread.tid] = thread.wait->holder;
  for (const auto& [start, behind] : next) {
    std::vector<std::int64_t> chain{start};
    auto at = next.find(start);
    while (at != next.end() && at->second != start && chain.size() <= next.size()) {
      chain.push_back(at->second);
      at = next.find(at->second);
    }
    if (at != next.end() && at->second == start) return chain;
  }
  return {};
}

CrashRecords::CrashRecords(const LogFile& log)
    : crash_(rows_of(log, "trace_crash",
                     has_column(log, "trace_crash", "title") ? "took_ns, reason, title" : "took_ns, reason, NULL", "")),
      words_(rows_of(log, "trace_crash_words", "text", "")),
      threads_(rows_of(log, "trace_crash_thread", "tid, name", "")),
      frames_(rows_of(log, "trace_crash_frame", "tid, inlined, address, image, image_address, function, file, line",
                      " ORDER BY tid, level")),
      registers_(rows_of(log, "trace_crash_register", "name, value", " ORDER BY rowid")),
      images_(rows_of(log, "trace_crash_image", "start, end_address, path, build_id", " ORDER BY rowid")),
      waits_(rows_of(log, "trace_crash_wait", "tid, call, coalesce(object, ''), coalesce(holder_tid, 0)", "")) {
  if (!crash_) return;
  Statement rows(log.database(),
                 "SELECT e.utid, e.seq, e.tid FROM trace_crash c JOIN trace_event e ON e.seq = c.seq WHERE e.kind = ?");
  rows.bind(1, static_cast<std::int64_t>(EventKind::snapshot));
  while (rows.step())
    killed_[Utid{static_cast<std::uint32_t>(rows.integer(0))}] = {static_cast<Seq>(rows.integer(1)),
                                                                  Tid{static_cast<std::int32_t>(rows.integer(2))}};
}

std::optional<CrashRecord> CrashRecords::killed(const std::vector<Utid>& threads) {
  for (const Utid thread : threads)
    if (const auto found = killed_.find(thread); found != killed_.end())
      return at(found->second.seq, found->second.tid);
  return std::nullopt;
}

std::optional<CrashRecord> CrashRecords::at(Seq seq, Tid tid) {
  std::optional<CrashRecord> crash;
  each_row(crash_, seq, [&](const Statement& row) {
    crash = CrashRecord{row.integer(0), row.text(1), row.text(2), {}, {}, {}, {}};
  });
  if (!crash) return crash;
  each_row(words_, seq, [&](const Statement& row) { crash->words = row.text(0); });
  auto& backtraces = crash->backtraces;
  each_row(frames_, seq, [&](const Statement& row) {
    if (backtraces.empty() || backtraces.back().tid != row.integer(0))
      backtraces.push_back({row.integer(0), {}, {}, {}});
    FrameRecord frame{row.integer(1) != 0,
                      address_at(row, 2),
                      row.text(3),
                      {},
                      row.text(5),
                      row.text(6),
                      static_cast<std::uint32_t>(row.integer(7))};
    if (!row.is_null(4)) frame.image_address = address_at(row, 4);
    backtraces.back().frames.push_back(std::move(frame));
  });
  std::stable_partition(backtraces.begin(), backtraces.end(),
                        [tid](const BacktraceRecord& backtrace) { return backtrace.tid == raw(tid); });
  each_row(threads_, seq, [&](const Statement& row) {
    for (BacktraceRecord& thread : backtraces)
      if (thread.tid == row.integer(0)) thread.name = row.text(1);
  });
  each_row(waits_, seq, [&](const Statement& row) {
    for (BacktraceRecord& thread : backtraces)
      if (thread.tid == row.integer(0)) thread.wait = WaitRecord{row.text(1), row.text(2), row.integer(3)};
  });
  each_row(registers_, seq,
           [&](const Statement& row) { crash->registers.emplace_back(row.text(0), address_at(row, 1)); });
  each_row(images_, seq, [&](const Statement& row) {
    crash->images.push_back({address_at(row, 0), address_at(row, 1), row.text(2), row.text(3)});
  });
  return crash;
}

}  // namespace recount

#include "replay/page/report_events.hpp"

#include <algorithm>
#include <array>
#include <ostream>
#include <string>
#include <unordered_map>
#include <vector>

#include "replay/log/event_text.hpp"
#include "replay/text/json_text.hpp"
#include "replay/text/packed_stream.hpp"
#include "schema/log/event_codec.hpp"

namespace recount {
namespace {

constexpr std::size_t kPack = 20'000;  // events

bool is_telling(const TraceEvent& event) {
  if (event.error != 0) return true;
  switch (event.kind()) {
    case EventKind::spawned:
    case EventKind::attached:
    case EventKind::surveyed:
    case EventKind::exited:
    case EventKind::signaled:
    case EventKind::group_stop:
    case EventKind::event_fork:
    case EventKind::event_vfork:
    case EventKind::event_clone:
    case EventKind::event_exec:
    case EventKind::timer:
    case EventKind::recorder_signal:
    case EventKind::recording_failed:
    case EventKind::detach:
    case EventKind::kill:
    case EventKind::suspend:
    case EventKind::end: return true;
    case EventKind::signal_delivery_stop: return event.observation()->status.stop_signal() != signals::kTrap;
    default: return false;
  }
}

class Column {
 public:
  void add(std::uint64_t number) {
    for (; number >= 128; number >>= 7) bytes_ += static_cast<char>(number | 128);
    bytes_ += static_cast<char>(number);
  }
  void add_difference(std::int64_t value) {
    const std::int64_t by = value - before_;
    add(by < 0 ? (static_cast<std::uint64_t>(-(by + 1)) << 1 | 1) : static_cast<std::uint64_t>(by) << 1);
    before_ = value;
  }
  const std::string& bytes() const noexcept { return bytes_; }

 private:
  std::string bytes_;
  std::int64_t before_ = 0;
};

class Pack {
 public:
  std::size_t size() const noexcept { return size_; }

  void add(const TraceEvent& event, EventText& text) {
    const Action* const action = event.action();
    const auto seq = static_cast<std::int64_t>(event.seq);
    ++size_;
    columns_[0].add_difference(seq);
    columns_[1].add_difference(event.time_ns);
    columns_[2].add(static_cast<std::uint64_t>(event.kind()));
    columns_[3].add_difference(raw(event.tid()));
    columns_[4].add_difference(raw(event.utid));
    columns_[5].add_difference(text.process_of(event));
    columns_[6].add(text_id(text.detail(event)));
    columns_[7].add(event.error ? text_id(text.names().error(event.error)) : 0);
    const bool answers = action && action->cause != 0 && action->cause < event.seq;
    columns_[8].add(answers ? event.seq - action->cause : 0);
  }

  void write(std::ostream& out) const {
    std::string texts;
    for (const std::string* const text : texts_) texts.append(texts.empty() ? "[" : ",").append(json_text(*text));
    texts.append(texts.empty() ? "[]" : "]");
    Column head;
    head.add(size_);
    head.add(texts.size());
    out << "<script type=\"text/plain\" class=\"events\">";
    PackedStream packed(out);
    packed << head.bytes() << texts;
    for (const Column& column : columns_) packed << column.bytes();
    packed.finish();
    out << "</script>\n";
  }

 private:
  std::size_t text_id(std::string text) {
    if (text.empty()) return 0;
    const auto [at, fresh] = ids_.try_emplace(std::move(text), texts_.size() + 1);
    if (fresh) texts_.push_back(&at->first);
    return at->second;
  }

  std::size_t size_ = 0;
  std::array<Column, 9> columns_;
  std::unordered_map<std::string, std::size_t> ids_;
  std::vector<const std::string*> texts_;
};

}  // namespace

KeptEvents::KeptEvents(const LogFile& log, std::uint64_t all, std::uint64_t most) : log_(log), all_(all), most_(most) {
  if (all_ <= most_) return;
  EventReader reader(log_.database());
  for (TraceEvent event; reader.next(event);) telling_ += is_telling(event) ? 1 : 0;
}

std::uint64_t KeptEvents::count() const noexcept { return all_ <= most_ ? all_ : std::min(telling_, most_); }

bool KeptEvents::keeps(const TraceEvent& event, std::uint64_t& telling) const {
  if (all_ <= most_) return true;
  if (!is_telling(event)) return false;
  const std::uint64_t at = telling++;
  return at < (most_ + 1) / 2 || at >= telling_ - std::min(telling_, most_ / 2);
}

void KeptEvents::write(std::ostream& out) const {
  EventText text(log_);
  EventReader reader(log_.database());
  Pack pack;
  std::uint64_t telling = 0;
  for (TraceEvent event; reader.next(event);) {
    if (!keeps(event, telling)) continue;
    pack.add(event, text);
    if (pack.size() < kPack) continue;
    pack.write(out);
    pack = Pack();
  }
  if (pack.size() != 0) pack.write(out);
}

}  // namespace recount

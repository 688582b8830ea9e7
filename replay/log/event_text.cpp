#include "replay/log/event_text.hpp"

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "replay/text/describe.hpp"
#include "replay/text/text.hpp"
#include "schema/vocabulary/operands.hpp"

namespace recount {
namespace {

std::string tagged(const char* tag, std::int64_t id) {  // p3, t14; - for none
  std::string text(tag);
  text += std::to_string(id);
  return id == 0 ? "-" : text;
}

// A log of an older minor version has no watches.
std::map<std::uint64_t, WatchKind> watch_kinds_of(const LogFile& log) {
  std::map<std::uint64_t, WatchKind> kinds;
  if (!has_table(log.database(), "trace_watch")) return kinds;
  Statement row(log.database(), "SELECT watch_id, kind FROM trace_watch");
  while (row.step()) kinds[static_cast<std::uint64_t>(row.integer(0))] = static_cast<WatchKind>(row.integer(1));
  return kinds;
}

}  // namespace

EventText::EventText(const LogFile& log)
    : names_(log),
      processes_(task_processes(log)),
      log_(log),
      exec_(log.database(), "SELECT path FROM trace_exec WHERE seq = ?"),
      image_(log.database(), "SELECT path FROM trace_image WHERE image_id = ?"),
      watch_kinds_(watch_kinds_of(log)),
      place_(log.database(),
             "SELECT f.path || ':' || l.line FROM trace_probe_line l JOIN trace_file f ON "
             "f.file_id = l.file_id "
             "WHERE l.probe_id = ? ORDER BY l.file_id, l.line LIMIT 1") {}

std::string EventText::text_by(Statement& statement, std::int64_t key) {
  statement.bind(1, key);
  std::string text = statement.step() ? statement.text(0) : std::string();
  statement.reset();
  return text;
}

std::string EventText::watch_word(WatchId watch) const {
  const auto found = watch_kinds_.find(raw(watch));
  if (found == watch_kinds_.end()) return {};
  switch (found->second) {
    case WatchKind::loader: return "_dl_debug_state";
    case WatchKind::sigaction:
    case WatchKind::sigaction_block:
    case WatchKind::sigaction_clear: return "sigaction";
    case WatchKind::sigmask:
    case WatchKind::sigmask_block:
    case WatchKind::sigmask_clear: return "pthread_sigmask";
    case WatchKind::sigreturn: return "rt_sigreturn";
    case WatchKind::clone: return "clone";
    case WatchKind::syscall: return "syscall";
    case WatchKind::write: return "write";
    case WatchKind::writev: return "writev";
    case WatchKind::way_on:
    case WatchKind::way_jump:
    case WatchKind::way_both: return "a conditional jump";
    case WatchKind::ptrace: return "ptrace";
    case WatchKind::leaks: return "a clone by LeakSanitizer";
  }
  return {};
}

const std::string& EventText::place_of(ProbeId probe) {
  const auto [place, fresh] = places_.try_emplace(raw(probe));
  if (fresh) place->second = text_by(place_, raw(probe));
  return place->second;
}

std::uint32_t EventText::process_of(const TraceEvent& event) const {
  const auto found = processes_.find(raw(event.utid));
  return found == processes_.end() ? 0 : found->second;
}

int EventText::signal_of(const TraceEvent& event) const {
  if (event.action()) return recount::signal_of(*event.action());
  if (const auto* const signal = event.as<observed::RecorderSignal>()) return signal->siginfo.signo;
  const bool is_stop = event.as<observed::SignalDeliveryStop>() || event.as<observed::GroupStop>();
  if (is_stop) return event.observation()->status.stop_signal();
  return event.as<observed::Signaled>() ? event.observation()->status.term_signal() : 0;
}

std::string EventText::detail(const TraceEvent& event) {
  if (event.action()) return action_detail(*event.action());
  if (!event.observation()) return std::string();
  std::string text = observed_detail(event, *event.observation());
  if (const std::size_t flags = event.observation()->flagged.size())
    text += (text.empty() ? "" : ", ") + std::to_string(flags) + (flags == 1 ? " flag was set" : " flags were set");
  if (const std::size_t counters = event.observation()->counted.size())
    text += (text.empty() ? "" : ", ") + std::to_string(counters) +
            (counters == 1 ? " counter was read" : " counters were read");
  return text;
}

std::string EventText::observed_detail(const TraceEvent& event, const Observation& seen) {
  const auto named = [&](const SigInfo& info) {
    return names_.signal(signal_of(event)) + (info.pid ? " from pid " + std::to_string(info.pid) : "");
  };
  return std::visit(
      Overloaded{[&](const observed::Spawned&) { return log_.run_at(event.seq).argv; },
                 [&](const observed::Exited&) { return "exit code " + std::to_string(seen.status.exit_code()); },
                 [&](const observed::Signaled&) {
                   return names_.signal(signal_of(event)) + (seen.status.core_dumped() ? ", core dumped" : "");
                 },
                 [&](const observed::SignalDeliveryStop& stop) { return named(stop.siginfo); },
                 [&](const observed::RecorderSignal& signal) { return named(signal.siginfo); },
                 [&](const observed::GroupStop&) { return names_.signal(signal_of(event)); },
                 [&]<EventKind K>(const observed::NewTask<K>& task) {
                   return "child " + std::to_string(raw(task.birth.child));
                 },
                 [&](const observed::EventExec&) { return text_by(exec_, static_cast<std::int64_t>(event.seq)); },
                 [&](const observed::Attached& found) { return "process " + std::to_string(raw(found.process)); },
                 [&](const observed::Surveyed&) { return text_by(exec_, static_cast<std::int64_t>(event.seq)); },
                 [&](const observed::TimerRang& rang) { return timer_word(raw(rang.timer)); },
                 [&](const observed::RecordingFailed& failed) { return names_.error(failed.error); },
                 [&](const observed::EventStop&) { return std::string(); },
                 [&](const observed::SyscallStop&) { return std::string(); },
                 [&](const observed::EventVforkDone&) { return std::string(); },
                 [&]<EventKind K>(const observed::WithMessage<K>&) { return std::string(); },
                 [&]<EventKind K>(const Plain<K>&) { return std::string(); }},
      seen.what);
}

std::string EventText::action_detail(const Action& action) {
  if (const auto* const set = action.as<act::SetPc>()) return hex_text(raw(set->pc));
  if (const auto* const set = action.as<act::SetTimer>()) return timer_word(raw(set->timer));
  if (const auto image = id_of<ImageId>(action)) return text_by(image_, raw(*image));
  if (const auto probe = id_of<ProbeId>(action)) return place_of(*probe);
  if (const auto watch = id_of<WatchId>(action)) return watch_word(*watch);
  const int signal = recount::signal_of(action);
  return signal != 0 ? names_.signal(signal) : std::string();
}

std::string EventText::line(const TraceEvent& event) {
  const Action* const action = event.action();
  const Tid tid = event.tid();
  const std::string kind = std::string(action ? "  " : "") + std::string(name_of(event.kind()));
  std::array<char, 120> head{};
  std::snprintf(head.data(), head.size(), "%8llu %14.9f  %-22s %7s %5s %5s", static_cast<unsigned long long>(event.seq),
                static_cast<double>(event.time_ns) / 1e9, kind.c_str(), tagged("", raw(tid)).c_str(),
                tagged("p", process_of(event)).c_str(), tagged("t", raw(event.utid)).c_str());
  std::string text = head.data();
  if (const std::string what = visible(detail(event)); !what.empty()) text += "  " + what;
  if (event.error != 0) text += "  = -1 " + visible(names_.error(event.error));
  return text;
}

nlohmann::ordered_json EventText::json(const TraceEvent& event) {
  const Action* const action = event.action();
  const Tid tid = event.tid();
  const std::uint64_t address =
      static_cast<std::uint64_t>(action                ? stored_in(*action, Column::address)
                                 : event.observation() ? stored_in(*event.observation(), Column::address)
                                                       : 0);
  const auto or_null = [](auto n) { return n == 0 ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(n); };
  const std::string what = detail(event);
  nlohmann::ordered_json json;
  json["seq"] = event.seq;
  json["time_ns"] = event.time_ns;
  json["kind"] = std::string(name_of(event.kind()));
  json["tid"] = or_null(raw(tid));
  json["utid"] = or_null(raw(event.utid));
  json["upid"] = or_null(process_of(event));
  const bool waited = event.kind() >= EventKind::exited && event.kind() <= EventKind::continued;
  json["status"] = waited ? nlohmann::ordered_json(event.observation()->status.raw()) : nlohmann::ordered_json(nullptr);
  json["signal"] = or_null(signal_of(event));
  json["address"] = or_null(address);
  json["result"] = action ? nlohmann::ordered_json(event.error ? -1 : 0) : nlohmann::ordered_json(nullptr);
  json["error"] = event.error ? nlohmann::ordered_json(names_.error(event.error)) : nlohmann::ordered_json(nullptr);
  json["cause_seq"] = action ? nlohmann::ordered_json(action->cause) : nlohmann::ordered_json(nullptr);
  json["detail"] = what.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(what);
  return json;
}

}  // namespace recount

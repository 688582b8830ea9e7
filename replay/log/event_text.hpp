// One event as a line for people, or as JSON with the columns of the view `event`.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <unordered_map>

#include "replay/log/dictionary.hpp"
#include "schema/vocabulary/event.hpp"

namespace recount {

class EventText {
 public:
  explicit EventText(const LogFile& log);
  std::string line(const TraceEvent& event);
  nlohmann::ordered_json json(const TraceEvent& event);

  std::string detail(const TraceEvent& event);  // what it is about; as the log has it, so it may hold anything

  int signal_of(const TraceEvent& event) const;             // 0: none
  std::uint32_t process_of(const TraceEvent& event) const;  // 0: nobody knows
  const Names& names() const noexcept { return names_; }

 private:
  std::string observed_detail(const TraceEvent& event, const Observation& seen);
  std::string action_detail(const Action& action);
  std::string text_by(Statement& statement, std::int64_t key);
  const std::string& place_of(ProbeId probe);
  std::string watch_word(WatchId watch) const;

  Names names_;
  std::unordered_map<std::uint32_t, std::uint32_t> processes_;
  std::unordered_map<std::uint64_t, std::string> places_;
  const LogFile& log_;
  Statement exec_;
  Statement image_;
  std::map<std::uint64_t, WatchKind> watch_kinds_;
  Statement place_;
};

struct Request;
// As the request's format says, text or JSON: those rows that `wants` says.
void write_events(const Request& request, EventText& text, const std::function<bool(const TraceEvent&)>& wants);

}  // namespace recount

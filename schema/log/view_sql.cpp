#include "schema/log/view_sql.hpp"

#include <stdexcept>
#include <string_view>

#include "schema/log/log_format.hpp"
#include "schema/vocabulary/operands.hpp"

namespace recount {
namespace {

bool has(const Action& action, std::string_view what) {
  if (what == "image_id") return id_of<ImageId>(action).has_value();
  if (what == "probe_id") return id_of<ProbeId>(action).has_value();
  if (what == "watch_id") return id_of<WatchId>(action).has_value();
  if (what == "signal") return has_signal(action);
  throw std::logic_error("views.sql asks for kinds with " + std::string(what));
}

std::string numbers_with(std::string_view what) {
  std::string numbers;
  for (const EventKindName& entry : kEventKinds)
    if (const auto action = action_of(entry.kind); action && has(Action{.what = *action}, what))
      numbers += (numbers.empty() ? "" : ", ") + std::to_string(static_cast<int>(entry.kind));
  return numbers;
}

std::string number_of(std::string_view word) {
  constexpr std::string_view kWith = "with ";
  if (word.starts_with(kWith)) return numbers_with(word.substr(kWith.size()));
  for (const EventKindName& entry : kEventKinds)
    if (entry.name == word) return std::to_string(static_cast<int>(entry.kind));
  throw std::logic_error("views.sql names a kind that there is not: " + std::string(word));
}

std::string numbers_of(std::string_view words) {
  constexpr std::string_view kComma = ", ";
  const std::size_t comma = words.find(kComma);
  if (comma == std::string_view::npos) return number_of(words);
  return number_of(words.substr(0, comma)) + std::string(kComma) + numbers_of(words.substr(comma + kComma.size()));
}

std::string with_numbers(std::string_view sql) {
  std::string text;
  for (std::size_t at = 0; at < sql.size();) {
    const std::size_t open = sql.find('{', at);
    const std::size_t close = sql.find('}', open);
    text += sql.substr(at, open - at);
    if (open == std::string_view::npos) break;
    text += numbers_of(sql.substr(open + 1, close - open - 1));
    at = close + 1;
  }
  return text;
}

}  // namespace

const std::string& views_sql() {
  static const std::string kText = with_numbers(kViewsSql);
  return kText;
}

}  // namespace recount

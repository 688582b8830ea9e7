#include "replay/reports/failure_cards.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "replay/text/text.hpp"

namespace recount {

FailureCards::FailureCards(const std::vector<Failure>& failures, Stories& stories, bool all) {
  const auto minded = [](const Failure& failure) { return failure.group != Failure::Group::nobody_minded; };
  const bool tell_all = all || std::none_of(failures.begin(), failures.end(), minded);
  std::map<std::pair<Failure::Group, std::string>, std::size_t> cards;
  for (const Failure& failure : failures) {
    if (!tell_all && !minded(failure)) {
      unminded.push_back(&failure);
      continue;
    }
    const std::string key = all ? std::to_string(told.size()) : stories.of(failure).signature;
    const auto [card, is_new] = cards.try_emplace({failure.group, key}, told.size());
    if (is_new) told.emplace_back();
    told[card->second].alike.push_back(&failure);
  }
}

std::string commands_text(const History& history, const std::vector<const Failure*>& failures, std::size_t shown) {
  constexpr std::size_t kWidth = 60;
  std::map<std::string, std::size_t> counts;
  for (const Failure* const failure : failures)
    ++counts[shortened(argv_text(argv_of(history, *failure->process)), kWidth)];
  std::vector<std::pair<std::string, std::size_t>> commands(counts.begin(), counts.end());
  std::stable_sort(commands.begin(), commands.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (std::size_t i = 0; i < std::min(shown, commands.size()); ++i)
    text += (i == 0 ? "" : ", ") + (commands[i].second == 1 ? "" : std::to_string(commands[i].second) + " times ") +
            commands[i].first;
  return commands.size() <= shown ? text : text + ", and " + std::to_string(commands.size() - shown) + " more";
}

std::string command_text(const std::string& argv, bool all) {
  return all ? argv_text(argv) : shortened(argv_text(argv), kCommandMax);
}

}  // namespace recount

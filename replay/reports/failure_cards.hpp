// The failures of a run as they are shown: those that are alike as one card, those that nobody minded in one line.
//
//   const FailureCards cards(failures, stories);
//   for (const FailureCard& card : cards.told) tell(stories.of(*card.first()));
//   cards.unminded ...
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "replay/reports/failure_story.hpp"

namespace recount {

struct FailureCard {
  std::vector<const Failure*> alike;  // at least one; in the order of the failures
  const Failure& first() const { return *alike.front(); }
};

struct FailureCards {
  // `all`: each failure has a card of its own. If nobody minded any of them, there is nothing else to tell.
  FailureCards(const std::vector<Failure>& failures, Stories& stories, bool all = false);

  std::vector<FailureCard> told;
  std::vector<const Failure*> unminded;
};

// Of each command line how often, the most frequent first: "24 times grep -q x, cat y, and 3 more".
std::string commands_text(const History& history, const std::vector<const Failure*>& failures, std::size_t shown);

// At most kCommandMax characters of it.
std::string command_text(const std::string& argv, bool all = false);
inline constexpr std::size_t kCommandMax = 200;

}  // namespace recount

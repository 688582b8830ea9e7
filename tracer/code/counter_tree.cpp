#include "tracer/code/counter_tree.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace recount {

CounterTree::CounterTree(std::size_t places) : joined_(places) { std::iota(joined_.begin(), joined_.end(), 0U); }

std::uint32_t CounterTree::root_of(std::uint32_t place) {
  while (joined_[place] != place) place = joined_[place] = joined_[joined_[place]];
  return place;
}

void CounterTree::join(std::uint32_t a, std::uint32_t b) { joined_[root_of(a)] = root_of(b); }

void CounterTree::build(std::size_t terms_max) {
  for (Arc& arc : arcs_) arc.from = root_of(arc.from), arc.to = root_of(arc.to);
  choose();
  for (bool is_done = false; !is_done;) {  // what gets a counter leaves less to the others
    sum_up(climb(), terms_max);
    is_done = true;
    for (std::uint32_t at = 0; at < arcs_.size(); ++at)
      if (arcs_[at].spared && !is_worth_it(at, terms_max)) arcs_[at].spared = is_done = false;
  }
}

// What has to be counted for want of a short sum is none of the dearer ones by which cheaper ones are spared.
bool CounterTree::is_worth_it(std::uint32_t arc, std::size_t terms_max) const {
  const Sum& sum = sums_[arc];
  return !sum.empty() && sum.size() <= terms_max && std::none_of(sum.begin(), sum.end(), [&](const auto& term) {
    return arcs_[term.first].worth > arcs_[arc].worth;
  });
}

void CounterTree::choose() {
  std::vector<std::uint32_t> order(arcs_.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [this](std::uint32_t a, std::uint32_t b) { return arcs_[a].worth > arcs_[b].worth; });
  for (const std::uint32_t at : order) {
    Arc& arc = arcs_[at];
    arc.spared = arc.worth != 0 && root_of(arc.from) != root_of(arc.to);
    if (arc.spared) join(arc.from, arc.to);
  }
}

// The spared arcs are a forest: where each place hangs in it.
std::vector<CounterTree::Step> CounterTree::climb() const {
  struct Way {
    std::uint32_t to, arc;
  };
  std::map<std::uint32_t, std::vector<Way>> ways;
  for (std::uint32_t at = 0; at < arcs_.size(); ++at) {
    if (!arcs_[at].spared) continue;
    ways[arcs_[at].from].push_back({arcs_[at].to, at});
    ways[arcs_[at].to].push_back({arcs_[at].from, at});
  }
  // Where most come together first: what passes there climbs no further.
  std::vector<std::pair<std::size_t, std::uint32_t>> tops;
  for (const auto& [place, from_it] : ways) tops.emplace_back(from_it.size(), place);
  std::sort(tops.rbegin(), tops.rend());
  std::vector<Step> steps(joined_.size());
  std::vector<bool> seen(joined_.size());
  for (const auto& top : tops) {
    std::vector<std::uint32_t> next;
    if (!seen[top.second]) next.push_back(top.second);
    seen[top.second] = true;
    while (!next.empty()) {
      const std::uint32_t place = next.back();
      next.pop_back();
      for (const Way& way : ways[place]) {
        if (seen[way.to]) continue;
        seen[way.to] = true;
        steps[way.to] = {place, way.arc, steps[place].depth + 1};
        next.push_back(way.to);
      }
    }
  }
  return steps;
}

// A counted arc brings to the part of a tree that hangs beneath a spared one, or takes away from it, what the spared one has to take
// away or bring. What begins and ends in the same part does neither. Of a sum that is too long its length is enough.
void CounterTree::sum_up(const std::vector<Step>& steps, std::size_t terms_max) {
  sums_.assign(arcs_.size(), Sum());
  std::vector<std::uint32_t> past(joined_.size());  // by place, one above it: on the way there all sums are too long
  std::iota(past.begin(), past.end(), 0U);
  const auto find = [&past](std::uint32_t place) {
    while (past[place] != place) place = past[place] = past[past[place]];
    return place;
  };
  for (std::uint32_t at = 0; at < arcs_.size(); ++at) {
    if (arcs_[at].spared) continue;
    std::uint32_t from = find(arcs_[at].from), to = find(arcs_[at].to);
    while (from != to) {
      const bool brings = steps[to].depth >= steps[from].depth;
      std::uint32_t& place = brings ? to : from;
      const Step& step = steps[place];
      if (step.arc == kNone) break;  // the tops of two trees
      const bool takes_away = arcs_[step.arc].from == place;
      Sum& sum = sums_[step.arc];
      sum.emplace(at, brings == takes_away ? 1 : -1);
      if (sum.size() > terms_max) past[place] = step.above;
      place = find(step.above);
    }
  }
}

}  // namespace recount

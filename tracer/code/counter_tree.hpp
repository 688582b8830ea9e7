// Which of a graph's arcs need no counter, since how often they are taken follows from the others.
//
//   CounterTree tree(places);
//   tree.join(a, b);            // what leads from a to b is not to be known: they are one place
//   tree.add(from, to, worth);  // an arc: the dearest are spared first
//   tree.build(terms_max);
//   tree.counted(arc), tree.by_others(arc)
//
// What comes to a place leaves it (Kirchhoff's first law). So arcs that close no circle need no counter: each of them is taken as
// often as the others lead back over the cut that it crosses. The costliest arcs without a circle are Kruskal's spanning tree; that it
// is the best choice is from Knuth, and from Ball and Larus for programs.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <vector>

namespace recount {

class CounterTree {
 public:
  using Sum = std::map<std::uint32_t, std::int32_t>;  // by arc, the factor of how often it is taken

  explicit CounterTree(std::size_t places);
  void join(std::uint32_t a, std::uint32_t b);
  // Numbered from 0. One of worth 0 is always counted.
  void add(std::uint32_t from, std::uint32_t to, std::uint32_t worth) { arcs_.push_back({from, to, worth, false}); }
  // No sum of by_others() gets more terms than that, or dearer ones. It has one at least: what nothing leads back from (a loop without
  // an end) is counted.
  void build(std::size_t terms_max);

  bool counted(std::uint32_t arc) const noexcept { return !arcs_[arc].spared; }
  const Sum& by_others(std::uint32_t arc) const { return sums_[arc]; }  // of one that is not counted

 private:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  struct Arc {
    std::uint32_t from, to, worth;
    bool spared;
  };
  struct Step {  // to a place from the one above it
    std::uint32_t above = kNone, arc = kNone, depth = 0;
  };
  std::uint32_t root_of(std::uint32_t place);
  void choose();
  std::vector<Step> climb() const;
  bool is_worth_it(std::uint32_t arc, std::size_t terms_max) const;
  void sum_up(const std::vector<Step>& steps, std::size_t terms_max);

  std::vector<std::uint32_t> joined_;  // by place, one that it is the same as
  std::vector<Arc> arcs_;
  std::vector<Sum> sums_;  // by arc
};

}  // namespace recount

// Which nodes of a graph are passed on every way to which others.
//
// Ways begin at the entries. a dominates b if each way from an entry to b leads through a; a node dominates itself. A cycle that no
// entry leads to is entered at one of its nodes.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

namespace recount {

class DominatorTree {
 public:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  struct Node {
    std::array<std::uint32_t, 2> next{kNone, kNone};
    bool is_entry = false;
  };

  DominatorTree() = default;
  explicit DominatorTree(std::vector<Node> nodes);

  std::uint32_t dominator_of(std::uint32_t node) const noexcept {
    return above_[node];
  }  // the nearest; kNone: no other
  bool dominates(std::uint32_t a, std::uint32_t b) const noexcept {
    return enter_[a] <= enter_[b] && leave_[b] <= leave_[a];
  }
  const std::vector<std::uint32_t>& inner_first() const noexcept { return inner_first_; }  // each before its dominators

 private:
  std::vector<std::uint32_t> above_;
  std::vector<std::uint32_t> enter_, leave_;  // when a walk over the tree came to a node, and left it
  std::vector<std::uint32_t> inner_first_;
};

}  // namespace recount

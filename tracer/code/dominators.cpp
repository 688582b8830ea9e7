#include "tracer/code/dominators.hpp"

#include <utility>

namespace recount {
namespace {

constexpr std::uint32_t kNone = DominatorTree::kNone;
using Node = DominatorTree::Node;
using Numbers = std::vector<std::uint32_t>;
using Walk = std::vector<std::pair<std::uint32_t, std::size_t>>;  // nodes, and how many of their successors were seen

// Nodes in the order in which a walk in depth is done with them.
class Postorder {
 public:
  explicit Postorder(std::vector<Node>& nodes) : nodes_(nodes), seen_(nodes.size()) {
    for (std::uint32_t node = 0; node < nodes.size(); ++node)
      if (nodes[node].is_entry) visit(node);
    for (std::uint32_t node = 0; node < nodes.size(); ++node)
      if (!seen_[node]) {
        nodes[node].is_entry = true;
        visit(node);
      }
  }
  const Numbers& done() const noexcept { return done_; }

 private:
  void visit(std::uint32_t first) {
    if (seen_[first]) return;
    Walk walk;
    enter(walk, first);
    while (!walk.empty()) {
      const std::uint32_t node = walk.back().first;
      if (walk.back().second == 2) {
        done_.push_back(node);
        walk.pop_back();
        continue;
      }
      const std::uint32_t next = nodes_[node].next[walk.back().second++];
      if (next != kNone && !seen_[next]) enter(walk, next);
    }
  }
  void enter(Walk& walk, std::uint32_t node) {
    seen_[node] = true;
    walk.push_back({node, 0});
  }

  const std::vector<Node>& nodes_;
  std::vector<bool> seen_;
  Numbers done_;
};

std::vector<Numbers> turned_round(const std::vector<Node>& nodes) {
  std::vector<Numbers> before(nodes.size());
  for (std::uint32_t node = 0; node < nodes.size(); ++node)
    for (const std::uint32_t next : nodes[node].next)
      if (next != kNone) before[next].push_back(node);
  return before;
}

// "A Simple, Fast Dominance Algorithm" (Cooper, Harvey, Kennedy, 2001), with a root before all entries. Places are 0 for the root,
// and above that smaller for what was done later.
class DominatorFinder {
 public:
  explicit DominatorFinder(std::vector<Node>& nodes)
      : order_(Postorder(nodes).done()),
        nodes_(nodes),
        before_(turned_round(nodes)),
        place_(nodes.size()),
        above_(nodes.size() + 1, kNone) {
    const auto count = static_cast<std::uint32_t>(nodes.size());
    for (std::uint32_t i = 0; i < count; ++i) place_[order_[i]] = count - i;
    above_[0] = 0;
    while (pass()) {
    }
  }

  Numbers of_nodes() const {
    Numbers of(nodes_.size(), kNone);
    for (std::uint32_t node = 0; node < of.size(); ++node)
      if (const std::uint32_t above = above_[place_[node]]; above != 0) of[node] = order_[of.size() - above];
    return of;
  }

 private:
  bool pass() {
    bool changed = false;
    for (auto node = order_.rbegin(); node != order_.rend(); ++node) {
      std::uint32_t found = nodes_[*node].is_entry ? 0 : kNone;
      for (const std::uint32_t from : before_[*node])
        if (above_[place_[from]] != kNone) found = found == kNone ? place_[from] : common(found, place_[from]);
      changed = changed || above_[place_[*node]] != found;
      above_[place_[*node]] = found;
    }
    return changed;
  }
  std::uint32_t common(std::uint32_t a, std::uint32_t b) const {
    while (a != b) {
      while (a > b) a = above_[a];
      while (b > a) b = above_[b];
    }
    return a;
  }

  Numbers order_;
  const std::vector<Node>& nodes_;
  std::vector<Numbers> before_;
  Numbers place_, above_;  // above_: by place
};

}  // namespace

DominatorTree::DominatorTree(std::vector<Node> nodes)
    : above_(DominatorFinder(nodes).of_nodes()), enter_(nodes.size()), leave_(nodes.size()) {
  const auto count = static_cast<std::uint32_t>(nodes.size());
  std::vector<Numbers> below(count);
  for (std::uint32_t node = 0; node < count; ++node)
    if (above_[node] != kNone) below[above_[node]].push_back(node);
  std::uint32_t clock = 0;
  for (std::uint32_t top = 0; top < count; ++top) {
    if (above_[top] != kNone) continue;
    Walk walk{{top, 0}};
    enter_[top] = clock++;
    while (!walk.empty()) {
      const std::uint32_t node = walk.back().first;
      if (walk.back().second == below[node].size()) {
        leave_[node] = clock++;
        inner_first_.push_back(node);
        walk.pop_back();
        continue;
      }
      const std::uint32_t next = below[node][walk.back().second++];
      enter_[next] = clock++;
      walk.push_back({next, 0});
    }
  }
}

}  // namespace recount

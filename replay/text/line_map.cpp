#include "replay/text/line_map.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

namespace recount {
namespace {

using Ids = std::vector<std::uint32_t>;  // equal lines have equal ids
using Known = std::unordered_map<std::string_view, std::uint32_t>;

Ids ids_of(std::string_view text, Known& known) {
  Ids ids;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    ids.push_back(known.try_emplace(text.substr(0, end), static_cast<std::uint32_t>(known.size())).first->second);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return ids;
}

struct Range {
  std::size_t begin, end;
  std::size_t size() const { return end - begin; }
};

class Matcher {
 public:
  Matcher(const Ids& a, const Ids& b, std::vector<std::uint32_t>& to) : a_(a), b_(b), to_(to) {}

  void match(Range a, Range b) {
    for (; a.size() && b.size() && a_[a.begin] == b_[b.begin]; ++a.begin, ++b.begin) pair(a.begin, b.begin);
    for (; a.size() && b.size() && a_[a.end - 1] == b_[b.end - 1]; --a.end, --b.end) pair(a.end - 1, b.end - 1);
    if (a.size() == 0 || b.size() == 0) return;
    if (a.size() <= LineMap::kTableMax / b.size()) return match_small(a, b);
    const std::vector<Anchor> anchors = anchors_of(a, b);
    if (anchors.empty()) return;
    for (const Anchor& anchor : anchors) {
      match({a.begin, anchor.first}, {b.begin, anchor.second});
      pair(anchor.first, anchor.second);
      a.begin = anchor.first + 1, b.begin = anchor.second + 1;
    }
    match(a, b);
  }

 private:
  using Anchor = std::pair<std::size_t, std::size_t>;  // a line of a, and of b

  void pair(std::size_t a, std::size_t b) { to_[a + 1] = static_cast<std::uint32_t>(b + 1); }

  // The longest common subsequence, by the table of its lengths from each pair of lines on.
  void match_small(Range a, Range b) {
    const std::size_t width = b.size() + 1;
    std::vector<std::uint32_t> length((a.size() + 1) * width);
    for (std::size_t i = a.size(); i-- > 0;)
      for (std::size_t j = b.size(); j-- > 0;)
        length[i * width + j] = a_[a.begin + i] == b_[b.begin + j]
                                    ? length[(i + 1) * width + j + 1] + 1
                                    : std::max(length[(i + 1) * width + j], length[i * width + j + 1]);
    for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();)
      if (a_[a.begin + i] == b_[b.begin + j])
        pair(a.begin + i++, b.begin + j++);
      else
        length[(i + 1) * width + j] >= length[i * width + j + 1] ? ++i : ++j;
  }

  // Lines that are there once on both sides, as many as come in the same order.
  std::vector<Anchor> anchors_of(Range a, Range b) const {
    std::unordered_map<std::uint32_t, std::pair<std::size_t, std::size_t>> in_b;  // how often, and where
    for (std::size_t i = b.begin; i < b.end; ++i) ++in_b[b_[i]].first, in_b[b_[i]].second = i;
    std::unordered_map<std::uint32_t, std::size_t> in_a;
    for (std::size_t i = a.begin; i < a.end; ++i) ++in_a[a_[i]];
    std::vector<Anchor> once;
    for (std::size_t i = a.begin; i < a.end; ++i)
      if (const auto there = in_b.find(a_[i]); in_a[a_[i]] == 1 && there != in_b.end() && there->second.first == 1)
        once.emplace_back(i, there->second.second);
    return rising(once);
  }

  // The longest rising subsequence of their places in b, by piles as in the game of patience.
  static std::vector<Anchor> rising(const std::vector<Anchor>& all) {
    constexpr std::size_t kNone = static_cast<std::size_t>(-1);
    std::vector<std::size_t> piles, before(all.size(), kNone);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto pile = std::lower_bound(piles.begin(), piles.end(), all[i].second,
                                         [&](std::size_t top, std::size_t at) { return all[top].second < at; });
      if (pile != piles.begin()) before[i] = *std::prev(pile);
      if (pile == piles.end())
        piles.push_back(i);
      else
        *pile = i;
    }
    std::vector<Anchor> found;
    for (std::size_t at = piles.empty() ? kNone : piles.back(); at != kNone; at = before[at]) found.push_back(all[at]);
    std::reverse(found.begin(), found.end());
    return found;
  }

  const Ids& a_;
  const Ids& b_;
  std::vector<std::uint32_t>& to_;
};

}  // namespace

LineMap::LineMap(std::string_view before, std::string_view after) : same_(before == after) {
  if (same_) return;
  Known known;
  const Ids a = ids_of(before, known), b = ids_of(after, known);
  to_.assign(a.size() + 1, 0);
  from_.assign(b.size() + 1, 0);
  Matcher(a, b, to_).match({0, a.size()}, {0, b.size()});
  for (std::uint32_t line = 1; line < to_.size(); ++line)
    if (to_[line] != 0) from_[to_[line]] = line;
}

}  // namespace recount

#include "replay/query/nearest.hpp"

#include "replay/text/text.hpp"

#include <algorithm>
#include <cctype>
#include <numeric>

namespace recount {
namespace {

constexpr std::size_t kNameMax = 100;  // longer ones are no names

// Letters that are put in, left out or exchanged: Levenshtein's distance, a row at a time.
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t above = row[j + 1];
      row[j + 1] = std::min({above + 1, row[j] + 1, diagonal + (a[i] == b[j] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row.back();
}

}  // namespace

std::string nearest(std::string_view name, const std::vector<std::string>& candidates) {
  if (name.empty() || name.size() > kNameMax) return {};
  const std::string wanted = lower(std::string(name));
  std::size_t best = name.size() / 3 + 1;  // one that differs in more is another word
  std::string found;
  for (const std::string& candidate : candidates) {
    const std::size_t apart = distance(wanted, lower(candidate));
    if (apart > best || (apart == best && !found.empty())) continue;
    best = apart;
    found = candidate;
  }
  return found;
}

std::string did_you_mean(const std::string& name) { return name.empty() ? "" : "; did you mean " + name + "?"; }

}  // namespace recount

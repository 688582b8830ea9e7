// Proves that verdicts equal gcov's on the standard library's containers and algorithms and on
// calls over many lines.
#include <algorithm>
#include <cstdio>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace {

using Counts = std::map<std::string, int>;

Counts count_words(const std::string& text) {
  Counts counts;
  std::string word;
  for (char letter : text) {
    if (letter == ' ') {
      if (!word.empty()) {
        ++counts[word];
      }
      word.clear();
      continue;
    }
    word += letter;
  }
  if (!word.empty()) {
    ++counts[word];
  }
  return counts;
}

std::optional<int> find(const std::vector<int>& numbers, int wanted) {
  auto found = std::find_if(
      numbers.begin(),
      numbers.end(),
      [wanted](int number) {
        return number == wanted;
      });
  if (found == numbers.end()) {
    return std::nullopt;
  }
  return static_cast<int>(found - numbers.begin());
}

std::tuple<int, int> bounds(const std::vector<int>& numbers) {
  auto [low, high] = std::minmax_element(numbers.begin(), numbers.end());
  return {*low, *high};
}

struct Describe {
  std::string operator()(int number) const {
    return "number " + std::to_string(number);
  }
  std::string operator()(const std::string& text) const {
    return "text " + text;
  }
  std::string operator()(bool) const {
    return "flag";
  }
};

}  // namespace

int main() {
  for (const auto& [word, count] : count_words("the cat and the  dog and the end")) {
    std::printf("%s %d\n", word.c_str(), count);
  }
  std::vector<int> numbers{
      5,
      3,
      9,
      1,
  };
  std::sort(numbers.begin(), numbers.end(),
            [](int a, int b) {
              return a > b;
            });
  int sum = std::accumulate(
      numbers.begin(), numbers.end(), 0,
      [](int so_far, int number) { return so_far + number; });
  auto [low, high] = bounds(numbers);
  std::printf("%d %d %d\n", sum, low, high);
  if (auto position = find(numbers, 3); position) {
    std::printf("at %d\n", *position);
  }
  if (!find(numbers, 4)) {
    std::printf("no 4\n");
  } else {
    std::printf("4\n");
  }
  std::variant<int, std::string, bool> values[] = {7, std::string("seven")};
  for (const auto& value : values) {
    std::printf("%s\n", std::visit(Describe{}, value).c_str());
  }
  std::set<int> unique;
  for (int number : {3, 1, 3, 2, 1}) {
    if (!unique.insert(number).second) {
      std::printf("again %d\n", number);
    }
  }
  numbers.erase(std::remove_if(numbers.begin(), numbers.end(),
                               [](int number) { return number > 4; }),
                numbers.end());
  std::printf("%zu left\n", numbers.size());
  return 0;
}

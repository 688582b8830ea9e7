// What has no counter, by the counters of others.
#include <cstdint>
#include <random>
#include <vector>

#include "tests/support/catch.hpp"
#include "tracer/code/counter_tree.hpp"

namespace recount::test {
namespace {

struct Arc {
  std::uint32_t from, to, worth;
  bool has_counter = true;  // could have one
  std::int64_t times = 0;
};

std::uint32_t below(std::mt19937_64& random, std::size_t limit) { return static_cast<std::uint32_t>(random() % limit); }

// Each place has a way out, and the ring leads everywhere.
std::vector<Arc> random_graph(std::mt19937_64& random, std::uint32_t places) {
  std::vector<Arc> arcs;
  for (std::uint32_t place = 0; place < places; ++place)
    arcs.push_back({place, (place + 1) % places, below(random, 4), random() % 4 != 0});
  for (std::uint32_t more = below(random, 2 * places); more != 0; --more)
    arcs.push_back({below(random, places), below(random, places), below(random, 4), random() % 4 != 0});
  return arcs;
}

// From a place around to it.
void walk(std::mt19937_64& random, std::vector<Arc>& arcs, std::uint32_t start) {
  std::uint32_t at = start;
  do {
    std::vector<Arc*> ways;
    for (Arc& arc : arcs)
      if (arc.from == at) ways.push_back(&arc);
    Arc& way = *ways[below(random, ways.size())];
    ++way.times;
    at = way.to;
  } while (at != start);
}

CounterTree tree_of(const std::vector<Arc>& arcs, std::size_t places, std::size_t terms_max = 1000) {
  CounterTree tree(places);
  for (const Arc& arc : arcs)
    if (arc.has_counter)
      tree.add(arc.from, arc.to, arc.worth);
    else
      tree.join(arc.from, arc.to);
  tree.build(terms_max);
  return tree;
}

TEST_CASE("what needs no counter is as often taken as the others say") {
  for (unsigned seed = 0; seed < 2000; ++seed) {
    INFO(seed);
    std::mt19937_64 random(seed);
    const std::uint32_t places = 1 + below(random, 12);
    std::vector<Arc> arcs = random_graph(random, places);
    for (int round = 0; round < 20; ++round) walk(random, arcs, below(random, places));
    const CounterTree tree = tree_of(arcs, places, 1 + below(random, 6));
    std::vector<Arc> counted;
    for (const Arc& arc : arcs)
      if (arc.has_counter) counted.push_back(arc);
    for (std::uint32_t at = 0; at < counted.size(); ++at) {
      if (tree.counted(at)) continue;
      CHECK(counted[at].worth != 0);
      std::int64_t times = 0;
      for (const auto& [other, factor] : tree.by_others(at)) {
        REQUIRE(tree.counted(other));
        CHECK(counted[other].worth <= counted[at].worth);
        times += factor * counted[other].times;
      }
      CHECK(times == counted[at].times);
    }
  }
}

TEST_CASE("of a loop that decides in each round, two of five blocks have counters") {
  enum : std::uint32_t { outside, test, decision, sides, step };  // where control comes to them
  CounterTree tree(5);
  tree.add(outside, test, 0);      // 0: the start
  tree.add(test, decision, 4);     // 1: the test
  tree.add(decision, sides, 4);    // 2: the condition
  tree.add(sides, step, 3);        // 3: if it is met
  tree.add(sides, step, 3);        // 4: and if not
  tree.add(step, test, 4);         // 5: the step
  tree.add(decision, outside, 0);  // 6: what stands behind the loop
  tree.build(16);
  const std::vector<bool> counted{tree.counted(0), tree.counted(1), tree.counted(2), tree.counted(3),
                                  tree.counted(4), tree.counted(5), tree.counted(6)};
  CHECK(counted == std::vector<bool>{true, false, false, true, true, false, true});
  CHECK(tree.by_others(2) == CounterTree::Sum{{3, 1}, {4, 1}});
  CHECK(tree.by_others(1) == CounterTree::Sum{{0, 1}, {3, 1}, {4, 1}});
}

TEST_CASE("what nothing leads back from has a counter") {
  CounterTree tree(3);
  tree.add(0, 1, 9);
  tree.add(1, 1, 9);
  tree.build(16);
  CHECK(tree.counted(0));
  CHECK(tree.counted(1));
}

TEST_CASE("a sum has no more terms than that, and what would have more is counted") {
  CounterTree tree(2);
  for (int i = 0; i < 5; ++i) tree.add(0, 1, 0);
  tree.add(1, 0, 9);
  tree.build(4);
  CHECK(tree.counted(5));
}

}  // namespace
}  // namespace recount::test

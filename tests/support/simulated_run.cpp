#include "tests/support/simulated_run.hpp"

#include <algorithm>
#include <tuple>

#include "tests/support/scenario.hpp"

namespace recount::simulated {
namespace {

auto members(const Fact& f) {
  return std::tie(f.kind, f.utid, f.upid, f.tid, f.parent, f.origin, f.exec, f.probe, f.line_at, f.status, f.signal,
                  f.error);
}

bool equal(const std::vector<Fact>& a, const std::vector<Fact>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Fact& x, const Fact& y) { return members(x) == members(y); });
}

constexpr std::size_t kRowsMax = 20'000;  // the longest that does end has some 2,000

}  // namespace

Run::Run(std::uint64_t seed) : plan_(seed), kernel_(plan_, seed), machine_(plan_.rules) {
  for (const Image& image : plan_.images) machine_.define_image(image.table);
}

void Run::play() {
  happened(kernel_.first());
  while (true) {
    while (!agenda_.empty()) perform();
    if (answered()) break;
    happened(next());
    if (rows_.size() > kRowsMax) fail("the run does not end");
  }
  over();
}

Observation Run::next() {
  if (const auto observation = kernel_.next_of_attachment(machine_)) return *observation;
  if (const auto observation = kernel_.look_at(machine_.orphan())) return *observation;
  return kernel_.wait();
}

void Run::happened(const Observation& observation) {
  Row& row = rows_.emplace_back();
  row.what = observation;
  row.seq = rows_.size();
  const Step& step = agenda_.observe(row.seq, observation);
  row.actions = step.actions;
  row.facts = step.facts;
  last_ = observation;
  judge(observation, step);
}

int Run::perform() {
  Row& done = rows_.emplace_back();
  done.what = agenda_.next();
  done.seq = rows_.size();
  done.error = kernel_.perform(agenda_.next());
  const int error = done.error;
  not_seized_ = not_seized_ || (done.action()->as<act::Seize>() && done.action()->utid == Utid{1} && error != 0);
  const Step& more = agenda_.performed(error);
  done.actions = more.actions;
  done.facts = more.facts;
  for (const Fact& fact : more.facts) judge_fact(last_, fact);
  return error;
}

bool Run::answered() const {
  judge_answers();
  judge_bytes();
  judge_threads();
  return machine_.ended();
}

void Run::over() {
  judge_end();
  kernel_.run_untraced();
  replay();
}

void Run::judge_end() const {
  if (not_seized_) return;
  if (!machine_.threads().empty() || !machine_.processes().empty()) fail("the run is over, and somebody is left");
  if (lost_) return;
  for (const auto& [upid, group] : groups_)
    if (!over_.contains(upid)) fail("a process was born that never ended");
  for (const Utid utid : born_) {
    const Task& task = task_of(utid);
    const bool accounted = ended_.contains(utid) || task.let_go || task.group->ended || !task.traced;
    if (!accounted && kernel_.group(task.first_group).tasks.size() > 0 && !task.dead())
      fail("a thread was born that never ended");
  }
  const bool runs_on = plan_.attaches && machine_.let_go();
  if (!runs_on && machine_.root_status() != kernel_.group(1).status) fail("the root ended with another status");
}

void Run::replay() const {
  Machine again(plan_.rules);
  for (const Image& image : plan_.images) again.define_image(image.table);
  for (const Row& row : rows_) {
    const Step& step =
        row.action() ? again.performed(*row.action(), row.error) : again.observe(row.seq, *row.observation());
    if (step.actions != row.actions || !equal(step.facts, row.facts))
      fail("the replay differs at row " + std::to_string(row.seq));
  }
}

void Run::count(std::map<std::string, std::uint64_t>& situations) const {
  const auto add = [&](std::string_view what) { ++situations[std::string(what)]; };
  for (const Row& row : rows_) {
    add(name_of(std::visit([](const auto& one) { return one.kind(); }, row.what)));
    if (row.error != 0) add(std::string(name_of(row.action()->kind())) + " failed");
    for (const Fact& fact : row.facts) add("fact " + std::string(scenario::fact_word(fact.kind)));
    for (const Fact& fact : row.facts)
      if (fact.kind == FactKind::let_go && fact.parent != Upid{}) add("fact let_go to be traced");
    for (const Fact& fact : row.facts)
      if (fact.kind == FactKind::let_go && fact.exec != ExecId{})
        add(fact.upid == Upid{1} ? "root not followed" : "not followed");
    if (row.observation()) count(*row.observation(), situations);
    for (const Action& action : row.actions)
      if (row.observation() && action.cause != row.seq) add("held answer");
    for (const Fact& fact : row.facts)
      if (fact.kind == FactKind::born && fact.origin == EventKind::timer) add("adopted");
  }
}

void Run::count(const Observation& observation, std::map<std::string, std::uint64_t>& situations) {
  const auto* const exec = observation.as<observed::EventExec>();
  if (exec && exec->former != observation.tid) ++situations["exec of a thread"];
  if (const auto* const rang = observation.as<observed::TimerRang>())
    ++situations["timer " + std::string(scenario::timer_word(rang->timer))];
  const auto* const event_stop = observation.as<observed::EventStop>();
  const auto* const group_stop = observation.as<observed::GroupStop>();
  if ((event_stop && event_stop->int3_pending) || (group_stop && group_stop->int3_pending))
    ++situations["pending int3"];
}

std::string Run::transcript() const {
  scenario::Printer out;
  out.rules(plan_.rules);
  for (const Image& image : plan_.images) out.image(*image.table);
  out.line("");
  for (const Row& row : rows_) {
    if (row.action())
      out.action(*row.action(), row.error);
    else
      out.observation(row.seq, *row.observation());
    for (const Fact& fact : row.facts) out.fact(fact);
  }
  out.outcome(machine_);
  return out.text();
}

}  // namespace recount::simulated

#include "replay/recount/failures.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "replay/recount/runners.hpp"
#include "replay/text/text.hpp"

namespace recount {
namespace {

constexpr int kKilledBy = 128;  // sh(1): the exit code of a command that signal n killed is 128+n
constexpr int kChld = 17, kCont = 18;

bool ended_before(const ProcessRecord* a, const ProcessRecord* b) {
  return std::tuple(*a->end_ns, a->upid) < std::tuple(*b->end_ns, b->upid);
}

bool repeats(WaitStatus status, WaitStatus child) {
  if (status.signaled() || child.exited()) return status.raw() == child.raw();
  return status.exit_code() == kKilledBy + child.term_signal();
}

// A time-out ends all at once: the parent waited for the child, whichever of them the kernel reports first.
bool timed_out_both(const ProcessRecord& a, const ProcessRecord& b) {
  return a.ended_by == EndedBy::timeout && b.ended_by == EndedBy::timeout;
}

// SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS: nobody expects these.
bool crashed(WaitStatus status) {
  constexpr int kCrashes[] = {3, 4, 5, 6, 7, 8, 11, 31};
  return status.signaled() &&
         std::find(std::begin(kCrashes), std::end(kCrashes), status.term_signal()) != std::end(kCrashes);
}

class Ranking {
 public:
  explicit Ranking(const History& history) : history_(history) {
    for (const SignalRecord& signal : history.signals()) {
      const bool own_end = signal.fatal && signal.sender_upid == signal.upid;  // a shell that ends as its child did
      if (signal.signal == kChld || signal.signal == kCont || own_end) continue;
      Seq& last = last_signal_[raw(signal.upid)];
      last = std::max(last, signal.seq);
    }
  }

  std::vector<Failure> run() {
    for (const ProcessRecord& process : history_.processes())
      if (process.failed()) add(process);
    for (std::size_t i = 0; i < failures_.size(); ++i) at_[raw(failures_[i].process->upid)] = i;
    for (const ProcessRecord& process : history_.processes()) tell_way(process);
    only_shells_say_why_ = !is_explained();
    for (Failure& failure : failures_) {
      failure.group = group_of(failure);
      failure.only_asks = line_behind(failure).asks();
    }
    sort();
    return std::move(failures_);
  }

 private:
  enum class Link : std::uint8_t { none, unminded, later, direct };  // how a failure goes on to the parent

  // From a process up to the top, or to where its failure went no further.
  struct Way {
    bool reached = true;
    bool unminded = false;        // that was to be expected
    bool in_passed_test = false;  // somebody above it is a test that ended well
    std::uint32_t later = 0;
    Link link = Link::direct;  // to its parent
  };

  const CommandLine& line_of(const ExecRecord* program) {
    const auto found = lines_.find(program);
    if (found != lines_.end()) return found->second;
    return lines_.emplace(program, CommandLine(program ? words_of(program->argv) : std::vector<std::string>{}))
        .first->second;
  }
  const CommandLine& line_of(const ProcessRecord& process) { return line_of(history_.program_of(process)); }
  // What its parent ran when it was born.
  const CommandLine& starter_of(const ProcessRecord& process) { return line_of(history_.born_with(process)); }

  Failure* failure_of(Upid upid) {
    const auto found = at_.find(raw(upid));
    return found == at_.end() ? nullptr : &failures_[found->second];
  }

  // --- what a process did about its children

  bool went_on_after(const ProcessRecord& parent, const ProcessRecord& child) const {
    const auto signal = last_signal_.find(raw(parent.upid));
    const Seq last = std::max(parent.last_deed, signal == last_signal_.end() ? 0 : signal->second);
    return last > child.end_seq && !timed_out_both(parent, child);
  }

  std::vector<const ProcessRecord*> failed_before(const ProcessRecord& process) const {
    std::vector<const ProcessRecord*> before;
    for (const Upid upid : process.children) {
      const ProcessRecord* const child = history_.process(upid);
      if (!child || !child->failed()) continue;
      if (*child->end_ns <= *process.end_ns || timed_out_both(process, *child)) before.push_back(child);
    }
    std::sort(before.begin(), before.end(), ended_before);
    return before;
  }

  void add(const ProcessRecord& process) {
    Failure failure;
    failure.process = &process;
    failure.before = failed_before(process);
    if (!failure.before.empty()) failure.part = Failure::Part::after_child;
    const ProcessRecord* same = nullptr;
    for (const ProcessRecord* const child : failure.before)
      if (repeats(process.status, child->status)) same = child;
    const bool passes_on = same && !went_on_after(process, *same);
    if (passes_on) failure.part = Failure::Part::passes_on;
    (passes_on ? failure.passed_on : failure.same_end) = same;
    failures_.push_back(std::move(failure));
  }

  // make starts nothing more after a failure, unless it is told to keep going: what it went on after is a $(shell ...) or a line
  // with a dash. While other jobs run, it may have started one before it heard.
  bool make_went_on(const ProcessRecord& make, const Failure* failed, const ProcessRecord& child) {
    const CommandLine& line = line_of(history_.program_at(make, *child.end_ns));
    if (!line.is_make() || line.keeps_going() || !went_on_after(make, child)) return false;
    if (failed && !failed->before.empty() && failed->before.back() == &child) return false;
    return std::none_of(make.children.begin(), make.children.end(), [&](Upid upid) {
      const ProcessRecord* const other = history_.process(upid);
      return other && other != &child && other->start_ns < *child.end_ns &&
             (!other->end_ns || *other->end_ns > *child.end_ns);
    });
  }

  Link link(const ProcessRecord& parent, const ProcessRecord& child) {
    const Failure* const failed = failure_of(parent.upid);
    if (is_test(child) && is_expected(child)) return Link::unminded;
    if (is_retried(child)) return Link::none;
    if (make_went_on(parent, failed, child)) return Link::unminded;
    if (parent.ended_well()) return Link::none;
    if (failed && failed->passed_on && !repeats(parent.status, child.status)) return Link::none;
    const CommandLine& line = line_of(history_.program_at(parent, *child.end_ns));
    if (line.has_tests_inside() && failed && failed->passed_on != &child) return Link::unminded;
    return line.collects() || !went_on_after(parent, child) ? Link::direct : Link::later;
  }

  // A parent is older than its child, so its way is known first.
  void tell_way(const ProcessRecord& process) {
    Way way;
    if (const ProcessRecord* const parent = history_.process(process.parent)) {
      way = ways_[raw(parent->upid)];
      way.in_passed_test = way.in_passed_test || (is_test(*parent) && parent->ended_well());
      way.link = process.failed() ? link(*parent, process) : Link::direct;
      if (way.link == Link::later) ++way.later;
      if (way.link == Link::none || way.link == Link::unminded) {
        way.reached = false;
        way.unminded = way.link == Link::unminded;
      }
    }
    ways_[raw(process.upid)] = way;
    if (Failure* const failure = failure_of(process.upid)) {
      failure->reached_top = way.reached;
      failure->later = way.later;
    }
  }

  // --- what a process is

  bool is_test(const ProcessRecord& process) {
    return !process.execs.empty() && (starter_of(process).runs_tests() || is_swallowed(process));
  }

  // The driver ended well, although what it had been given to run did not.
  bool is_swallowed(const ProcessRecord& process) {
    const ProcessRecord* const parent = history_.process(process.parent);
    return parent && parent->ended_well() && !process.execs.empty() &&
           starter_of(process).was_given(line_of(&history_.execs()[process.execs.front()]));
  }

  bool is_expected(const ProcessRecord& process) {
    const CommandLine& runner = starter_of(process);
    return runner.expects_failure() || (process.status.exited() && runner.skips(process.status.exit_code()));
  }

  // Its runner tried it again, and then it ended well.
  bool is_retried(const ProcessRecord& process) {
    const ProcessRecord* const parent = history_.process(process.parent);
    if (!parent || process.execs.empty() || !starter_of(process).runs_tests()) return false;
    const auto argv = [this](const ProcessRecord& one) { return history_.execs()[one.execs.front()].argv; };
    return std::any_of(parent->children.begin(), parent->children.end(), [&](Upid upid) {
      const ProcessRecord* const other = history_.process(upid);
      return other && other->ended_well() && other->start_ns >= *process.end_ns && !other->execs.empty() &&
             argv(*other) == argv(process);
    });
  }

  // Its own, or that of whom it repeats.
  const CommandLine& line_behind(const Failure& failure) {
    const Failure* at = &failure;
    while (at->passed_on && !line_of(*at->process).asks()) at = failure_of(at->passed_on->upid);
    return line_of(*at->process);
  }

  // A script compares what it gets with what should be, goes on, and fails at its end.
  bool may_be_why(const Failure& failure) {
    return only_shells_say_why_ && ways_[raw(failure.process->upid)].reached && line_behind(failure).shows_difference();
  }

  bool is_below_a_probing_one(const ProcessRecord& process) {
    for (const auto* at = history_.process(process.parent); at; at = history_.process(at->parent))
      if (line_of(*at).probes()) return true;
    return false;
  }

  // Whether another program than a shell or make failed of itself, and all above it of that.
  bool is_explained() {
    return std::any_of(failures_.begin(), failures_.end(), [this](const Failure& failure) {
      return failure.part == Failure::Part::cause && failure.reached_top && failure.later == 0 &&
             !line_of(*failure.process).decides();
    });
  }

  bool root_failed() const { return history_.processes().front().failed(); }

  bool is_failed_test(const ProcessRecord& process, const Way& way) {
    if (!is_test(process) || is_expected(process) || way.in_passed_test || is_retried(process)) return false;
    return starter_of(process).runs_tests() ? way.reached || only_shells_say_why_
                                            : only_shells_say_why_ && !failures_.empty() && root_failed();
  }

  Failure::Group group_of(const Failure& failure) {
    const ProcessRecord& process = *failure.process;
    const Way& way = ways_[raw(process.upid)];
    const Failure* const above = failure_of(process.parent);
    if (is_failed_test(process, way)) return Failure::Group::test;
    if (above && above->group == Failure::Group::test && way.link == Link::direct) return Failure::Group::test;
    if (way.reached && way.later == 0) return Failure::Group::reached;
    const bool only_asks = line_behind(failure).asks() && !may_be_why(failure);
    const bool expected = way.unminded || only_asks || is_below_a_probing_one(process);
    if (expected && !crashed(process.status)) return Failure::Group::nobody_minded;
    return way.reached ? Failure::Group::reached : Failure::Group::went_on;
  }

  void sort() {
    const auto rank = [](const Failure& f) {
      const bool reached = f.group == Failure::Group::reached;
      const std::int64_t end = *f.process->end_ns;
      return std::tuple(f.group, f.part, reached && f.only_asks, reached ? f.later : 0, reached ? -end : end,
                        f.process->upid);
    };
    std::sort(failures_.begin(), failures_.end(),
              [&](const Failure& a, const Failure& b) { return rank(a) < rank(b); });
  }

  const History& history_;
  std::vector<Failure> failures_;                      // by upid, until they are sorted
  std::unordered_map<std::uint32_t, std::size_t> at_;  // of failures_, by upid
  std::unordered_map<std::uint32_t, Way> ways_;
  std::unordered_map<std::uint32_t, Seq> last_signal_;
  std::unordered_map<const ExecRecord*, CommandLine> lines_;
  bool only_shells_say_why_ = false;
};

}  // namespace

const char* word_of(Failure::Part part) {
  switch (part) {
    case Failure::Part::cause: return "cause";
    case Failure::Part::after_child: return "after_child";
    case Failure::Part::passes_on: return "passes_on";
  }
  return "";
}

const char* word_of(Failure::Group group) {
  switch (group) {
    case Failure::Group::test: return "test";
    case Failure::Group::reached: return "reached";
    case Failure::Group::went_on: return "went_on";
    case Failure::Group::nobody_minded: return "nobody_minded";
  }
  return "";
}

const char* word_of(EndedBy who) {
  switch (who) {
    case EndedBy::others: return nullptr;
    case EndedBy::timeout: return "timeout";
    case EndedBy::request: return "request";
    case EndedBy::probe: return "probe";
  }
  return nullptr;
}

std::vector<Failure> failures_of(const History& history) { return Ranking(history).run(); }

std::string argv_of(const History& history, const ProcessRecord& process) {
  const ExecRecord* const program = history.program_of(process);
  return program ? program->argv : std::string();
}

std::string argv_text(const std::string& argv) { return argv.empty() ? "(nothing yet)" : shell_quoted(words_of(argv)); }

std::vector<Starter> chain_of(const History& history, const ProcessRecord& process) {
  std::vector<Starter> chain;
  std::string below = argv_of(history, process);
  const ProcessRecord* at = &process;
  for (const auto* above = history.process(at->parent); above; above = history.process(at->parent)) {
    const Starter starter{above, history.born_with(*at)};
    std::string argv = starter.argv();
    if (argv != below) chain.push_back(starter);
    below = std::move(argv);
    at = above;
  }
  return chain;
}

}  // namespace recount

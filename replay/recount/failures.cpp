#include "replay/recount/failures.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "replay/text/text.hpp"

namespace recount {
namespace {

constexpr int kKilledBy = 128;  // sh(1): the exit code of a command that signal n killed is 128+n

bool ended_before(const ProcessRecord* a, const ProcessRecord* b) {
  return std::tuple(*a->end_ns, a->upid) < std::tuple(*b->end_ns, b->upid);
}

bool repeats(WaitStatus status, WaitStatus child) {
  if (status.signaled() || child.exited()) return status.raw() == child.raw();
  return status.exit_code() == kKilledBy + child.term_signal();
}

std::vector<const ProcessRecord*> failed_before(const History& history, const ProcessRecord& process) {
  std::vector<const ProcessRecord*> before;
  for (const Upid upid : process.children) {
    const ProcessRecord* const child = history.process(upid);
    if (child && child->failed() && *child->end_ns <= *process.end_ns) before.push_back(child);
  }
  std::sort(before.begin(), before.end(), ended_before);
  return before;
}

Failure failure_of(const History& history, const ProcessRecord& process) {
  Failure failure{&process, Failure::Part::cause, true, failed_before(history, process), nullptr};
  if (!failure.before.empty()) failure.part = Failure::Part::after_child;
  for (const ProcessRecord* const child : failure.before) {
    if (!repeats(process.status, child->status)) continue;
    failure.part = Failure::Part::passes_on;
    failure.passed_on = child;
  }
  return failure;
}

// Whether the parent may have failed of it: not if it ended well, and not of one child if it ended as another did.
bool goes_on_to(const ProcessRecord& parent, const Failure* failed, const ProcessRecord& process) {
  return !parent.ended_well() && (!failed || !failed->passed_on || repeats(parent.status, process.status));
}

// A parent is older than its child, so it is known first.
void tell_how_far(const History& history, std::vector<Failure>& failures) {
  std::unordered_map<std::uint32_t, Failure*> failed;
  for (Failure& failure : failures) failed[raw(failure.process->upid)] = &failure;
  const auto failure_of = [&failed](Upid upid) {
    const auto found = failed.find(raw(upid));
    return found == failed.end() ? nullptr : found->second;
  };
  std::unordered_map<std::uint32_t, bool> reaches;
  for (const ProcessRecord& process : history.processes()) {
    const ProcessRecord* const parent = history.process(process.parent);
    const bool does = !parent || (reaches[raw(parent->upid)] && goes_on_to(*parent, failure_of(parent->upid), process));
    reaches[raw(process.upid)] = does;
    if (Failure* const failure = failure_of(process.upid)) failure->reached_top = does;
  }
}

}  // namespace

const char* word_of(Failure::Part part) {
  switch (part) {
    case Failure::Part::cause: return "cause";
    case Failure::Part::after_child: return "after_child";
    case Failure::Part::passes_on: return "passes_on";
  }
  return "";
}

std::vector<Failure> failures_of(const History& history) {
  std::vector<Failure> all;
  for (const ProcessRecord& process : history.processes()) {
    if (process.failed()) all.push_back(failure_of(history, process));
  }
  tell_how_far(history, all);
  const auto rank = [](const Failure& f) {
    return std::tuple(!f.reached_top, f.part, *f.process->end_ns, f.process->upid);
  };
  std::sort(all.begin(), all.end(), [&](const Failure& a, const Failure& b) { return rank(a) < rank(b); });
  return all;
}

std::string argv_of(const History& history, const ProcessRecord& process) {
  const ExecRecord* const program = history.program_of(process);
  return program ? program->argv : std::string();
}

std::string argv_text(const std::string& argv) { return argv.empty() ? "(nothing yet)" : shell_quoted(words_of(argv)); }

std::vector<const ProcessRecord*> chain_of(const History& history, const ProcessRecord& process) {
  std::vector<const ProcessRecord*> chain;
  std::string below = argv_of(history, process);
  for (const auto* at = history.process(process.parent); at; at = history.process(at->parent)) {
    std::string argv = argv_of(history, *at);
    if (argv != below) chain.push_back(at);
    below = std::move(argv);
  }
  return chain;
}

}  // namespace recount

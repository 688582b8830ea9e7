#include "replay/reports/diff.hpp"

#include <algorithm>
#include <deque>
#include <map>

#include "replay/text/text.hpp"

namespace recount {
namespace {

using Lines = std::map<std::uint32_t, bool>;                                        // a line: executed?
using Functions = std::map<std::pair<std::string, std::string>, FunctionCoverage>;  // file, name

void compare_lines(const Lines& of, const Lines& to, std::vector<std::uint32_t>& only,
                   std::vector<std::uint32_t>& executed) {
  for (const auto& [line, ran] : of) {
    const auto other = to.find(line);
    if (other == to.end())
      only.push_back(line);
    else if (ran && !other->second)
      executed.push_back(line);
  }
}

Lines lines_of(const FileCoverage* file) {
  Lines lines;
  if (file)
    for (const LineCoverage& line : file->lines) lines[line.line] = line.hits != 0;
  return lines;
}

std::vector<LineDiff> diff_lines(const RunSide& a, const RunSide& b) {
  std::map<std::string, std::pair<const FileCoverage*, const FileCoverage*>> files;
  for (const FileCoverage& file : a.files) files[file.file].first = &file;
  for (const FileCoverage& file : b.files) files[file.file].second = &file;
  std::vector<LineDiff> all;
  for (const auto& [name, both] : files) {
    const Lines in_a = lines_of(both.first), in_b = lines_of(both.second);
    LineDiff diff;
    diff.file = name;
    compare_lines(in_a, in_b, diff.only[0], diff.executed[0]);
    compare_lines(in_b, in_a, diff.only[1], diff.executed[1]);
    if (!diff.empty()) all.push_back(std::move(diff));
  }
  return all;
}

Functions functions_of(const RunSide& side) {
  Functions all;
  for (const FileCoverage& file : side.files)
    for (const FunctionCoverage& function : file.functions) {
      const auto [at, fresh] = all.try_emplace({file.file, function.name}, function);
      if (!fresh) at->second.hits = std::max(at->second.hits, function.hits);
    }
  return all;
}

void compare_functions(const Functions& of, const Functions& to, std::vector<FunctionDiff>& only,
                       std::vector<FunctionDiff>& executed) {
  for (const auto& [key, function] : of) {
    const auto other = to.find(key);
    const FunctionDiff entry{key.first, key.second, function.line};
    if (other == to.end())
      only.push_back(entry);
    else if (function.hits != 0 && other->second.hits == 0)
      executed.push_back(entry);
  }
}

class ProcessMatch {
 public:
  ProcessMatch(const RunSide& a, const RunSide& b, RunDiff& diff) : sides_{&a, &b}, diff_(diff) {}

  void run() {
    match(roots_of(0), roots_of(1));
    while (!pairs_.empty()) {
      const auto [a, b] = pairs_.front();
      pairs_.pop_front();
      if (a->end_ns.has_value() != b->end_ns.has_value() || a->status.raw() != b->status.raw())
        diff_.ended.emplace_back(a, b);
      if (const auto way = first_difference({history(0), sides_[0]->deeds, *a}, {history(1), sides_[1]->deeds, *b}))
        diff_.ways.push_back(*way);
      match(children_of(0, *a), children_of(1, *b));
    }
    std::stable_sort(diff_.ways.begin(), diff_.ways.end(),
                     [](const WayDiff& x, const WayDiff& y) { return x.first_seq() < y.first_seq(); });
  }

 private:
  using Processes = std::vector<const ProcessRecord*>;

  const History& history(int side) const { return sides_[side]->history; }

  Processes roots_of(int side) const {
    Processes roots;
    for (const ProcessRecord& process : history(side).processes())
      if (process.parent == Upid{}) roots.push_back(&process);
    return roots;
  }

  Processes children_of(int side, const ProcessRecord& process) const {
    Processes children;
    for (const Upid child : process.children) children.push_back(history(side).process(child));
    return children;
  }

  void match(const Processes& a, const Processes& b) {
    std::map<std::string, std::deque<const ProcessRecord*>> open;
    for (const ProcessRecord* process : b) open[programs_of(history(1), *process)].push_back(process);
    for (const ProcessRecord* process : a) {
      auto& same = open[programs_of(history(0), *process)];
      if (same.empty()) {
        add_with_descendants(0, process);
        continue;
      }
      pairs_.emplace_back(process, same.front());
      same.pop_front();
    }
    for (const ProcessRecord* process : b) {
      auto& left = open[programs_of(history(1), *process)];
      if (left.empty() || left.front() != process) continue;
      left.pop_front();
      add_with_descendants(1, process);
    }
  }

  void add_with_descendants(int side, const ProcessRecord* process) {
    std::deque<const ProcessRecord*> todo{process};
    while (!todo.empty()) {
      const ProcessRecord* const next = todo.front();
      todo.pop_front();
      diff_.processes[side].push_back(next);
      const Processes children = children_of(side, *next);
      todo.insert(todo.end(), children.begin(), children.end());
    }
  }

  const RunSide* sides_[2];
  RunDiff& diff_;
  std::deque<std::pair<const ProcessRecord*, const ProcessRecord*>> pairs_;
};

}  // namespace

bool LineDiff::empty() const {
  return only[0].empty() && only[1].empty() && executed[0].empty() && executed[1].empty();
}

bool RunDiff::empty() const {
  return files.empty() && only[0].empty() && only[1].empty() && executed[0].empty() && executed[1].empty() &&
         processes[0].empty() && processes[1].empty() && ended.empty() && ways.empty();
}

// Its programs in order; for one that never execs, whose copy it is.
std::string programs_of(const History& history, const ProcessRecord& process) {
  std::string text;
  for (const std::size_t exec : process.execs)
    text.append(text.empty() ? "" : " ⇒ ").append(shell_quoted(words_of(history.execs()[exec].argv)));
  if (!text.empty()) return text;
  const ExecRecord* const program = history.program_of(process);
  return program ? "(a copy of " + shell_quoted(words_of(program->argv)) + ")" : "(nothing yet)";
}

RunDiff diff_of(const RunSide& a, const RunSide& b) {
  RunDiff diff;
  diff.files = diff_lines(a, b);
  const Functions in_a = functions_of(a), in_b = functions_of(b);
  compare_functions(in_a, in_b, diff.only[0], diff.executed[0]);
  compare_functions(in_b, in_a, diff.only[1], diff.executed[1]);
  ProcessMatch(a, b, diff).run();
  return diff;
}

}  // namespace recount

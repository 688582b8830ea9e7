#include "replay/reports/diff.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <unordered_set>

#include "replay/text/line_map.hpp"
#include "replay/text/passing_names.hpp"
#include "replay/text/text.hpp"

namespace recount {
namespace {

using Lines = std::map<std::uint32_t, bool>;                                        // a line: executed?
using Functions = std::map<std::pair<std::string, std::string>, FunctionCoverage>;  // file, name

// `number` says which line it is in the other run; 0: in none.
template <typename Number>
void compare_lines(const Lines& of, const Lines& to, Number number, std::vector<std::uint32_t>& only,
                   std::vector<std::uint32_t>& executed) {
  for (const auto& [line, ran] : of) {
    const auto other = to.find(number(line));
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

LineMap line_map(const RunSide& a, const RunSide& b, const std::string& file) {
  const auto before = a.texts.peek(file), after = b.texts.peek(file);
  return before && after ? LineMap(*before, *after) : LineMap();
}

std::vector<std::string> edited_files(const RunSide& a, const RunSide& b) {
  std::vector<std::string> edited;
  for (const FileCoverage& file : a.files) {
    const auto before = a.texts.peek(file.file), after = b.texts.peek(file.file);
    if (before && after && *before != *after) edited.push_back(file.file);
  }
  return edited;
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
    const LineMap map = line_map(a, b, name);
    compare_lines(
        in_a, in_b, [&](std::uint32_t line) { return map.to(line); }, diff.only[0], diff.executed[0]);
    compare_lines(
        in_b, in_a, [&](std::uint32_t line) { return map.from(line); }, diff.only[1], diff.executed[1]);
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

// By what a process is found again among its siblings.
class Keys {
 public:
  explicit Keys(const RunSide& side) : side_(side) {
    for (const ProcessRecord& process : side.history.processes()) pids_.insert(std::to_string(raw(process.pid)));
  }

  std::string of(const ProcessRecord& process) const {
    const auto test = side_.tests.find(process.upid);
    if (test == side_.tests.end() && process.execs.empty()) return "copy";
    const std::string name = test == side_.tests.end() ? programs_of(side_.history, process) : "test " + test->second;
    return without_pids(without_passing_names(name));
  }

 private:
  std::string without_pids(const std::string& text) const {
    constexpr const char* kDigits = "0123456789";
    std::string folded;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find_first_not_of(kDigits, at), text.size());
      const std::string number = text.substr(at, end - at);
      folded += pids_.contains(number) ? "PID" : number;
      const std::size_t next = std::min(text.find_first_of(kDigits, end), text.size());
      folded.append(text, end, next - end);
      at = next;
    }
    return folded;
  }

  const RunSide& side_;
  std::unordered_set<std::string> pids_;
};

class ProcessMatch {
 public:
  ProcessMatch(const RunSide& a, const RunSide& b, RunDiff& diff)
      : sides_{&a, &b}, keys_{Keys(a), Keys(b)}, diff_(diff) {}

  void run() {
    match_roots(roots_of(0), roots_of(1));
    while (!pairs_.empty()) {
      const auto [a, b] = pairs_.front();
      pairs_.pop_front();
      diff_.matched.push_back({a, b});
      if (a->end_ns.has_value() != b->end_ns.has_value() || a->status.raw() != b->status.raw() ||
          a->ended_by != b->ended_by)
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

  // Whatever it ran: it is what both runs are of. Further roots are processes whose parent is not known.
  void match_roots(Processes a, Processes b) {
    if (a.empty() || b.empty()) return match(a, b);
    pairs_.emplace_back(a.front(), b.front());
    if (keys_[0].of(*a.front()) != keys_[1].of(*b.front())) diff_.started.emplace_back(a.front(), b.front());
    a.erase(a.begin());
    b.erase(b.begin());
    match(a, b);
  }

  void match(const Processes& a, const Processes& b) {
    std::map<std::string, std::deque<const ProcessRecord*>> open;
    for (const ProcessRecord* process : b) open[keys_[1].of(*process)].push_back(process);
    for (const ProcessRecord* process : a) {
      auto& same = open[keys_[0].of(*process)];
      if (same.empty()) {
        add_with_descendants(0, process);
        continue;
      }
      pairs_.emplace_back(process, same.front());
      same.pop_front();
    }
    for (const ProcessRecord* process : b) {
      auto& left = open[keys_[1].of(*process)];
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
  Keys keys_[2];
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
  diff.edited = edited_files(a, b);
  diff.files = diff_lines(a, b);
  const Functions in_a = functions_of(a), in_b = functions_of(b);
  compare_functions(in_a, in_b, diff.only[0], diff.executed[0]);
  compare_functions(in_b, in_a, diff.only[1], diff.executed[1]);
  ProcessMatch(a, b, diff).run();
  return diff;
}

}  // namespace recount

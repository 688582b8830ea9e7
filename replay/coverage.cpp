#include "replay/coverage.hpp"

#include <algorithm>
#include <tuple>

namespace recount {
namespace {

// Sorted, each line once, with the hits of its busiest probe.
void unite_lines(std::vector<FunctionLine>& lines) {
  const auto key = [](const FunctionLine& l) { return std::pair(l.line, ~l.hits); };
  std::sort(lines.begin(), lines.end(),
            [&](const auto& a, const auto& b) { return key(a) < key(b); });
  const auto same = [](const auto& a, const auto& b) { return a.line == b.line; };
  lines.erase(std::unique(lines.begin(), lines.end(), same), lines.end());
}

// The files of one log have the same lines and functions in every run. probes_hit counts the probes
// that any run hit up to `files`'s.
void add_up(std::vector<FileCoverage>& files, const std::vector<FileCoverage>& before) {
  for (std::size_t i = 0; i < files.size(); ++i) {
    for (std::size_t k = 0; k < files[i].lines.size(); ++k) {
      LineCoverage& line = files[i].lines[k];
      const LineCoverage& earlier = before[i].lines[k];
      line.hits += earlier.hits;
      line.processes += earlier.processes;
      if (earlier.first_seq != 0) line.first_seq = earlier.first_seq;
    }
    for (std::size_t k = 0; k < files[i].functions.size(); ++k) {
      FunctionCoverage& function = files[i].functions[k];
      function.hits += before[i].functions[k].hits;
      for (std::size_t n = 0; n < function.lines.size(); ++n)
        function.lines[n].hits += before[i].functions[k].lines[n].hits;
    }
    files[i].count();
  }
}

}  // namespace

Coverage::Coverage(const LogFile& log, const SourceSelection& selection)
    : sources_(log, selection), hits_(sources_.probe_lines().size()) {}

void Coverage::hit(ProbeId probe, Upid upid, Seq seq) {
  const auto lines = sources_.lines_of(probe);
  if (lines.empty()) return;
  const auto place = static_cast<std::size_t>(lines.data() - sources_.probe_lines().data());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    Hits& hits = hits_[place + i];
    if (hits.count++ == 0) hits.first_seq = seq;
    hits.ever = true;
    if (upid != Upid{}) remember({lines[i].line, raw(upid)});
  }
}

void Coverage::join(Upid guess, Upid upid) {
  for (auto& [line, process] : reached_)
    if (process == raw(guess)) process = raw(upid);
}

// The pairs are kept within twice of what they are without repetition.
void Coverage::remember(Reached reached) {
  constexpr std::size_t kFew = 1 << 16;
  reached_.push_back(reached);
  if (reached_.size() < 2 * compact_size_ + kFew) return;
  compact(reached_);
  compact_size_ = reached_.size();
}

void Coverage::compact(std::vector<Reached>& reached) {
  std::sort(reached.begin(), reached.end());
  reached.erase(std::unique(reached.begin(), reached.end()), reached.end());
}

std::vector<LineCoverage> Coverage::lines() const {
  std::vector<LineCoverage> lines(sources_.lines().size());
  for (std::size_t i = 0; i < hits_.size(); ++i) {
    LineCoverage& line = lines[sources_.probe_lines()[i].line];
    ++line.probes;
    line.probes_hit += hits_[i].ever;
    line.hits = std::max(line.hits, hits_[i].count);
    const bool first =
        hits_[i].count != 0 && (line.first_seq == 0 || hits_[i].first_seq < line.first_seq);
    if (first) line.first_seq = hits_[i].first_seq;
  }
  auto reached = reached_;
  compact(reached);
  for (const auto& [line, upid] : reached) ++lines[line].processes;
  return lines;
}

std::vector<FileCoverage> Coverage::files() const {
  return total_.empty() ? files_of_run() : total_;
}

void Coverage::run_ended() {
  std::vector<FileCoverage> files = files_of_run();
  if (!total_.empty()) add_up(files, total_);
  total_ = std::move(files);
  for (Hits& hits : hits_) hits = {0, 0, hits.ever};
  reached_.clear();
  compact_size_ = 0;
}

std::vector<FileCoverage> Coverage::files_of_run() const {
  std::vector<FileCoverage> files(sources_.files().size());
  for (std::size_t i = 0; i < files.size(); ++i) files[i].file = sources_.files()[i];
  add_lines(files);
  add_functions(files);
  std::erase_if(files, [](const FileCoverage& f) { return f.lines.empty(); });
  for (FileCoverage& file : files) file.count();
  return files;
}

void Coverage::add_lines(std::vector<FileCoverage>& files) const {
  const std::vector<LineCoverage> all = lines();
  for (std::size_t i = 0; i < all.size(); ++i) {
    FileCoverage& file = files[sources_.lines()[i].file];
    file.lines.push_back(all[i]);
    file.lines.back().line = sources_.lines()[i].line;
  }
}

// What is declared at one place under one name is one function, in however many images it is, and
// whichever of its symbols (the two of a constructor) they have.
void Coverage::add_functions(std::vector<FileCoverage>& files) const {
  const std::vector<SourceFunction>& all = sources_.functions();
  std::vector<std::uint32_t> used;
  for (const ProbeLine& p : sources_.probe_lines())
    if (p.function != Sources::kNoFunction && all[p.function].file < files.size())
      used.push_back(p.function);
  const auto key = [&](std::uint32_t f) {
    return std::tie(all[f].file, all[f].line, all[f].name, all[f].linkage_name);
  };
  std::sort(used.begin(), used.end());
  used.erase(std::unique(used.begin(), used.end()), used.end());
  std::sort(used.begin(), used.end(), [&](auto a, auto b) { return key(a) < key(b); });
  std::vector<std::pair<std::size_t, std::size_t>> place(
      all.size());  // a file, one beyond its function
  for (const std::uint32_t f : used) {
    auto& functions = files[all[f].file].functions;
    if (functions.empty() || functions.back().line != all[f].line ||
        functions.back().name != all[f].name)
      functions.push_back({all[f].name, all[f].linkage_name, all[f].line, 0});
    place[f] = {all[f].file, functions.size()};
  }
  std::vector<FunctionCoverage*> by_function(all.size());
  for (const std::uint32_t f : used)
    by_function[f] = &files[place[f].first].functions[place[f].second - 1];
  add_function_lines(files, by_function);
}

void Coverage::add_function_lines(std::vector<FileCoverage>& files,
                                  const std::vector<FunctionCoverage*>& by_function) const {
  for (std::size_t i = 0; i < hits_.size(); ++i) {
    const ProbeLine& p = sources_.probe_lines()[i];
    FunctionCoverage* const function =
        p.function == Sources::kNoFunction ? nullptr : by_function[p.function];
    if (!function) continue;
    function->hits = std::max(function->hits, hits_[i].count);
    const SourceLine& at = sources_.lines()[p.line];
    if (at.file == sources_.functions()[p.function].file)
      function->lines.push_back({at.line, hits_[i].count});
  }
  for (FileCoverage& file : files)
    for (FunctionCoverage& function : file.functions) unite_lines(function.lines);
}

void FileCoverage::keep_lines(const std::function<bool(std::uint32_t)>& keep) {
  const auto dropped = [&](const auto& l) { return !keep(l.line); };
  std::erase_if(lines, dropped);
  std::erase_if(functions, [&](FunctionCoverage& f) {
    if (f.lines.empty()) return dropped(f);
    std::erase_if(f.lines, dropped);
    return f.lines.empty();
  });
  count();
}

void FileCoverage::count() {
  const auto hit = [](const auto& x) { return x.hits != 0; };
  lines_hit = static_cast<std::uint64_t>(std::count_if(lines.begin(), lines.end(), hit));
  functions_hit =
      static_cast<std::uint64_t>(std::count_if(functions.begin(), functions.end(), hit));
}

CoverageTotals totals_of(const FileCoverage& file) {
  return {file.lines.size(), file.lines_hit, file.functions.size(), file.functions_hit};
}

CoverageTotals totals_of(const std::vector<FileCoverage>& files) {
  CoverageTotals totals;
  for (const FileCoverage& file : files) {
    totals.lines += file.lines.size();
    totals.lines_hit += file.lines_hit;
    totals.functions += file.functions.size();
    totals.functions_hit += file.functions_hit;
  }
  return totals;
}

}  // namespace recount

#include "replay/recount/coverage.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace recount {
namespace {

// Hits added up over images, which come one after another: of the places of one image the busiest counts.
class HitSum {
 public:
  void add(std::uint32_t image, std::uint64_t hits) {
    if (image != std::exchange(image_, image)) busiest_ = 0;
    const std::uint64_t before = std::exchange(busiest_, std::max(busiest_, hits));
    sum_ += busiest_ - before;
  }
  std::uint64_t sum() const noexcept { return sum_; }

 private:
  std::uint32_t image_ = 0;
  std::uint64_t busiest_ = 0;  // of image_
  std::uint64_t sum_ = 0;
};

struct ToldLine {
  std::uint32_t line, image;
  std::uint64_t hits;
  friend auto operator<=>(const ToldLine&, const ToldLine&) = default;
};

// Each line once, by line.
std::vector<FunctionLine> united(std::vector<ToldLine> told) {
  std::sort(told.begin(), told.end());
  std::vector<FunctionLine> lines;
  HitSum hits;
  for (const ToldLine& t : told) {
    if (lines.empty() || lines.back().line != t.line) {
      lines.push_back({t.line});
      hits = {};
    }
    hits.add(t.image, t.hits);
    lines.back().hits = hits.sum();
  }
  return lines;
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
    : sources_(log, selection, Sources::Texts::newest),
      hits_(sources_.probe_lines().size()),
      taken_(sources_.ways().size()) {}

void Coverage::add(ProbeId probe, std::optional<ImageAddress> line_at, Upid upid, ExecId exec, Seq seq) {
  for (const ProbeLine& told : sources_.lines_of(probe)) {
    const auto at = static_cast<std::size_t>(&told - sources_.probe_lines().data());
    if (line_at && told.address != raw(*line_at)) continue;
    if (!line_at) ++hits_[at].count;
    if (!line_at) hits_[at].ever = true;
    begin(at, upid, exec, seq);
  }
  for (const ProbeWay& told : sources_.ways_of(probe))
    if (!line_at || told.address == raw(*line_at)) taken_[told.way] = true;
}

void Coverage::count(ProbeId probe, std::uint64_t times) { counts_[raw(probe)] += static_cast<std::int64_t>(times); }

void Coverage::stop_counting(ProbeId probe) { uncounted_.insert(raw(probe)); }

// Of a sum with differences, too small a subtrahend makes too much: then nothing is said but that the line was hit.
void Coverage::count_executions(std::vector<LineCoverage>& lines) const {
  struct Total {
    std::int64_t times = 0;
    bool is_counted = false, is_uncounted = false, subtracts = false, at_least = false;
  };
  if (sources_.terms().empty()) return;
  std::vector<Total> totals(lines.size());
  std::set<std::uint32_t> images;  // in which lines are counted
  for (const LineTerm& term : sources_.terms()) {
    images.insert(term.image);
    Total& total = totals[term.line];
    (term.probe != 0 ? total.is_counted : total.is_uncounted) = true;
    const auto count = counts_.find(term.probe);
    if (count != counts_.end()) total.times += term.factor * count->second;
    total.subtracts = total.subtracts || term.factor < 0;
    total.at_least = total.at_least || uncounted_.contains(term.probe);
  }
  std::vector<bool> elsewhere(lines.size());
  for (const ProbeLine& line : sources_.probe_lines())
    if (!images.contains(line.image)) elsewhere[line.line] = true;
  for (std::size_t i = 0; i < totals.size(); ++i) {
    const Total& total = totals[i];
    if (!total.is_counted || total.is_uncounted) continue;
    const bool is_known = !total.at_least || !total.subtracts;
    const auto times = static_cast<std::uint64_t>(is_known ? std::max<std::int64_t>(total.times, 0) : 0);
    lines[i].executions = lines[i].hits == 0 ? 0 : std::max(times, lines[i].hits);
    lines[i].at_least = lines[i].hits != 0 && (total.at_least || elsewhere[i]);
  }
}

void Coverage::take(WatchId watch, Way way) {
  for (std::size_t i = 0; i < taken_.size(); ++i)
    if (sources_.ways()[i].watch == raw(watch) && sources_.ways()[i].way == way) taken_[i] = true;
}

void Coverage::retire(WatchId watch) { retired_.insert(raw(watch)); }

void Coverage::begin(std::size_t at, Upid upid, ExecId exec, Seq seq) {
  if (hits_[at].first_seq == 0) hits_[at].first_seq = seq;
  if (upid != Upid{}) remember({sources_.probe_lines()[at].site, raw(upid), raw(exec)});
}

void Coverage::join(Upid guess, Upid upid) {
  for (Visit& visit : visits_)
    if (visit.upid == raw(guess)) visit.upid = raw(upid);
}

// They are kept within twice of what they are without repetition.
void Coverage::remember(Visit visit) {
  constexpr std::size_t kFew = 1 << 16;
  visits_.push_back(visit);
  if (visits_.size() < 2 * compact_size_ + kFew) return;
  compact(visits_);
  compact_size_ = visits_.size();
}

void Coverage::compact(std::vector<Visit>& visits) {
  std::sort(visits.begin(), visits.end());
  visits.erase(std::unique(visits.begin(), visits.end()), visits.end());
}

void Coverage::lodges(Upid upid, Upid host) {
  const auto further = hosts_.find(raw(host));
  hosts_[raw(upid)] = further == hosts_.end() ? raw(host) : further->second;
}

std::vector<std::uint64_t> Coverage::times() const {
  auto visits = visits_;
  for (Visit& visit : visits)
    if (const auto host = hosts_.find(visit.upid); host != hosts_.end()) visit.upid = host->second;
  compact(visits);
  std::vector<std::uint64_t> of_site(hits_.size()), times(hits_.size());
  for (const Visit& visit : visits) ++of_site[visit.site];
  for (std::size_t i = 0; i < hits_.size(); ++i)
    times[i] = std::max(hits_[i].count, of_site[sources_.probe_lines()[i].site]);
  return times;
}

std::vector<LineCoverage> Coverage::lines() const {
  std::vector<LineCoverage> lines(sources_.lines().size());
  std::vector<HitSum> sums(lines.size());
  const auto times = this->times();
  for (std::size_t i = 0; i < hits_.size(); ++i) {
    const ProbeLine& p = sources_.probe_lines()[i];
    LineCoverage& line = lines[p.line];
    line.is_exceptional = p.is_exceptional && (line.probes == 0 || line.is_exceptional);
    ++line.probes;
    line.probes_hit += hits_[i].ever;
    sums[p.line].add(p.image, times[i]);
    const bool first = hits_[i].first_seq != 0 && (line.first_seq == 0 || hits_[i].first_seq < line.first_seq);
    if (first) line.first_seq = hits_[i].first_seq;
  }
  for (std::size_t i = 0; i < lines.size(); ++i) lines[i].hits = sums[i].sum();
  count_processes(lines);
  count_executions(lines);
  return lines;
}

void Coverage::count_processes(std::vector<LineCoverage>& lines) const {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> reached;  // a line, a process
  for (const Visit& visit : visits_) reached.emplace_back(sources_.probe_lines()[visit.site].line, visit.upid);
  std::sort(reached.begin(), reached.end());
  reached.erase(std::unique(reached.begin(), reached.end()), reached.end());
  for (const auto& [line, upid] : reached) ++lines[line].processes;
}

std::vector<FileCoverage> Coverage::files() const { return total_.empty() ? files_of_run() : total_; }

void Coverage::run_ended() {
  std::vector<FileCoverage> files = files_of_run();
  if (!total_.empty()) add_up(files, total_);
  total_ = std::move(files);
  for (Hits& hits : hits_) hits = {0, 0, hits.ever};
  visits_.clear();
  compact_size_ = 0;
}

std::vector<FileCoverage> Coverage::files_of_run() const {
  std::vector<FileCoverage> files(sources_.files().size());
  for (std::size_t i = 0; i < files.size(); ++i) files[i].file = sources_.files()[i];
  add_lines(files);
  add_functions(files);
  for (FileCoverage& file : files) file.count_functions();
  add_branches(files);
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

std::optional<bool> Coverage::is_taken(std::size_t way) const {
  if (taken_[way]) return true;
  const SourceWay& of = sources_.ways()[way];
  const bool is_told =
      of.told == SourceWay::Told::by_probes || (of.told == SourceWay::Told::by_watch && !retired_.contains(of.watch));
  return is_told ? std::optional(false) : std::nullopt;
}

namespace {

// One is enough; without, all have to be known.
std::optional<bool> any_of_both(std::optional<bool> a, std::optional<bool> b) {
  if (a == true || b == true) return true;
  return a && b ? std::optional(false) : std::nullopt;
}

// Of each jump: its ways stand side by side.
void note_reached(std::vector<BranchCoverage>& branches) {
  const auto is_same = [](const BranchCoverage& a, const BranchCoverage& b) {
    return a.line == b.line && a.condition == b.condition;
  };
  for (auto first = branches.begin(); first != branches.end();) {
    const auto last = std::find_if(first, branches.end(), [&](const auto& other) { return !is_same(*first, other); });
    std::optional<bool> reached = false;
    for (auto at = first; at != last; ++at) reached = any_of_both(reached, at->taken);
    for (; first != last; ++first) first->reached = reached;
  }
}

}  // namespace

void Coverage::add_branches(std::vector<FileCoverage>& files) const {
  for (std::size_t i = 0; i < taken_.size(); ++i) {
    const SourceWay& way = sources_.ways()[i];
    const SourceLine& at = sources_.lines()[way.line];
    auto& branches = files[at.file].branches;
    if (branches.empty() || branches.back().line != at.line || branches.back().number != way.number) {
      branches.push_back({at.line, way.number, way.condition, way.way, way.to_line, is_taken(i)});
      continue;
    }
    BranchCoverage& same = branches.back();
    same.taken = any_of_both(same.taken, is_taken(i));
    if (same.to_line == 0 || (way.to_line != 0 && way.to_line < same.to_line)) same.to_line = way.to_line;
  }
  for (FileCoverage& file : files) note_reached(file.branches);
}

// What is declared at one place under one name is one function, in however many images it is, and
// whichever of its symbols (the two of a constructor) they have.
void Coverage::add_functions(std::vector<FileCoverage>& files) const {
  const std::vector<SourceFunction>& all = sources_.functions();
  std::vector<std::uint32_t> used;
  for (const ProbeLine& p : sources_.probe_lines())
    if (p.function != Sources::kNoFunction && all[p.function].file < files.size()) used.push_back(p.function);
  const auto key = [&](std::uint32_t f) {
    return std::tie(all[f].file, all[f].line, all[f].name, all[f].linkage_name);
  };
  std::sort(used.begin(), used.end());
  used.erase(std::unique(used.begin(), used.end()), used.end());
  std::sort(used.begin(), used.end(), [&](auto a, auto b) { return key(a) < key(b); });
  std::vector<std::uint32_t> number(all.size(), Sources::kNoFunction);
  std::uint32_t count = 0;
  for (const std::uint32_t f : used) {
    auto& functions = files[all[f].file].functions;
    const bool fresh =
        functions.empty() || functions.back().line != all[f].line || functions.back().name != all[f].name;
    if (fresh) functions.push_back({all[f].name, all[f].linkage_name, all[f].line, 0});
    number[f] = (count += fresh) - 1;
  }
  add_function_lines(files, number);
}

// `number` gives each of the sources' functions its place in `files`, counted through all of them.
void Coverage::add_function_lines(std::vector<FileCoverage>& files, const std::vector<std::uint32_t>& number) const {
  std::vector<FunctionCoverage*> functions;
  for (FileCoverage& file : files)
    for (FunctionCoverage& function : file.functions) functions.push_back(&function);
  std::vector<HitSum> sums(functions.size());
  std::vector<std::vector<ToldLine>> told(functions.size());
  const auto times = this->times();
  for (std::size_t i = 0; i < hits_.size(); ++i) {
    const ProbeLine& p = sources_.probe_lines()[i];
    if (p.function == Sources::kNoFunction || number[p.function] == Sources::kNoFunction) continue;
    sums[number[p.function]].add(p.image, times[i]);
    const SourceLine& at = sources_.lines()[p.line];
    if (at.file == sources_.functions()[p.function].file)
      told[number[p.function]].push_back({at.line, p.image, times[i]});
  }
  for (std::size_t i = 0; i < functions.size(); ++i) {
    functions[i]->hits = sums[i].sum();
    functions[i]->lines = united(std::move(told[i]));
  }
}

// Where a function is entered, the line of its declaration runs.
void FileCoverage::count_functions() {
  const auto executions_of = [this](std::uint32_t number, std::uint64_t hits) {
    const auto line = std::lower_bound(lines.begin(), lines.end(), number,
                                       [](const LineCoverage& a, std::uint32_t wanted) { return a.line < wanted; });
    return line != lines.end() && line->line == number && line->hits == hits ? line->executions : std::nullopt;
  };
  for (FunctionCoverage& function : functions) {
    for (FunctionLine& line : function.lines) {
      line.executions = executions_of(line.line, line.hits);
      if (line.line == function.line) function.executions = line.executions;
    }
  }
}

void FileCoverage::keep_lines(const std::function<bool(std::uint32_t)>& keep) {
  const auto dropped = [&](const auto& l) { return !keep(l.line); };
  std::erase_if(lines, dropped);
  std::erase_if(branches, dropped);
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
  functions_hit = static_cast<std::uint64_t>(std::count_if(functions.begin(), functions.end(), hit));
  branch_share = share_of(branches);
}

std::span<const BranchCoverage> FileCoverage::branches_of(std::uint32_t line) const {
  const auto [first, last] =
      std::equal_range(branches.begin(), branches.end(), BranchCoverage{.line = line},
                       [](const BranchCoverage& a, const BranchCoverage& b) { return a.line < b.line; });
  return {first, last};
}

const char* ways_word(const BranchCoverage& branch) {
  if (!branch.taken) return "was perhaps taken: nobody knows";
  if (*branch.taken) return "was taken";
  return branch.reached == false ? "was never come to" : "was never taken";
}

BranchShare& BranchShare::operator+=(const BranchShare& other) noexcept {
  taken += other.taken;
  known += other.known;
  all += other.all;
  return *this;
}

BranchShare share_of(std::span<const BranchCoverage> branches) {
  BranchShare share;
  for (const BranchCoverage& branch : branches) {
    ++share.all;
    share.known += branch.taken.has_value();
    share.taken += branch.taken == true;
  }
  return share;
}

CoverageTotals totals_of(const FileCoverage& file) {
  return {file.lines.size(), file.lines_hit, file.functions.size(), file.functions_hit, file.branch_share};
}

CoverageTotals totals_of(const std::vector<FileCoverage>& files) {
  CoverageTotals totals;
  for (const FileCoverage& file : files) {
    totals.lines += file.lines.size();
    totals.lines_hit += file.lines_hit;
    totals.functions += file.functions.size();
    totals.functions_hit += file.functions_hit;
    totals.branches += file.branch_share;
  }
  return totals;
}

}  // namespace recount

#include "replay/coverage.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace recount {

Coverage::Coverage(const LogFile& log) : sources_(log), hits_(sources_.probe_lines().size()) {}

void Coverage::hit(ProbeId probe, Upid upid, Seq seq) {
  const auto lines = sources_.lines_of(probe);
  if (lines.empty()) return;
  const auto place = static_cast<std::size_t>(lines.data() - sources_.probe_lines().data());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    Hits& hits = hits_[place + i];
    if (hits.count++ == 0) hits.first_seq = seq;
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
    line.probes_hit += hits_[i].count != 0;
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
  std::vector<FileCoverage> files(sources_.files().size());
  for (std::size_t i = 0; i < files.size(); ++i) files[i].file = sources_.files()[i];
  const std::vector<LineCoverage> all = lines();
  for (std::size_t i = 0; i < all.size(); ++i) {
    FileCoverage& file = files[sources_.lines()[i].file];
    file.lines.push_back(all[i]);
    file.lines.back().line = sources_.lines()[i].line;
    file.lines_hit += all[i].hits != 0;
  }
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::string>, std::uint64_t> functions;
  for (std::size_t i = 0; i < hits_.size(); ++i) {
    const std::uint32_t function = sources_.probe_lines()[i].function;
    if (function == Sources::kNoFunction) continue;
    const SourceFunction& f = sources_.functions()[function];
    std::uint64_t& hits = functions[{f.file, f.line, f.name}];
    hits = std::max(hits, hits_[i].count);
  }
  for (const auto& [key, hits] : functions) {
    const auto& [file, line, name] = key;
    if (file >= files.size()) continue;
    files[file].functions.push_back({name, line, hits});
    files[file].functions_hit += hits != 0;
  }
  std::erase_if(files, [](const FileCoverage& f) { return f.lines.empty(); });
  return files;
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

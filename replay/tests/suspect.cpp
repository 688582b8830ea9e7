#include "replay/tests/suspect.hpp"

#include <algorithm>
#include <cmath>

namespace recount {
namespace {

std::vector<Suspicion> ranked(std::vector<Suspicion> all, std::uint64_t total_failed, std::uint64_t total_passed) {
  const auto separates = [&](const Suspicion& one) {
    return one.failed != 0 && (total_passed == 0 || one.failed * total_passed > one.passed * total_failed);
  };
  std::erase_if(all, [&](const Suspicion& one) { return !separates(one); });
  std::stable_sort(all.begin(), all.end(), [](const Suspicion& a, const Suspicion& b) { return a.score > b.score; });
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i].rank = i > 0 && all[i].score == all[i - 1].score ? all[i - 1].rank : i + 1;
  return all;
}

}  // namespace

double ochiai(std::uint64_t failed, std::uint64_t passed, std::uint64_t total_failed) {
  if (failed == 0) return 0;
  return static_cast<double>(failed) /
         std::sqrt(static_cast<double>(total_failed) * static_cast<double>(failed + passed));
}

void Spectrum::begin(bool failed) {
  is_failing_ = failed;
  ++(failed ? failed_ : passed_);
}

void Spectrum::count(Count& count, const RanLine& line) {
  if (is_failing_ && (count.failed == 0 || line.line < count.line)) count.line = line.line;
  if (count.function.empty()) count.function = line.function;
  if (std::exchange(count.last, failed_ + passed_) == failed_ + passed_) return;
  ++(is_failing_ ? count.failed : count.passed);
}

void Spectrum::ran(const RanLine& line) {
  count(lines_[{line.file, line.line}], line);
  if (!line.function.empty()) count(functions_[{line.file, line.function}], line);
}

Suspicion Spectrum::suspicion(const std::string& file, const Count& count) const {
  return {file, count.line, count.function, count.failed, count.passed, ochiai(count.failed, count.passed, failed_), 0};
}

std::vector<Suspicion> Spectrum::lines() const {
  std::vector<Suspicion> all;
  for (const auto& [place, count] : lines_) all.push_back(suspicion(place.first, count));
  return ranked(std::move(all), failed_, passed_);
}

std::vector<Suspicion> Spectrum::functions() const {
  std::vector<Suspicion> all;
  for (const auto& [place, count] : functions_) all.push_back(suspicion(place.first, count));
  return ranked(std::move(all), failed_, passed_);
}

}  // namespace recount

// The last lines that each thread reached, beside the history: what a thread had done when it died.
//
//   LastLines last(log, sources);  Recount(log).run(&last);
//   last.of(thread)                                  // oldest first, at most kLines
//
// A probe is lifted at its first hit in an address space, so a line is here when it was reached for the first time there, or
// rather when the probe that tells of it was: what runs in one go has one. The places of one line that follow each other are one. An exec begins anew, and of what ended well nothing is kept: the
// memory is that of kLines hits for each thread that runs or failed.
#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>

#include "replay/recount/history.hpp"

namespace recount {

struct ReachedLine {
  Seq seq = 0;
  std::int64_t time_ns = 0;
  std::uint32_t line = 0;      // of Sources::lines()
  std::uint32_t function = 0;  // of Sources::functions(), or Sources::kNoFunction
  std::uint32_t site = 0;      // ProbeLine::site
};

class LastLines : public Visitor {
 public:
  static constexpr std::size_t kLines = 20;

  LastLines(const LogFile& log, const Sources& sources, Coverage* coverage = nullptr)
      : history_(log, coverage), sources_(sources) {}
  void row(const TraceEvent& event, const std::vector<Fact>& facts) override;
  void run_ended() override { history_.run_ended(); }

  const History& history() const noexcept { return history_; }
  const std::deque<ReachedLine>& of(const ThreadRecord& thread) const;

 private:
  void add(const Hit& hit, const ProbeLine& line);
  void forget(const ProcessRecord& process);

  History history_;
  const Sources& sources_;
  std::unordered_map<std::uint32_t, std::deque<ReachedLine>> lines_;  // by utid
};

}  // namespace recount

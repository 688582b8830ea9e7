// What the program itself did, thread by thread: the part of a log in which two runs of the same
// may be expected to agree.
//
//   Deeds deeds;  Recount(log).run(&both);  // `both` hands each row to `history` and to `deeds`
//   deeds.close(history);                   // once, at the end
//   const auto way = first_difference({a, in_a}, {b, in_b});
//
// A deed is a fork, vfork or clone, an exec, a signal that was delivered, or the end of the process
// (which its first thread has). Left out is what hangs on time alone: hits of probes, stops, when a
// child ended and when a timer did (SIGCHLD, SIGALRM, SIGVTALRM, SIGPROF, and SIGURG, SIGWINCH and
// SIGCONT, which runtimes and terminals send); such a signal that killed the process is in its end.
//
// Memory: 16 bytes for each deed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "replay/recount/history.hpp"

namespace recount {

struct Deed {
  enum class Kind : std::uint8_t { forked, vforked, cloned, execed, signalled, ended };
  Seq seq = 0;
  Kind kind{};
  std::int32_t number = 0;  // the signal, or the raw wait status
  bool is_same_as(const Deed& other) const { return kind == other.kind && number == other.number; }
};

class Deeds : public Visitor {
 public:
  void row(const TraceEvent& event, const std::vector<Fact>& facts) override;
  void close(const History& history);  // the ends
  const std::vector<Deed>& of(Utid thread) const;

 private:
  void add(Utid thread, Seq seq, Deed::Kind kind, std::int32_t number);
  std::unordered_map<std::uint32_t, std::vector<Deed>> by_thread_;
  std::unordered_map<std::uint32_t, Seq> end_seq_;  // by upid
};

// Where the same process went another way in two runs, first: in the thread that was born as the
// n-th in both.
struct WayDiff {
  const ProcessRecord* process[2];
  Tid thread[2]{};
  std::optional<Deed> deed[2];  // none: nothing more
  Seq first_seq() const;        // the smaller of the two
};

struct WaySide {
  const History& history;
  const Deeds& deeds;
  const ProcessRecord& process;
};

// Nothing if all deeds are the same. A process that was not seen to end may have done more.
std::optional<WayDiff> first_difference(const WaySide& a, const WaySide& b);

}  // namespace recount

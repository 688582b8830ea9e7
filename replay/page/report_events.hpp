// The events of a log for its page: packs of columns, which the browser unpacks when somebody wants to see them.
//
// A pack is what PackedStream makes of: how many events; the texts that they have, as a JSON array with its length before it;
// and nine columns, one after the other: seq, time, kind, tid, utid, upid, detail, error, back. All numbers are LEB128. seq, time, tid,
// utid and upid are differences to the event before, in zigzag; detail and error are numbers of texts, from 1, or 0; back says how many events ago that was
// which an action answers. 500,000 events take about 2 MB.
//
// A log may have more events than a browser bears. Then those are kept that tell of processes, programs, signals and what went
// wrong, and if these are too many, the first half and the last half of what there is room for.
#pragma once

#include <cstdint>
#include <iosfwd>

#include "replay/log/log_file.hpp"

namespace recount {

class KeptEvents {
 public:
  KeptEvents(const LogFile& log, std::uint64_t all, std::uint64_t most);
  std::uint64_t count() const noexcept;  // in the page
  void write(std::ostream& out) const;   // elements of the page, one for each pack

 private:
  bool keeps(const TraceEvent& event, std::uint64_t& telling) const;

  const LogFile& log_;
  std::uint64_t all_, most_;
  std::uint64_t telling_ = 0;  // how many tell of more than routine, if not all are kept
};

}  // namespace recount

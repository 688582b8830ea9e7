// How much of what each process writes stays in the log: its beginning and its end, of standard output and of standard error.
//
//   OutputBudget budget(KeptOutput::all, limit);
//   for (const Seq seq : budget.wrote(upid, fd, seq, bytes)) ...   // the rows whose bytes are to be dropped now
//   for (const Seq seq : budget.ended(upid, status)) ...           // likewise
//
// Half of the limit is for the beginning, half for the end. A row is in the log before it is dropped, so a log whose recorder was
// killed has the end of each output as well.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/vocabulary/event.hpp"

namespace recount {

enum class KeptOutput : std::uint8_t {
  all,
  failed,  // of processes that did not end with 0
  none,
};

class OutputBudget {
 public:
  OutputBudget(KeptOutput of, std::uint64_t bytes) : of_(of), half_(bytes / 2) {}

  std::vector<Seq> wrote(Upid upid, int fd, Seq seq, std::uint64_t bytes);
  std::vector<Seq> ended(Upid upid, WaitStatus status);

 private:
  struct Row {
    Seq seq;
    std::uint64_t bytes;
  };
  struct Stream {
    std::uint64_t first_bytes = 0, last_bytes = 0;
    std::vector<Seq> first;
    std::deque<Row> last;
  };

  KeptOutput of_;
  std::uint64_t half_;
  std::map<std::pair<Upid, int>, Stream> streams_;
};

}  // namespace recount

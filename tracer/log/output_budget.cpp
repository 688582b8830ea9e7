#include "tracer/log/output_budget.hpp"

namespace recount {

std::vector<Seq> OutputBudget::wrote(Upid upid, int fd, Seq seq, std::uint64_t bytes) {
  Stream& stream = streams_[{upid, fd}];
  if (stream.last.empty() && stream.first_bytes + bytes <= half_) {
    stream.first_bytes += bytes;
    if (of_ == KeptOutput::failed) stream.first.push_back(seq);
    return {};
  }
  std::vector<Seq> dropped;
  stream.last.push_back({seq, bytes});
  stream.last_bytes += bytes;
  while (stream.last_bytes > half_ && stream.last.size() > 1) {
    dropped.push_back(stream.last.front().seq);
    stream.last_bytes -= stream.last.front().bytes;
    stream.last.pop_front();
  }
  return dropped;
}

std::vector<Seq> OutputBudget::ended(Upid upid, WaitStatus status) {
  std::vector<Seq> dropped;
  const bool is_wanted = of_ == KeptOutput::all || !status.exited() || status.exit_code() != 0;
  for (const int fd : {1, 2}) {
    const auto stream = streams_.find({upid, fd});
    if (stream == streams_.end()) continue;
    if (!is_wanted) {
      dropped.insert(dropped.end(), stream->second.first.begin(), stream->second.first.end());
      for (const Row& row : stream->second.last) dropped.push_back(row.seq);
    }
    streams_.erase(stream);
  }
  return dropped;
}

}  // namespace recount

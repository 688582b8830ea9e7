// The questions to a store: history, flaky, slower, regressions, trend, signatures.
#include "replay/command/command.hpp"
#include "replay/query/row_writer.hpp"
#include "replay/store/store.hpp"
#include "replay/store/store_text.hpp"
#include "replay/text/text.hpp"

namespace recount {
namespace {

// The answer to a question, which may be narrowed by what stands behind the store.
int answer(const LogsRequest& request, const std::string& question, const std::vector<std::string>& parameters) {
  const Store store(request.paths.front(), Store::Mode::ask);
  Rows rows = store.ask(store_question(question), parameters);
  Output output(request.output);
  write_rows(*make_row_writer(request.format, output.stream()), rows);
  output.commit();
  return kYes;
}

void refuse_more_than(std::size_t most, const LogsRequest& request) {
  if (request.paths.size() > most) throw UsageError("too many words: " + request.paths[most]);
}

}  // namespace

int run_history(const LogsRequest& request) {
  refuse_more_than(2, request);
  if (request.paths.size() == 1) return answer(request, "history", {});
  return answer(request, "history-of-test", {request.paths[1]});
}

int run_flaky(const LogsRequest& request) {
  refuse_more_than(1, request);
  return answer(request, "flaky", {});
}

int run_slower(const LogsRequest& request) {
  refuse_more_than(1, request);
  return answer(request, "slower", {});
}

int run_regressions(const LogsRequest& request) {
  refuse_more_than(2, request);
  if (request.paths.size() == 1) return answer(request, "regressions", {});
  const std::string& range = request.paths[1];
  const std::size_t dots = range.find("..");
  if (dots == std::string::npos || dots == 0 || dots + 2 == range.size())
    throw UsageError(range + " is no range of commits; write A..B");
  return answer(request, "regressions", {range.substr(0, dots), range.substr(dots + 2)});
}

int run_trend(const LogsRequest& request) {
  refuse_more_than(2, request);
  std::vector<std::string> folder(request.paths.begin() + 1, request.paths.end());
  while (!folder.empty() && folder[0].size() > 1 && folder[0].ends_with('/')) folder[0].pop_back();
  return answer(request, "trend", folder);
}

int run_signatures(const LogsRequest& request) {
  refuse_more_than(1, request);
  return answer(request, "signatures", {});
}

}  // namespace recount

// store add, and the questions to a store: history, flaky, slower, regressions, trend, signatures.
#include <iostream>
#include <optional>

#include "replay/command/command.hpp"
#include "replay/query/row_writer.hpp"
#include "replay/store/store.hpp"
#include "replay/store/store_text.hpp"
#include "replay/text/text.hpp"

namespace recount {
namespace {

void say(const std::string& message) { std::cerr << "recount-replay: " << visible(message) << '\n'; }

struct Added {
  std::size_t added = 0, known = 0, broken = 0;
  std::string text() const {
    return count_text(added, "run") + " added" + (known == 0 ? "" : ", " + std::to_string(known) + " were there") +
           (broken == 0 ? "" : ", " + count_text(broken, "log") + " left out");
  }
};

void add(Store& store, const std::string& path, Added& sum) {
  try {
    const LogFile log(path);
    try {
      ++(store.add(log) ? sum.added : sum.known);
    } catch (const SqliteError& error) {
      throw FileError(path, explain(error));
    }
  } catch (const FileError& error) {
    say(std::string(error.what()) + "; it is left out");
    ++sum.broken;
  }
}

// The answer to a question, which may be narrowed by what stands behind the store.
int answer(const LogsRequest& request, const std::string& question, const std::vector<std::string>& parameters) {
  const std::string& path = request.paths.front();
  try {
    const Store store(path, Store::Mode::ask);
    Rows rows = store.ask(store_question(question), parameters);
    Output output(request.output);
    write_rows(*make_row_writer(request.format, output.stream()), rows);
    output.commit();
  } catch (const SqliteError& error) {
    throw FileError(path, error.reason);
  }
  return kYes;
}

void refuse_more_than(std::size_t most, const LogsRequest& request) {
  if (request.paths.size() > most) throw UsageError("too many words: " + request.paths[most]);
}

}  // namespace

int run_store(const LogsRequest& request) {
  if (request.paths.front() != "add") throw UsageError("there is only: store add STORE LOG...");
  if (request.paths.size() < 3) throw UsageError("name a store and, after it, logs");
  const std::string& path = request.paths[1];
  Added sum;
  try {
    Store store(path, Store::Mode::add);
    for (std::size_t i = 2; i < request.paths.size(); ++i) add(store, request.paths[i], sum);
  } catch (const SqliteError& error) {
    throw FileError(path, error.reason);
  }
  Output output(request.output);
  if (request.format == "json")
    output.stream() << "{\"added\":" << sum.added << ",\"known\":" << sum.known << ",\"left_out\":" << sum.broken
                    << "}\n";
  else
    output.stream() << visible(path) << ": " << sum.text() << '\n';
  output.commit();
  return sum.broken == 0 ? kYes : kNo;
}

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

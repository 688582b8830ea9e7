// store add: what matters of logs, into a store.
#include <iostream>

#include "replay/command/command.hpp"
#include "replay/digest/digest.hpp"
#include "replay/store/store.hpp"
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

bool add(Store& store, const LogFile& log) {
  if (log.merged()) throw FileError(log.path(), "is a merged log; add the logs that it was made of");
  return !store.has(log.run().uuid) && store.add(digest_of(log));
}

void add(Store& store, const std::string& path, Added& sum) {
  try {
    const LogFile log(path);
    try {
      ++(add(store, log) ? sum.added : sum.known);
    } catch (const SqliteError& error) {
      throw FileError(path, explain(error));
    }
  } catch (const FileError& error) {
    say(std::string(error.what()) + "; it is left out");
    ++sum.broken;
  }
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

}  // namespace recount

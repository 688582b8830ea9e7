// report STORE: the page of many runs, for whoever wants to know where a team stands.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "replay/command/command.hpp"
#include "replay/recount/failures.hpp"
#include "replay/store/store.hpp"
#include "replay/store/store_text.hpp"
#include "replay/text/html_page.hpp"
#include "replay/text/packed_stream.hpp"

namespace recount {
namespace {

// A browser holds that many at ease: 10,000 runs of 100 tests.
constexpr std::size_t kResultsMax = 1'000'000;

// Texts that many runs have in common stand once.
class Texts {
 public:
  Json id(std::string_view text) {
    const auto [at, fresh] = ids_.try_emplace(std::string(text), ids_.size());
    if (fresh) texts_.push_back(at->first);
    return at->second;
  }
  const Json& all() const noexcept { return texts_; }

 private:
  std::unordered_map<std::string, std::size_t> ids_;
  Json texts_ = Json::array();
};

Json number_or_null(const Rows& rows, std::size_t column) {
  return rows.type(column) == Rows::Type::null ? Json(nullptr) : Json(rows.integer(column));
}

// In columns: what there are many of takes less room, and packs better. A commit's first letters and a run's are enough to tell it from others.
Json runs_json(const Store& store, Texts& texts) {
  constexpr std::size_t kCommitMax = 12, kUuidMax = 8;
  Json runs = Json::object();
  const auto column = [&runs](const char* name, Json value) { runs[name].push_back(std::move(value)); };
  for (const char* name : {"start", "took", "outcome", "ending", "repository", "branch", "commit", "job", "argv", "log",
                           "processes", "lines", "hit", "uuid"})
    runs[name] = Json::array();
  Rows rows = store.ask(store_question("all-runs"), {});
  while (rows.next()) {
    column("start", rows.integer(0) / 1'000'000);  // ms: JavaScript's numbers hold no ns
    column("took", number_or_null(rows, 1));
    column("outcome", texts.id(rows.bytes(2)));
    column("ending", texts.id(rows.bytes(3)));
    column("repository", texts.id(rows.bytes(4)));
    column("branch", texts.id(rows.bytes(5)));
    column("commit", std::string(rows.bytes(6).substr(0, kCommitMax)));
    column("job", texts.id(rows.bytes(7)));
    column("argv", texts.id(argv_text(std::string(rows.bytes(8)))));
    column("log", texts.id(rows.bytes(9)));
    column("processes", rows.integer(10));
    column("lines", rows.integer(11));
    column("hit", rows.integer(12));
    column("uuid", std::string(rows.bytes(13).substr(0, kUuidMax)));
  }
  return runs;
}

// Three digits are more than a chart shows, and pack well.
std::int64_t rounded_us(std::int64_t ns) {
  std::int64_t unit = 1;
  while (ns / 1000 / unit >= 1000) unit *= 10;
  return (ns / 1000 + unit / 2) / unit * unit;
}

char letter_of(std::string_view result) { return result.empty() || result == "unknown" ? '?' : result.front(); }

// Of each test a letter for each of the last runs, and how long it took in those that have it.
Json tests_json(const Store& store, std::size_t runs) {
  Json tests = Json::array();
  std::string name, runner, letters;
  Json took = Json::array();
  const auto end = [&] {
    if (!letters.empty()) tests.push_back({{"name", name}, {"runner", runner}, {"results", letters}, {"us", took}});
  };
  Rows rows = store.ask(store_question("all-results"), {std::to_string(runs)});
  while (rows.next()) {
    if (letters.empty() || rows.bytes(0) != name || rows.bytes(1) != runner) {
      end();
      name = rows.bytes(0), runner = rows.bytes(1), letters.assign(runs, '.'), took = Json::array();
    }
    letters[static_cast<std::size_t>(rows.integer(2))] = letter_of(rows.bytes(3));
    took.push_back(rows.type(4) == Rows::Type::null ? Json(nullptr) : Json(rounded_us(rows.integer(4))));
  }
  end();
  return tests;
}

// So many of the last runs as have no more results than that.
std::size_t runs_with_results(const Store& store, std::size_t runs) {
  Rows rows = store.ask("SELECT COUNT(*) FROM result", {});
  const std::size_t results = rows.next() ? static_cast<std::size_t>(rows.integer(0)) : 0;
  return results <= kResultsMax ? runs : std::max<std::size_t>(1, runs * kResultsMax / results);
}

}  // namespace

int run_store_report(const LogsRequest& request) {
  for (const char* option : {"include", "exclude", "map", "exclude-line", "exclude-function", "no-markers"})
    if (request.options.count(option) != 0)
      throw UsageError(std::string("a store has no sources; --") + option + " is for the page of a log");
  const std::string& path = request.paths.front();
  const Store store(path, Store::Mode::ask);
  Texts texts;
  Json runs = runs_json(store, texts);
  const std::size_t shown = runs_with_results(store, runs["start"].size());
  Json page{{"store", path.substr(path.rfind('/') + 1)}, {"tool", "recount-replay " RECOUNT_VERSION}, {"shown", shown}};
  page["tests"] = tests_json(store, shown);
  page["runs"] = std::move(runs);
  page["texts"] = texts.all();
  Output output(request.output);
  PageFrame frame(output.stream(), kStoreFrame);
  frame.at("STYLE") << kPageStyle << kReportStyle << kStoreStyle;
  PackedStream packed(frame.at("STORE"));
  packed << page.dump(-1, ' ', false, Json::error_handler_t::replace);
  packed.finish();
  frame.at("SCRIPT") << kStoreScript;
  frame.finish();
  output.commit();
  return kYes;
}

}  // namespace recount

#include "replay/store/store.hpp"

#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <optional>

#include "replay/command/command.hpp"
#include "replay/coverage/coverage_report.hpp"
#include "replay/query/table_files.hpp"
#include "replay/recount/failures.hpp"
#include "replay/reports/failure_story.hpp"
#include "replay/store/store_text.hpp"
#include "replay/tests/test_list.hpp"

namespace recount {
namespace {

constexpr std::int64_t kStoreId = 0x52435354;  // "RCST", PRAGMA application_id
constexpr std::int64_t kStoreVersion = 1;      // PRAGMA user_version
constexpr int kPatienceMs = 60'000;            // while another job adds

void put(Statement& row, int at, const std::string& text) {
  text.empty() ? row.bind_null(at) : row.bind(at, std::string_view(text));
}
void put(Statement& row, int at, const std::optional<std::int64_t>& number) {
  number ? row.bind(at, *number) : row.bind_null(at);
}

// All that a store keeps of a run, read before anything is written: a log that breaks off in between leaves no trace.
struct Digest {
  struct Lines {
    std::int64_t lines = 0, hit = 0;
  };
  std::vector<TestRecord> tests;
  std::map<std::string, std::int64_t> failures;  // by signature
  std::map<std::string, Lines> files;
  Lines lines;
  std::int64_t processes = 0, failed = 0;
  std::string outcome, ending;
};

void take_end(const LogFile& log, const History& history, Digest& digest) {
  const ProcessRecord* const root = history.root_of(log.run());
  const bool ended = root && root->end_ns;
  digest.outcome = !ended ? "unfinished" : root->ended_well() ? "passed" : "failed";
  digest.ending = ended ? ending_of(Paint(false), log, Names(log), *root) : "the log ends before the run";
}

void take_failures(const LogFile& log, const LastLines& last, const Sources& sources, Digest& digest) {
  Stories stories(log, last, sources);
  for (const Failure& failure : failures_of(last.history())) {
    ++digest.failed;
    const bool is_of_the_run = failure.group == Failure::Group::test || failure.group == Failure::Group::reached;
    if (is_of_the_run && failure.part != Failure::Part::passes_on) ++digest.failures[stories.of(failure).signature];
  }
}

void take_coverage(const LogFile& log, const Coverage& coverage, Digest& digest) {
  const std::string root = source_root(log.runs());
  for (const FileCoverage& file : coverage.files()) {
    const bool is_beneath = !root.empty() && file.file.starts_with(root + "/");
    const Digest::Lines lines{static_cast<std::int64_t>(file.lines.size()), static_cast<std::int64_t>(file.lines_hit)};
    digest.files[is_beneath ? file.file.substr(root.size() + 1) : file.file] = lines;
    digest.lines.lines += lines.lines, digest.lines.hit += lines.hit;
  }
}

Digest digest_of(const LogFile& log) {
  Digest digest;
  const Sources sources(log);
  Coverage coverage(log);
  LastLines last(log, sources, &coverage);
  Recount(log).run(&last);
  digest.processes = static_cast<std::int64_t>(last.history().processes().size());
  take_end(log, last.history(), digest);
  take_failures(log, last, sources, digest);
  take_coverage(log, coverage, digest);
  std::vector<SaidTest> said = said_tests_of(log, last.history());
  QuerySession session(log);
  digest.tests = tests_of(session);
  add_said_tests(std::move(said), log, digest.tests);
  return digest;
}

class Writer {
 public:
  Writer(Database& database, std::int64_t run) : database_(database), run_(run) {}

  void write(const std::vector<TestRecord>& tests) {
    Statement row(database_, "INSERT OR REPLACE INTO result VALUES (?,?,?,?,?,?)");
    for (const TestRecord& test : tests) {
      row.bind(1, run_).bind(2, id_of("test", "name, runner", {test.test, test.runner}));
      row.bind(3, std::string_view(status_of(test)));
      put(row, 4, test.duration_ns);
      put(row, 5, test.cpu_us());
      row.bind(6, static_cast<std::int64_t>(test.processes)).execute();
    }
  }
  void write(const std::map<std::string, std::int64_t>& failures) {
    Statement row(database_, "INSERT INTO failure VALUES (?,?,?)");
    for (const auto& [signature, count] : failures)
      row.bind(1, run_).bind(2, id_of("signature", "text", {signature})).bind(3, count).execute();
  }
  void write(const std::map<std::string, Digest::Lines>& files) {
    Statement row(database_, "INSERT INTO file_lines VALUES (?,?,?,?)");
    for (const auto& [path, lines] : files) {
      row.bind(1, run_).bind(2, id_of("file", "path", {path}));
      row.bind(3, lines.lines).bind(4, lines.hit).execute();
    }
  }

 private:
  std::int64_t id_of(const std::string& table, const std::string& columns, const std::vector<std::string>& values) {
    const std::string marks = values.size() == 1 ? "?" : "?,?";
    Statement add(database_, "INSERT OR IGNORE INTO " + table + " (" + columns + ") VALUES (" + marks + ")");
    Statement find(database_, "SELECT " + table + "_id FROM " + table + " WHERE (" + columns + ") = (" + marks + ")");
    for (std::size_t i = 0; i < values.size(); ++i) {
      add.bind(static_cast<int>(i) + 1, std::string_view(values[i]));
      find.bind(static_cast<int>(i) + 1, std::string_view(values[i]));
    }
    add.execute();
    find.step();
    return find.integer(0);
  }

  Database& database_;
  std::int64_t run_;
};

std::int64_t add_run(Database& database, const LogFile& log, const Digest& digest) {
  const RunRecord& run = log.run();
  Statement row(
      database,
      "INSERT OR IGNORE INTO run (run_uuid, log, start_unix_ns, duration_ns, outcome, ending, argv, hostname, "
      "repository, branch, \"commit\", job, processes, failed, lines, lines_hit) "
      "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  row.bind(1, std::string_view(run.uuid)).bind(2, std::string_view(log.path())).bind(3, run.start_unix_ns);
  put(row, 4, run.duration_ns);
  row.bind(5, std::string_view(digest.outcome)).bind(6, std::string_view(digest.ending));
  row.bind(7, std::string_view(run.argv)).bind(8, std::string_view(run.hostname));
  put(row, 9, repository_of(run));
  put(row, 10, tag_of(run, "vcs.ref.head.name"));
  put(row, 11, tag_of(run, "vcs.ref.head.revision"));
  const std::string task = tag_of(run, "cicd.pipeline.task.name");
  put(row, 12, task.empty() ? tag_of(run, "cicd.pipeline.name") : task);
  row.bind(13, digest.processes)
      .bind(14, digest.failed)
      .bind(15, digest.lines.lines)
      .bind(16, digest.lines.hit)
      .execute();
  return sqlite3_changes(database.handle()) == 0 ? 0 : sqlite3_last_insert_rowid(database.handle());
}

// Undone unless it is committed.
class Transaction {
 public:
  explicit Transaction(Database& database) : database_(database) { database_.run("BEGIN IMMEDIATE"); }
  ~Transaction() {
    if (sqlite3_get_autocommit(database_.handle()) == 0)
      sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit() { database_.run("COMMIT"); }

 private:
  Database& database_;
};

}  // namespace

// Who was killed while it added left a journal, and to roll it back takes the right to write.
Database::Mode Store::mode_for(const std::string& path, Mode mode) {
  if (mode == Mode::add) return Database::Mode::create;
  return ::access(path.c_str(), W_OK) == 0 ? Database::Mode::read_write : Database::Mode::read_only;
}

Store::Store(const std::string& path, Mode mode) : path_(path), database_(path, mode_for(path, mode)) {
  sqlite3_busy_timeout(database_.handle(), kPatienceMs);
  if (mode == Mode::add) {
    Transaction transaction(database_);
    if (pragma("application_id") == 0 && is_empty())
      database_.run("PRAGMA application_id=" + std::to_string(kStoreId) +
                    "; PRAGMA user_version=" + std::to_string(kStoreVersion) + ";" + kStoreSql);
    transaction.commit();
  }
  check();
}

void Store::check() const {
  if (pragma("application_id") != kStoreId)
    throw FileError(path_, "is no store; make one with: recount-replay store add STORE.db LOG...");
  if (pragma("user_version") > kStoreVersion)
    throw FileError(path_, "was made by a newer version; use a newer recount-replay");
}

bool Store::is_empty() const {
  Statement rows(database_, "SELECT 1 FROM sqlite_master");
  return !rows.step();
}

std::int64_t Store::pragma(const char* name) const {
  Statement row(database_, std::string("PRAGMA ") + name);
  return row.step() ? row.integer(0) : 0;
}

bool Store::add(const LogFile& log) {
  if (log.merged()) throw FileError(log.path(), "is a merged log; add the logs that it was made of");
  Statement known(database_, "SELECT 1 FROM run WHERE run_uuid = ?");
  known.bind(1, std::string_view(log.run().uuid));
  if (known.step()) return false;
  known.reset();
  const Digest digest = digest_of(log);
  Transaction transaction(database_);
  const std::int64_t run = add_run(database_, log, digest);
  if (run == 0) return false;  // another job was quicker
  Writer writer(database_, run);
  writer.write(digest.tests);
  writer.write(digest.failures);
  writer.write(digest.files);
  transaction.commit();
  return true;
}

Rows Store::ask(std::string_view sql, const std::vector<std::string>& parameters) const {
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v2(database_.handle(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (code != SQLITE_OK) database_.fail(code);
  for (std::size_t i = 0; i < parameters.size(); ++i)
    sqlite3_bind_text(statement, static_cast<int>(i) + 1, parameters[i].data(), static_cast<int>(parameters[i].size()),
                      SQLITE_TRANSIENT);
  return Rows(path_, database_, statement);
}

}  // namespace recount

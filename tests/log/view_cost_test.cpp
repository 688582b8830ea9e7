// What the views cost: twice the log takes twice the steps of SQLite's virtual machine, not four times. Steps are counted, so that
// no clock is asked. Which plan a view gets differs from one SQLite to the next; these cases say the same with each.
#include <sqlite3.h>

#include <map>
#include "tests/support/catch.hpp"

#include "replay/log/merge.hpp"
#include "replay/query/named_queries.hpp"
#include "tests/support/log_builder.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/views_comparison.hpp"

namespace recount::test {
namespace {

constexpr int kRoot = 100;

// A loop of programs, as a shell runs one: children that are born into its memory and exec. Each is a test, and
// has a hit.
void write_loop(const std::string& path, int programs, const std::string& uuid = "loop") {
  {
    LogBuilder log(path);
    const ImageId shell = log.image("/bin/sh", {{0x10, "/src/sh.c", {3}, "main", 2}});
    const ImageId program = log.image("/bin/program", {{0x10, "/src/a.c", {3}, "main", 2}});
    log.spawned(kRoot);
    log.exec(kRoot, R"(["sh"])", shell);
    log.hit(kRoot, 0x10);
    for (int child = kRoot + 1; child <= kRoot + programs; ++child) {
      log.birth(EventKind::event_vfork, kRoot, child, child, MemorySharing::shared);
      log.stop(child);
      log.exec(child, R"(["program","--gtest_filter=Loop.case)" + std::to_string(child) + R"("])", program);
      log.vfork_done(kRoot);
      log.hit(child, 0x10);
      log.exited(child, child % 7 == 0);
    }
    log.exited(kRoot, 0);
    log.finish();
  }
  tamper(path, "UPDATE trace_run SET run_uuid = '" + uuid + "'");
}

void write_merged(const TemporaryFolder& folder, const std::string& path, int runs) {
  Merger merger(path);
  for (int run = 0; run < runs; ++run) {
    const std::string uuid = std::to_string(runs) + "-" + std::to_string(run);
    write_loop(folder.file(uuid), 3, uuid);
    merger.add(LogFile(folder.file(uuid)));
  }
}

// The views, and the queries that have a name.
std::map<std::string, std::string> questions(const std::string& path) {
  std::map<std::string, std::string> all;
  const Database database(path, Database::Mode::read_only);
  for (Statement view(database, "SELECT name FROM sqlite_master WHERE type = 'view'"); view.step();)
    all[view.text(0)] = "SELECT * FROM " + view.text(0);
  for (const NamedQuery& query : named_queries()) all["@" + std::string(query.name)] = query.sql;
  return all;
}

int steps(const Database& database, const std::string& sql) {
  Statement statement(database, sql);
  while (statement.step()) {
  }
  return sqlite3_stmt_status(sqlite3_next_stmt(database.handle(), nullptr), SQLITE_STMTSTATUS_VM_STEP, 0);
}

// What stays the same, and what a search in a deeper tree takes, is well within the half that is allowed here.
void check_doubling(const std::string& once, const std::string& twice) {
  const Database small(once, Database::Mode::read_only), large(twice, Database::Mode::read_only);
  for (const auto& [name, sql] : questions(once)) {
    INFO(name);
    CHECK(steps(large, sql) <= 2.5 * steps(small, sql));
  }
}

TEST_CASE("each view and query takes twice as long for a loop of twice as many programs") {
  const TemporaryFolder folder;
  write_loop(folder.file("once"), 300);
  write_loop(folder.file("twice"), 600);
  check_doubling(folder.file("once"), folder.file("twice"));
}

TEST_CASE("each view and query takes twice as long for twice as many merged runs") {
  const TemporaryFolder folder;
  write_merged(folder, folder.file("once"), 60);
  write_merged(folder, folder.file("twice"), 120);
  check_doubling(folder.file("once"), folder.file("twice"));
}

}  // namespace
}  // namespace recount::test

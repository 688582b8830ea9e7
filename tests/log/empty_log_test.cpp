// An empty log whose views are added as rows is what SQLite makes of the schema's text.
#include <fstream>
#include <string>
#include <vector>

#include "schema/log/empty_log.hpp"
#include "schema/log/log_format.hpp"
#include "schema/log/sqlite.hpp"
#include "schema/log/view_sql.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

std::string empty_log_in(const TemporaryFolder& folder) {
  std::ofstream(folder.file("empty.db"), std::ios::binary) << empty_log_image();
  return folder.file("empty.db");
}

using Rows = std::vector<std::vector<std::string>>;

// Where a table stands in the file is its own.
Rows schema_of(const Database& database) {
  Rows rows;
  Statement row(database, "SELECT type, name, tbl_name, rootpage > 0, sql FROM sqlite_master ORDER BY type, name");
  while (row.step()) rows.push_back({row.text(0), row.text(1), row.text(2), row.text(3), row.text(4)});
  return rows;
}

std::string one(const Database& database, const std::string& sql) {
  Statement row(database, sql);
  return row.step() ? row.text(0) : "";
}

TEST_CASE("the views that are added to an empty log are those that SQLite makes", "[empty_log]") {
  const TemporaryFolder folder;
  const std::string path = empty_log_in(folder);
  {
    Database writer(path, Database::Mode::read_write);
    CHECK(one(writer, "SELECT count(*) FROM sqlite_master WHERE type = 'view'") == "0");
    writer.run("BEGIN");
    add_views(writer);
    writer.run("COMMIT; INSERT INTO trace_file VALUES (1, '/src/a.c')");
  }
  Database made("", Database::Mode::in_memory);
  made.run(std::string(kTablesSql));
  made.run(views_sql());
  const Database added(path, Database::Mode::read_only);
  CHECK(schema_of(added) == schema_of(made));
  CHECK(one(added, "PRAGMA integrity_check") == "ok");
  CHECK(one(added, "SELECT path FROM trace_file") == "/src/a.c");
  for (const ViewText& view : empty_log_views()) {
    INFO(view.name);
    CHECK_NOTHROW(one(added, "SELECT count(*) FROM " + std::string(view.name)));
  }
}

TEST_CASE("views that can not be added leave an empty log as it was", "[empty_log]") {
  const TemporaryFolder folder;
  const std::string path = empty_log_in(folder);
  Database writer(path, Database::Mode::read_write);
  writer.run("PRAGMA max_page_count = 100; BEGIN");
  CHECK_THROWS_AS(add_views(writer), SqliteError);
  CHECK(one(writer, "SELECT count(*) FROM sqlite_master WHERE type = 'view'") == "0");
  CHECK(one(writer, "PRAGMA integrity_check") == "ok");
}

}  // namespace
}  // namespace recount::test

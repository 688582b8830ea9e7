#include "tests/support/query.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <memory>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace recount::test {
namespace {

struct CloseDatabase {
  void operator()(sqlite3* database) const noexcept { sqlite3_close(database); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};
using Connection = std::unique_ptr<sqlite3, CloseDatabase>;
using Prepared = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

[[noreturn]] void fail(sqlite3* database, const std::string& log, const std::string& sql) {
  throw std::runtime_error(log + ": " + sqlite3_errmsg(database) + ": " + sql);
}

Row row_of(sqlite3_stmt* statement) {
  Row row;
  for (int column = 0; column < sqlite3_column_count(statement); column++) {
    const unsigned char* text = sqlite3_column_text(statement, column);
    row.emplace_back(text == nullptr ? "null" : reinterpret_cast<const char*>(text));
  }
  return row;
}

// Tells a log from another, and from what was in it before.
auto state_of(const std::string& log) {
  struct stat info {};
  ::stat(log.c_str(), &info);
  return std::tuple(log, info.st_dev, info.st_ino, info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
}

// The log that was asked last is mostly asked again, and to read its 80 tables and views takes longer than most queries.
sqlite3* connection_to(const std::string& log, const std::string& sql) {
  static Connection last;
  static decltype(state_of(log)) last_state;
  if (last && state_of(log) == last_state) return last.get();
  sqlite3* opened = nullptr;
  const int result = sqlite3_open_v2(log.c_str(), &opened, SQLITE_OPEN_READONLY, nullptr);
  Connection connection(opened);
  if (result != SQLITE_OK) fail(opened, log, sql);
  last = std::move(connection);
  last_state = state_of(log);
  return opened;
}

}  // namespace

std::vector<Row> query(const std::string& log, const std::string& sql) {
  sqlite3* const opened = connection_to(log, sql);
  sqlite3_stmt* prepared = nullptr;
  if (sqlite3_prepare_v2(opened, sql.c_str(), -1, &prepared, nullptr) != SQLITE_OK) fail(opened, log, sql);
  const Prepared statement(prepared);
  std::vector<Row> rows;
  int step = sqlite3_step(prepared);
  for (; step == SQLITE_ROW; step = sqlite3_step(prepared)) rows.push_back(row_of(prepared));
  if (step != SQLITE_DONE) fail(opened, log, sql);
  return rows;
}

std::string value(const std::string& log, const std::string& sql) {
  const auto rows = query(log, sql);
  if (rows.size() != 1 || rows[0].size() != 1) throw std::runtime_error(log + ": not one value: " + sql);
  return rows[0][0];
}

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (char letter : text) result += letter == '\'' ? std::string("''") : std::string(1, letter);
  return result + "'";
}

}  // namespace recount::test

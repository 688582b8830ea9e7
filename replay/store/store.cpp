#include "replay/store/store.hpp"

#include <sqlite3.h>
#include <unistd.h>

#include "replay/store/store_text.hpp"
#include "replay/store/store_writer.hpp"

namespace recount {
namespace {

constexpr std::int64_t kStoreVersion = 1;  // PRAGMA user_version
constexpr int kPatienceMs = 60'000;        // while another job adds

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

// Whoever asks has a log at hand as well: what SQLite says is of this file.
Store::Store(const std::string& path, Mode mode) try : path_(path), database_(path, mode_for(path, mode)) {
  sqlite3_busy_timeout(database_.handle(), kPatienceMs);
  if (mode == Mode::add) make_tables();
  check();
  if (mode == Mode::ask) stand_in_for_missing_tables();
} catch (const SqliteError& error) {
  throw FileError(path, error.reason);
}

// A file of another kind is left alone.
void Store::make_tables() {
  Transaction transaction(database_);
  const bool is_new = pragma("application_id") == 0 && is_empty();
  if (is_new)
    database_.run("PRAGMA application_id=" + std::to_string(kStoreId) +
                  "; PRAGMA user_version=" + std::to_string(kStoreVersion));
  if (is_new || (pragma("application_id") == kStoreId && pragma("user_version") <= kStoreVersion))
    database_.run(kStoreSql);
  transaction.commit();
}

void Store::stand_in_for_missing_tables() {
  Database contract("", Database::Mode::in_memory);
  contract.run(kStoreSql);
  Statement table(contract, "SELECT name, sql FROM sqlite_master WHERE type = 'table'");
  constexpr std::string_view kCreate = "CREATE TABLE";
  while (table.step())
    if (!has_table(database_, table.text(0))) database_.run("CREATE TEMP TABLE" + table.text(1).substr(kCreate.size()));
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

bool Store::has(const std::string& run_uuid) const {
  Statement known(database_, "SELECT 1 FROM run WHERE run_uuid = ?");
  return known.bind(1, std::string_view(run_uuid)).step();
}

bool Store::add(const RunDigest& run) {
  Transaction transaction(database_);
  StoreWriter writer(database_);
  if (!writer.begin(run)) return false;  // another job was quicker
  writer.write_rest(run);
  transaction.commit();
  return true;
}

Rows Store::ask(std::string_view sql, const std::vector<std::string>& parameters) const {
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v2(database_.handle(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (code != SQLITE_OK) throw FileError(path_, sqlite3_errmsg(database_.handle()));
  for (std::size_t i = 0; i < parameters.size(); ++i)
    sqlite3_bind_text(statement, static_cast<int>(i) + 1, parameters[i].data(), static_cast<int>(parameters[i].size()),
                      SQLITE_TRANSIENT);
  return Rows(path_, database_, statement);
}

}  // namespace recount

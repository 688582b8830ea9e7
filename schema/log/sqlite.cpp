#include "schema/log/sqlite.hpp"

#include <limits.h>
#include <sqlite3.h>
#include <stdlib.h>

#include <memory>
#include <new>

namespace recount {
namespace {

int flags_of(Database::Mode mode) {
  switch (mode) {
    case Database::Mode::create: return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    case Database::Mode::create_and_attach: return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI;
    case Database::Mode::in_memory: return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY;
    case Database::Mode::read_write: return SQLITE_OPEN_READWRITE;
    case Database::Mode::read_only: return SQLITE_OPEN_READONLY;
  }
  return SQLITE_OPEN_READONLY;
}

// Debian's SQLite takes each name for a URI (SQLITE_USE_URI), asked to or not; none begins with a folder.
std::string file_name(const std::string& path) { return path.empty() || path.starts_with('/') ? path : "./" + path; }

// SQLite opens no file whose whole path, with "-journal" behind it, has more than 512 bytes (os_unix.c, MAX_PATHNAME).
// Its own message does not say so.
std::string length_trouble(const std::string& path) {
  constexpr std::size_t kBytesMax = 512 - 8;
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(folder.c_str(), nullptr), &::free);
  if (!real) return "";
  const std::size_t bytes = std::string_view(real.get()).size() + 1 + path.size() - (slash + 1);
  if (bytes <= kBytesMax) return "";
  return "its whole path has " + std::to_string(bytes) + " bytes, and SQLite opens none of more than " +
         std::to_string(kBytesMax);
}

// SQLite counts its memory, for nobody here, under a lock at each allocation.
void do_not_count_memory() {
  static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(once);
}

}  // namespace

Database::Database(const std::string& path, Mode mode) : path_(path) {
  do_not_count_memory();
  // No two threads use one connection at a time, so that SQLite need not lock it at each call: a fifth of a fold's time.
  const int code = sqlite3_open_v2(file_name(path).c_str(), &handle_,
                                   flags_of(mode) | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code == SQLITE_OK) return;
  const std::string message = handle_ ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
  sqlite3_close(handle_);
  if ((code & 0xff) == SQLITE_CANTOPEN)
    if (const std::string trouble = length_trouble(path); !trouble.empty())
      throw SqliteError(path, trouble, kPathTooLong);
  throw SqliteError(path, message, code);
}

Database::~Database() { sqlite3_close(handle_); }

void Database::fail(int code) const { throw SqliteError(path_, sqlite3_errmsg(handle_), code); }

void Database::run(const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code);
}

std::string Database::bytes() const {
  sqlite3_int64 size = 0;
  const std::unique_ptr<unsigned char, void (*)(void*)> all(sqlite3_serialize(handle_, "main", &size, 0),
                                                            &sqlite3_free);
  if (!all) throw std::bad_alloc();
  return {reinterpret_cast<const char*>(all.get()), static_cast<std::size_t>(size)};
}

Statement::Statement(const Database& database, std::string_view sql) : database_(database) {
  check(sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                           &statement_, nullptr));
}

Statement::~Statement() { sqlite3_finalize(statement_); }

void Statement::check(int code) const {
  if (code != SQLITE_OK) database_.fail(code);
}

Statement& Statement::bind(int parameter, std::int64_t value) {
  check(sqlite3_bind_int64(statement_, parameter, value));
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
  check(sqlite3_bind_text64(statement_, parameter, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind_blob(int parameter, std::string_view bytes) {
  check(sqlite3_bind_blob(statement_, parameter, bytes.empty() ? "" : bytes.data(), static_cast<int>(bytes.size()),
                          SQLITE_TRANSIENT));
  return *this;
}

Statement& Statement::bind_null(int parameter) {
  check(sqlite3_bind_null(statement_, parameter));
  return *this;
}

Statement& Statement::bind_or_null(int parameter, std::int64_t value) {
  return value == 0 ? bind_null(parameter) : bind(parameter, value);
}

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  database_.fail(code);
}

void Statement::execute() {
  while (step()) {
  }
  reset();
}

void Statement::reset() { check(sqlite3_reset(statement_)); }

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string Statement::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return bytes ? std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))) : std::string();
}

bool has_table(const Database& database, std::string_view name) {
  Statement found(database, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND rootpage > 0 AND name = ?");
  return found.bind(1, name).step();
}

}  // namespace recount

// SQLite's handles as objects: closed when they go, errors as one exception type that names the file.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace recount {

// What SQLite keeps beside a file. It is part of it, and would be rolled into another one of that name.
inline constexpr std::array kSqliteCompanions{"-journal", "-wal", "-shm"};

struct SqliteError : std::runtime_error {
  SqliteError(const std::string& path, const std::string& reason_, int code_)
      : std::runtime_error(path + ": " + reason_), reason(reason_), code(code_) {}
  std::string reason;  // SQLite's own words
  int code;            // SQLite's extended result code
};

inline constexpr int kPathTooLong = 14 | 3 << 8;  // SQLITE_CANTOPEN_FULLPATH

// A path names a file, whatever it looks like: "file:x.db" and ":memory:" mean nothing here. Only "" is none: a database that
// is gone with this object.
class Database {
 public:
  enum class Mode {
    create,
    read_write,
    read_only,
    create_and_attach,
    in_memory
  };  // attach: ATTACH takes file:PATH?mode=ro
  Database(const std::string& path, Mode mode);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void run(const std::string& sql);  // any number of statements, rows ignored
  std::string bytes() const;         // of the file that it is, or would be
  sqlite3* handle() const noexcept { return handle_; }
  [[noreturn]] void fail(int code) const;

 private:
  sqlite3* handle_ = nullptr;
  std::string path_;
};

// A prepared statement. Parameters count from 1, columns from 0, as in SQLite.
class Statement {
 public:
  Statement(const Database& database, std::string_view sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, std::string_view text);        // copied
  Statement& bind_blob(int parameter, std::string_view bytes);  // copied
  Statement& bind_null(int parameter);
  Statement& bind_or_null(int parameter, std::int64_t value);  // 0 is NULL

  bool step();     // true: there is a row
  void execute();  // to the end, then ready for the next binding
  void reset();

  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  std::string text(int column) const;

 private:
  void check(int code) const;
  const Database& database_;
  sqlite3_stmt* statement_ = nullptr;
};

// Whether there is such a table with rows of its own: no view, no virtual table.
bool has_table(const Database& database, std::string_view name);

}  // namespace recount

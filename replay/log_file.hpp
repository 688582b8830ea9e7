// A log, opened for reading: checked before anything is believed.
//
// A log may come from a stranger. It is opened read-only, with SQLite's defensive switches, and its
// tables must be tables (a view or a virtual table by the same name could run anything); the views
// in it are never asked. One read transaction lasts as long as the object, so that all
// tables show the same moment.
//
// A recorder that was killed in the middle of a commit leaves FILE-journal behind. SQLite rolls
// such a file back when it is opened for writing; that is the one thing that is ever done to a log,
// and it is what sqlite3 does, too.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "replay/errors.hpp"
#include "schema/machine.hpp"
#include "schema/sqlite.hpp"

namespace recount {

// The row of trace_run.
struct RunRecord {
  std::string uuid, argv, cwd, status, hostname, kernel, arch, tool_version, source_roots;
  std::int64_t start_unix_ns = 0;
  std::optional<std::int64_t> duration_ns;
  std::optional<std::int64_t> event_count;
  std::int64_t schema_version = 0;
  std::int64_t machine_version = 0;
  bool coverage = false;
  Rules rules;

  bool complete() const { return status == "complete"; }
};

// What an error of SQLite means for who wants to read a log, and what to do about it.
std::string explain(const SqliteError& error);

class LogFile {
 public:
  explicit LogFile(const std::string& path);  // throws FileError

  const std::string& path() const noexcept { return path_; }
  const Database& database() const noexcept { return *database_; }
  const RunRecord& run() const noexcept { return run_; }
  bool has_sources() const noexcept { return has_sources_; }  // no: it is of an older minor version

 private:
  void check_file() const;
  void open();
  bool readable() const;
  void roll_back() const;
  void harden() const;
  void check_identity() const;
  bool has_table(const char* name, const char* columns) const;
  void check_shape();
  void read_run();
  std::int64_t pragma(const char* name) const;
  std::string visible_version() const;

  std::string path_;
  std::unique_ptr<Database> database_;
  RunRecord run_;
  bool has_sources_ = false;
};

}  // namespace recount

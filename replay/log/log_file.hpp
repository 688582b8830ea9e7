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
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "replay/log/errors.hpp"
#include "replay/log/unpacked_log.hpp"
#include "schema/log/sqlite.hpp"
#include "schema/machine/machine.hpp"

namespace recount {

// A row of trace_run, and which rows of the log are of that run. All of them are, but in a merged
// log.
struct RunRecord {
  std::string uuid, argv, cwd, status, hostname, kernel, arch, tool_version, source_roots;
  std::int64_t start_unix_ns = 0;
  std::optional<std::int64_t> duration_ns;
  std::optional<std::int64_t> event_count;
  std::int64_t schema_version = 0, schema_minor = 0;
  std::int64_t machine_version = 0;
  bool coverage = false;
  Rules rules;
  Seq first_seq = 1;
  Seq last_seq = std::numeric_limits<Seq>::max();  // first_seq - 1: the run has no rows
  std::uint64_t events_dropped = 0;                // rows that compact left out: so many are missing in the run's seq
  LastIds before;                                  // the ids that the runs before it have
  std::map<std::string, std::string> tags;         // none in a log of an older minor version

  bool complete() const { return status == "complete"; }
};

class LogFile;

// Some run of the log was asked to keep output. Logs before schema_minor 13 do not say.
bool keeps_output(const LogFile& log);

// What an error of SQLite means for who wants to read a log, and what to do about it.
std::string explain(const SqliteError& error);

//
// A packed log (FILE.gz, FILE.zst) is unpacked beside, into a file that is gone with the object.
class LogFile {
 public:
  // Of a value or a row; the largest source has 16 MiB. A file with a larger one is no log of ours.
  static constexpr int kValueBytesMax = 64 << 20;
  static constexpr std::int64_t kIdMax = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::size_t kRunsMax = 65'536;  // of a merged log; beyond it, some report would take its square

  explicit LogFile(const std::string& path);  // throws FileError
  // One that was made here (merge.hpp). `name` stands for it in messages.
  LogFile(std::string name, std::unique_ptr<Database> database);

  const std::string& path() const noexcept { return path_; }
  const std::string& file() const noexcept { return unpacked_ ? unpacked_->path() : path_; }  // that SQLite reads
  const Database& database() const noexcept { return *database_; }
  const std::vector<RunRecord>& runs() const noexcept { return runs_; }  // at least one; in order
  const RunRecord& run() const noexcept { return runs_.front(); }
  bool merged() const noexcept { return runs_.size() > 1; }
  bool compacted() const noexcept { return compacted_; }      // a run of it is: hits are summed (summed.hpp)
  const RunRecord& run_at(Seq seq) const;                     // whose row it is
  const RunRecord& run_of(Upid upid) const;                   // whose process it is
  std::uint64_t bytes() const noexcept { return bytes_; }     // of the file
  bool has_sources() const noexcept { return has_sources_; }  // no: it is of an older minor version

 private:
  void check_file() const;
  void check_magic() const;
  void begin();
  void open();
  bool readable() const;
  void roll_back() const;
  void harden() const;
  void check_identity() const;
  void check_shape();
  Scope scope_of(const std::string& word) const;
  std::string run_columns() const;
  void read_runs();
  std::map<std::string, RunRecord> runs_by_uuid() const;
  void read_parts();
  bool goes_on(const Statement& part) const;
  std::int64_t last_event() const;
  void check_ids(const char* table, const char* id, std::uint32_t (*before)(const RunRecord&)) const;
  RunRecord read_run(const Statement& row) const;
  void read_tags();
  void read_compacted();
  bool has_table(const char* name, const char* columns) const;
  std::int64_t pragma(const char* name) const;

  std::string path_;
  std::unique_ptr<UnpackedLog> unpacked_;  // null: it is no packed one
  std::unique_ptr<Database> database_;
  std::vector<RunRecord> runs_;
  std::uint64_t bytes_ = 0;
  bool has_sources_ = false;
  bool compacted_ = false;
};

}  // namespace recount

#include "replay/log/log_file.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>
#include <unordered_map>

#include "replay/log/store_mark.hpp"
#include "schema/log/log_format.hpp"

namespace recount {
namespace {

constexpr int kBusyMs = 5000;  // how long a recorder that is committing is waited for
constexpr std::string_view kMagic{"SQLite format 3\0", 16};
constexpr Seq kSeqMax = std::numeric_limits<std::int64_t>::max() / 2;
const std::string kUnfitting = "is a merged log whose parts do not fit together; merge it again";
const std::string kHowToMake = "make a log with: recount-record -o FILE -- PROGRAM";

// Every table that the analyzer reads, with the columns that it reads there.
constexpr std::array kShape{
    std::pair{"trace_run",
              "run_uuid,argv,cwd,start_unix_ns,duration_ns,status,hostname,kernel,arch,tool_"
              "version,schema_version,"
              "machine_version,source_roots,coverage,timeout_ns,orphan_grace_ns,claim_grace_ns,"
              "wait_root,event_count,schema_minor"},
    std::pair{"trace_event", "seq,time_ns,kind,tid,utid,status,address,value,exec_id,error,cause_seq"},
    std::pair{"trace_birth", "seq,utid,upid,tid,parent_upid"},
    std::pair{"trace_new_task", "seq,tid,tgid,memory"},
    std::pair{"trace_exec", "seq,exec_id,path,argv,cwd,image_id,load_bias"},
    std::pair{"trace_siginfo", "seq,signal,code,pid,uid"},
    std::pair{"trace_usage", "seq,user_us,system_us,max_rss_kib"},
    std::pair{"trace_image", "image_id,path,build_id,instrumented,first_probe,probes,reason"},
    std::pair{"trace_file", "file_id,path"},
    std::pair{"trace_function", "function_id,image_id,name,linkage_name,file_id,line"},
    std::pair{"trace_probe", "probe_id,image_id,address,original"},
    std::pair{"trace_probe_line", "probe_id,file_id,line,function_id"},
    std::pair{"trace_diagnostic", "time_ns,severity,key,message,remedy"},
    std::pair{"trace_signal_name", "signal,name"},
    std::pair{"trace_error_name", "error,name"},
};

std::optional<std::int64_t> optional_integer(const Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return row.integer(column);
}

}  // namespace

LogFile::LogFile(const std::string& path) : path_(path) {
  check_file();
  unpacked_ = unpacked_log(path_);
  check_magic();
  try {
    open();
    begin();
  } catch (const SqliteError& error) {
    throw FileError(path_, explain(error));
  }
}

LogFile::LogFile(std::string name, std::unique_ptr<Database> database)
    : path_(std::move(name)), database_(std::move(database)) {
  begin();
}

void LogFile::begin() {
  harden();
  check_identity();
  database_->run("BEGIN");
  bytes_ = static_cast<std::uint64_t>(pragma("page_count")) * static_cast<std::uint64_t>(pragma("page_size"));
  check_shape();
  read_runs();
  read_tags();
  read_compacted();
}

void LogFile::check_file() const {
  struct stat info {};
  if (stat(path_.c_str(), &info) != 0)
    throw FileError(path_, std::string("cannot be opened, ") + std::strerror(errno) + "; " + kHowToMake);
  if (S_ISDIR(info.st_mode)) throw FileError(path_, "is a directory, not a log; name the file in it");
  if (!S_ISREG(info.st_mode)) throw FileError(path_, "is no ordinary file; copy the log to one");
  if (info.st_size == 0) throw FileError(path_, "is empty, nothing was recorded in it; " + kHowToMake);
}

void LogFile::check_magic() const {
  std::ifstream file(this->file(), std::ios::binary);
  std::array<char, 16> magic{};
  if (!file) throw FileError(path_, std::string("cannot be read, ") + std::strerror(errno) + "; check its permissions");
  file.read(magic.data(), magic.size());
  if (std::string_view(magic.data(), magic.size()) != kMagic)
    throw FileError(path_, "is no log, it is not even an SQLite file; " + kHowToMake);
}

void LogFile::open() {
  database_ = std::make_unique<Database>(file(), Database::Mode::read_only);
  sqlite3_busy_timeout(database_->handle(), kBusyMs);
  if (readable()) return;
  roll_back();
  database_ = std::make_unique<Database>(file(), Database::Mode::read_only);
  sqlite3_busy_timeout(database_->handle(), kBusyMs);
}

// Whether SQLite gets a look at the first page. It refuses a read-only connection when a journal
// waits to be rolled back.
bool LogFile::readable() const {
  const int code = sqlite3_exec(database_->handle(), "SELECT COUNT(*) FROM sqlite_master", nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) return true;
  if (code == SQLITE_READONLY_ROLLBACK || code == SQLITE_READONLY_RECOVERY || code == SQLITE_READONLY_CANTINIT)
    return false;
  database_->fail(code);
}

void LogFile::roll_back() const {
  try {
    Database database(path_, Database::Mode::read_write);
    sqlite3_busy_timeout(database.handle(), kBusyMs);
    database.run("SELECT COUNT(*) FROM sqlite_master");
  } catch (const SqliteError&) {
    throw FileError(path_, "was left in the middle of a commit, which can be undone with " + path_ +
                               "-journal, but nothing can be written here; copy both to a folder of your own");
  }
}

void LogFile::harden() const {
  sqlite3* const handle = database_->handle();
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, kValueBytesMax);
  database_->run("PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA query_only=ON");
}

std::int64_t LogFile::pragma(const char* name) const {
  Statement statement(*database_, std::string("PRAGMA ") + name);
  return statement.step() ? statement.integer(0) : 0;
}

void LogFile::check_identity() const {
  const std::int64_t id = pragma("application_id");
  if (id == kStoreId)
    throw FileError(
        path_,
        "is a store of many runs, not a log; ask it with: recount-replay history, flaky, slower, regressions, "
        "trend, signatures or report");
  if (id != kApplicationId) throw FileError(path_, "is an SQLite file, but no log of a run; " + kHowToMake);
  const std::int64_t version = pragma("user_version");
  if (version > kCompactedVersion)
    throw FileError(path_, "is a log of version " + std::to_string(version) + ", and this recount-replay reads up to " +
                               std::to_string(kCompactedVersion) + "; use a newer recount-replay");
}

// False if there is none of that name. One of another shape is an error.
bool LogFile::has_table(const char* name, const char* columns) const {
  Statement table(*database_, "SELECT rootpage FROM sqlite_master WHERE type = 'table' AND name = ?");
  table.bind(1, std::string_view(name));
  if (!table.step() || table.integer(0) == 0) return false;
  try {
    Statement probe(*database_, std::string("SELECT ") + columns + " FROM " + name + " LIMIT 0");
  } catch (const SqliteError& error) {
    if ((error.code & 0xff) != SQLITE_ERROR) throw;
    throw FileError(path_, std::string("has a table ") + name + " of another shape than version " +
                               std::to_string(kSchemaVersion) + " has; " + kHowToMake);
  }
  return true;
}

void LogFile::check_shape() {
  for (const auto& [name, columns] : kShape)
    if (!has_table(name, columns))
      throw FileError(path_, std::string("has no table ") + name + ", so it is no log of a run; " + kHowToMake);
  has_sources_ = has_table("trace_source", "hash,size_bytes,content") &&
                 has_table("trace_file_source", "file_id,image_id,hash,newer,reason");
}

// More tags than these were not given by anybody.
void LogFile::read_tags() {
  constexpr std::size_t kTagsMax = 1000;
  if (!has_table("trace_run_tag", "key,value,run_uuid")) return;
  Statement row(*database_, "SELECT key, value, COALESCE(run_uuid, '') FROM trace_run_tag ORDER BY key");
  std::unordered_map<std::string, RunRecord*> by_uuid;
  for (RunRecord& run : runs_) by_uuid[run.uuid] = &run;
  if (!merged()) by_uuid[""] = &runs_.front();
  while (row.step())
    if (const auto run = by_uuid.find(row.text(2)); run != by_uuid.end() && run->second->tags.size() < kTagsMax)
      run->second->tags[row.text(0)] = row.text(1);
}

// Version 2 is that of compacted logs; another log of it is of a program that we do not know.
void LogFile::read_compacted() {
  constexpr std::int64_t kMost = std::int64_t{1} << 48;
  const bool has_rows = has_table("trace_compacted", "run_uuid,events_dropped");
  Statement row(*database_, has_rows ? "SELECT run_uuid, events_dropped FROM trace_compacted" : "SELECT 1 WHERE 0");
  std::unordered_map<std::string, RunRecord*> by_uuid;
  for (RunRecord& run : runs_) by_uuid[run.uuid] = &run;
  while (row.step()) {
    compacted_ = true;
    const auto run = by_uuid.find(row.text(0));
    if (run != by_uuid.end() && row.integer(1) >= 0 && row.integer(1) < kMost)
      run->second->events_dropped = static_cast<std::uint64_t>(row.integer(1));
  }
  const bool has_sums = has_table("trace_sum_thread", "utid,exec_id,group_id,first_seq,last_seq") &&
                        has_table("trace_sum", "group_id,first_set,last_set") &&
                        has_table("trace_sum_set", "set_id,kind,id");
  if (compacted_ && !has_sums) throw FileError(path_, "is a compacted log without its sums; compact it again");
  if (!compacted_ && pragma("user_version") > kSchemaVersion)
    throw FileError(path_, "is a log of version " + std::to_string(kCompactedVersion) +
                               " that was not compacted; use a newer recount-replay");
}

void LogFile::read_runs() {
  if (has_table("trace_part", "first_seq,last_seq,run_uuid,utid_base,upid_base,exec_base")) read_parts();
  if (!runs_.empty()) return;
  Statement row(*database_, "SELECT " + run_columns() + " FROM trace_run");
  if (!row.step()) throw FileError(path_, "is a log without a run, its recorder ended before it began; " + kHowToMake);
  runs_.push_back(read_run(row));
}

std::map<std::string, RunRecord> LogFile::runs_by_uuid() const {
  Statement beyond(*database_, "SELECT 1 FROM trace_run LIMIT 1 OFFSET " + std::to_string(kRunsMax));
  if (beyond.step())
    throw FileError(path_, "is merged from more than " + std::to_string(kRunsMax) + " runs; merge fewer");
  std::map<std::string, RunRecord> runs;
  for (Statement row(*database_, "SELECT " + run_columns() + " FROM trace_run"); row.step();) {
    RunRecord run = read_run(row);
    const std::string uuid = run.uuid;
    runs.try_emplace(uuid, std::move(run));
  }
  return runs;
}

void LogFile::read_parts() {
  Statement part(*database_,
                 "SELECT first_seq, last_seq, utid_base, upid_base, exec_base, run_uuid FROM trace_part "
                 "ORDER BY first_seq, last_seq, run_uuid");
  std::map<std::string, RunRecord> known;
  while (part.step()) {
    if (known.empty()) known = runs_by_uuid();
    const auto run = known.extract(part.text(5));
    if (!run || !goes_on(part)) throw FileError(path_, kUnfitting);
    RunRecord& record = run.mapped();
    record.first_seq = static_cast<Seq>(part.integer(0));
    record.last_seq = static_cast<Seq>(part.integer(1));
    record.before = {static_cast<std::uint32_t>(part.integer(2)), static_cast<std::uint32_t>(part.integer(3)),
                     static_cast<std::uint32_t>(part.integer(4))};
    const Seq expected = runs_.empty() ? 1 : runs_.back().last_seq + 1;
    if (record.first_seq != expected || record.last_seq + 1 < expected || record.last_seq > kSeqMax)
      throw FileError(path_, kUnfitting);
    runs_.push_back(std::move(record));
  }
  if (runs_.empty()) return;  // it is not merged
  check_ids("trace_birth", "utid", [](const RunRecord& run) { return run.before.utid; });
  check_ids("trace_birth", "upid", [](const RunRecord& run) { return run.before.upid; });
  check_ids("trace_exec", "exec_id", [](const RunRecord& run) { return run.before.exec; });
}

// Ids count up from run to run and have 32 bits. One event gives no more than two of a kind.
bool LogFile::goes_on(const Statement& part) const {
  const LastIds last = runs_.empty() ? LastIds() : runs_.back().before;
  const std::int64_t events = std::min(part.integer(1), last_event()) - part.integer(0) + 1;
  const std::int64_t most = runs_.empty() ? 0 : kIdMax - 2 * std::max<std::int64_t>(events, 0);
  const auto fits = [&](int column, std::uint32_t least) {
    return part.integer(column) >= std::int64_t{least} && part.integer(column) <= most;
  };
  return fits(2, last.utid) && fits(3, last.upid) && fits(4, last.exec);
}

std::int64_t LogFile::last_event() const {
  Statement row(*database_, "SELECT MAX(seq) FROM trace_event");
  return row.step() ? row.integer(0) : 0;
}

// Runs whose ids overlap would make one process of two, and a process its own ancestor.
void LogFile::check_ids(const char* table, const char* id, std::uint32_t (*before)(const RunRecord&)) const {
  Statement row(*database_, std::string("SELECT seq, ") + id + " FROM " + table);
  while (row.step()) {
    const auto* const run = &run_at(static_cast<Seq>(row.integer(0)));
    const bool is_last = run == &runs_.back();
    const std::int64_t most = is_last ? kIdMax : std::int64_t{before(*(run + 1))};
    if (row.integer(1) > most) throw FileError(path_, kUnfitting);
  }
}

const RunRecord& LogFile::run_at(Seq seq) const {
  const auto found =
      std::lower_bound(runs_.begin(), runs_.end(), seq, [](const RunRecord& run, Seq at) { return run.last_seq < at; });
  return found == runs_.end() ? runs_.back() : *found;
}

const RunRecord& LogFile::run_of(Upid upid) const {
  const auto after = std::partition_point(runs_.begin() + 1, runs_.end(),
                                          [upid](const RunRecord& run) { return run.before.upid < raw(upid); });
  return *std::prev(after);
}

// An older log has no scope, and no limit of counts.
std::string LogFile::run_columns() const {
  const auto has = [this](std::string_view column) {
    Statement row(*database_, "SELECT 1 FROM pragma_table_info('trace_run') WHERE name = ?");
    return row.bind(1, column).step();
  };
  return std::string(kShape[0].second) + (has("scope") ? ",COALESCE(scope, 'process')" : ",'process'") +
         (has("count_limit") ? ",COALESCE(count_limit, 0)" : ",0");
}

Scope LogFile::scope_of(const std::string& word) const {
  const auto scope = scope_named(word);
  if (!scope)
    throw FileError(path_, "was recorded with a --scope that this recount-replay does not know; use a newer one");
  return *scope;
}

RunRecord LogFile::read_run(const Statement& row) const {
  RunRecord run;
  run.uuid = row.text(0), run.argv = row.text(1), run.cwd = row.text(2);
  run.start_unix_ns = row.integer(3);
  run.duration_ns = optional_integer(row, 4);
  run.status = row.text(5), run.hostname = row.text(6), run.kernel = row.text(7);
  run.arch = row.text(8), run.tool_version = row.text(9);
  run.schema_version = row.integer(10), run.machine_version = row.integer(11);
  run.source_roots = row.text(12), run.coverage = row.integer(13) != 0;
  const Architecture* const arch = architecture_named(run.arch);
  if (!arch) throw FileError(path_, "was recorded on " + run.arch + ", which this version does not know");
  run.rules = {row.integer(14), row.integer(15), row.integer(16), row.integer(17) != 0, scope_of(row.text(20)), arch};
  run.rules.plants = run.coverage;
  run.rules.count_limit = static_cast<std::uint64_t>(row.integer(21));
  run.rules.shares_own_stops = run.machine_version >= 3;
  run.rules.looks_at_the_killed = run.machine_version >= 5;
  run.rules.takes_out_jumps = run.machine_version >= 7;
  run.rules.makes_way = run.machine_version >= 8;
  run.rules.waits_listening = run.rules.minds_other_threads = run.machine_version >= 11;
  run.rules.looks_at_orphans = run.machine_version >= 12;
  run.rules.gives_up_int3 = run.rules.owes_ignored_trap = run.machine_version >= 13;
  run.event_count = optional_integer(row, 18), run.schema_minor = row.integer(19);
  if (run.schema_version > kSchemaVersion || run.machine_version > std::int64_t{kMachineVersion})
    throw FileError(path_, "was recorded by a newer version (log version " + std::to_string(run.schema_version) +
                               ", machine version " + std::to_string(run.machine_version) +
                               "); use a newer recount-replay");
  return run;
}

// What SQLite's codes mean for a log.
std::string explain(const SqliteError& error) {
  if (error.code == kPathTooLong) return "cannot be opened, " + error.reason + "; copy it to another folder";
  switch (error.code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return "is locked, its recorder is at work; try again when the run has ended";
    case SQLITE_CORRUPT:
      return "is damaged (database disk image is malformed); save the rest with: sqlite3 FILE "
             ".recover";
    case SQLITE_NOTADB: return "is no log, it is not even an SQLite file; " + kHowToMake;
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH: return "cannot be opened; check the permissions of the file and its folder";
    case SQLITE_IOERR: return "cannot be read, an input error; copy the file and try the copy";
    default:
      return std::string("cannot be read, ") + error.what() + "; check it with: sqlite3 FILE 'pragma integrity_check'";
  }
}

bool keeps_output(const LogFile& log) {
  return std::any_of(log.runs().begin(), log.runs().end(),
                     [](const RunRecord& run) { return run.tags.contains("recount.output"); });
}

}  // namespace recount

#include "replay/log/merge.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <iostream>
#include <limits>

#include "replay/log/dictionary.hpp"
#include "replay/log/merge_tables.hpp"
#include "replay/log/progress.hpp"
#include "replay/text/text.hpp"
#include "schema/log/log_format.hpp"
#include "schema/log/view_sql.hpp"

namespace recount {
namespace {

std::string number_text(std::int64_t n) { return std::to_string(n); }

// As SQLite's URIs want it: https://www.sqlite.org/uri.html
std::string uri_of(const std::string& path) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string uri = "file:";
  for (const char c : path.starts_with('/') ? path : "./" + path) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || c == '/' || c == '.' || c == '-' || c == '_')
      uri += c;
    else
      uri.append("%").append(1, kDigits[byte >> 4]).append(1, kDigits[byte & 15]);
  }
  return uri + "?mode=ro";
}

// What an error means that came up while a log was being copied: the log is damaged, or the output
// can't be written.
[[noreturn]] void fail(const LogFile& log, const SqliteError& error) {
  switch (error.code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_BUSY:
    case SQLITE_CANTOPEN: throw FileError(log.path(), explain(error));
    case SQLITE_FULL:
      throw FileError(log.path(), "cannot be merged, the disk of the merged log is full; make room there");
    default:
      throw FileError(log.path(), "cannot be merged, " + error.reason + "; find the fault with: recount-replay verify");
  }
}

void harden(const Database& database) {
  sqlite3* const handle = database.handle();
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
}

}  // namespace

// A row of the input's trace_image.
struct Merger::Image {
  std::int64_t id, first_probe, probes, flagged;
  std::string path, build_id, reason;
  bool instrumented, traces;
};

// The journal is of no use: a merged log appears whole or not at all.
std::unique_ptr<Database> empty_log(const std::string& path, std::uint32_t page_bytes) {
  auto database = std::make_unique<Database>(path, Database::Mode::create_and_attach);
  harden(*database);
  database->run("PRAGMA page_size=" + number_text(page_bytes) +
                "; PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF; PRAGMA cache_size=-32768; PRAGMA application_id=" +
                number_text(kApplicationId) + "; PRAGMA user_version=" + number_text(kSchemaVersion));
  database->run(std::string(kTablesSql));
  database->run(views_sql());
  return database;
}

Merger::Merger(const std::string& path) : database_(empty_log(path)) {}

std::unique_ptr<Database> Merger::take() { return std::move(database_); }

void Merger::add(const LogFile& log) {
  const SqlProgress progress("merging " + log.path(), database_->handle());
  try {
    attach(*database_, log);
    database_->run("BEGIN");
    add_attached(log);
    database_->run("COMMIT; DETACH part");
  } catch (const SqliteError& error) {
    fail(log, error);
  }
}

void attach(const Database& database, const LogFile& log) {
  Statement(database, "ATTACH ? AS part").bind(1, uri_of(log.file())).execute();
}

void Merger::add_attached(const LogFile& log) {
  for (const std::string& table : tables_of(RowsOf::all))
    if (const std::string sql = copy_sql(*database_, table); !sql.empty()) database_->run(sql);
  database_->run(kMapsSql);
  add_files();
  add_images(log);
  if (log.compacted()) add_sums();
  for (const RunRecord& run : log.runs()) {
    if (runs_.size() > LogFile::kRunsMax)
      throw FileError(log.path(), "is one run too many for a merged log, which has " +
                                      std::to_string(LogFile::kRunsMax) + " at most; merge fewer");
    if (runs_.insert(run.uuid).second)
      add_run(log, run);
    else
      remarks_.push_back(log.path() + ": the run " + run.uuid +
                         " is there already, from a log before it; it counts once");
  }
}

// --- the dictionary

void Merger::add_files() {
  Statement row(*database_, "SELECT file_id, path FROM part.trace_file ORDER BY file_id");
  Statement file(*database_, "INSERT INTO main.trace_file (file_id, path) VALUES (?, ?)");
  Statement map(*database_, "INSERT INTO temp.file_map VALUES (?, ?)");
  while (row.step()) {
    const auto [at, fresh] = files_.try_emplace(row.text(1), static_cast<std::int64_t>(files_.size() + 1));
    if (fresh) file.bind(1, at->second).bind(2, at->first).execute();
    map.bind(1, row.integer(0)).bind(2, at->second).execute();
  }
}

void Merger::add_images(const LogFile& log) {
  const std::string traces = has_column(log, "trace_image", "traces") ? "COALESCE(traces, 0)" : "0";
  const std::string flagged = has_column(log, "trace_probe", "flagged")
                                  ? "(SELECT COUNT(*) FROM part.trace_probe WHERE flagged = 1 AND probe_id BETWEEN "
                                    "first_probe AND first_probe + probes - 1)"
                                  : "0";
  Statement row(*database_,
                "SELECT image_id, first_probe, probes, path, COALESCE(build_id, ''), "
                "COALESCE(reason, ''), instrumented, " +
                    traces + ", " + flagged + " FROM part.trace_image ORDER BY image_id");
  Statement map(*database_, "INSERT INTO temp.image_map VALUES (?, ?, ?)");
  Statement probes(*database_, "INSERT OR IGNORE INTO temp.probe_map VALUES (?, ?, ?, ?)");
  while (row.step()) {
    const auto bounded = [](std::int64_t n) { return std::clamp<std::int64_t>(n, 0, LogFile::kIdMax); };
    const Image image{
        row.integer(0), bounded(row.integer(1)), bounded(row.integer(2)), row.integer(8), row.text(3), row.text(4),
        row.text(5),    row.integer(6) != 0,     row.integer(7) != 0};
    const auto same = find_same(image);
    const Same to = same.value_or(Same{image_ + 1, probe_ + 1 - image.first_probe});
    if (!same) ++image_, probe_ += image.probes;
    check_ids(log);
    map.bind(1, image.id).bind(2, to.image).bind(3, !same).execute();
    map_watches(image.id, same ? std::optional(to.image) : std::nullopt);
    if (image.probes == 0) continue;
    probes.bind(1, image.first_probe).bind(2, image.first_probe + image.probes - 1);
    probes.bind(3, to.shift).bind(4, !same).execute();
  }
  add_fresh_images();
}

void Merger::add_fresh_images() {
  const IdShift shift{.function = function_};
  for (const RowsOf rows : {RowsOf::image, RowsOf::probe})
    for (const std::string& table : tables_of(rows))
      if (const std::string sql = copy_sql(*database_, table, shift); !sql.empty()) database_->run(sql);
  add_missing_sources();
  function_ = std::max(function_, number("SELECT MAX(function_id) FROM main.trace_function"));
}

// The text of a source that the earlier log of the same image does not have.
void Merger::add_missing_sources() {
  if (has_part_table("trace_file_source"))
    database_->run(
        "INSERT OR REPLACE INTO main.trace_file_source (file_id, image_id, hash, newer, reason) "
        "SELECT f.new, i.new, k.hash, k.newer, k.reason FROM part.trace_file_source k "
        "JOIN temp.image_map i ON i.old = k.image_id AND NOT i.fresh "
        "JOIN temp.file_map f ON f.old = k.file_id "
        "LEFT JOIN main.trace_file_source e ON e.file_id = f.new AND e.image_id = i.new "
        "WHERE e.hash IS NULL AND k.hash IS NOT NULL");
}

// An image of an earlier log that is this one. Two images of one log stay two.
std::optional<Merger::Same> Merger::find_same(const Image& image) const {
  Statement row(
      *database_,
      "SELECT image_id, first_probe FROM main.trace_image WHERE COALESCE(build_id, '') = ?1 AND "
      "(?1 <> '' OR path = ?2) AND instrumented = ?3 AND probes = ?4 AND "
      "COALESCE(reason, '') = ?5 AND COALESCE(traces, 0) = ?6 AND image_id NOT IN (SELECT new FROM temp.image_map) AND "
      "(SELECT COUNT(*) FROM main.trace_probe WHERE flagged = 1 AND "
      "probe_id BETWEEN first_probe AND first_probe + ?4 - 1) = ?7 "
      "ORDER BY path <> ?2, image_id");
  row.bind(1, image.build_id).bind(2, image.path).bind(3, image.instrumented);
  row.bind(4, image.probes).bind(5, image.reason).bind(6, image.traces).bind(7, image.flagged);
  while (row.step())
    if (const Same same{row.integer(0), row.integer(1) - image.first_probe}; is_same(image, same)) return same;
  return std::nullopt;
}

// Whether not one probe, line or watch differs. A build id alone does not say so: other sources may
// have been asked for.
bool Merger::is_same(const Image& image, const Same& candidate) const {
  static const char* const kDifferences[]{
      "SELECT 1 FROM part.trace_probe a LEFT JOIN main.trace_probe b ON b.probe_id = a.probe_id + "
      "?4 "
      "WHERE a.probe_id BETWEEN ?1 AND ?2 AND (b.image_id IS NOT ?3 OR b.address <> a.address OR "
      "b.original <> a.original) LIMIT 1",
      "SELECT 1 WHERE (SELECT COUNT(*) FROM part.trace_probe_line WHERE probe_id BETWEEN ?1 AND "
      "?2) <> "
      "(SELECT COUNT(*) FROM main.trace_probe_line WHERE probe_id BETWEEN ?1 + ?4 AND ?2 + ?4) AND "
      "?3",
      "SELECT 1 FROM part.trace_probe_line a JOIN temp.file_map m ON m.old = a.file_id "
      "LEFT JOIN main.trace_probe_line b ON b.probe_id = a.probe_id + ?4 AND b.file_id = m.new AND "
      "b.line = a.line LEFT JOIN part.trace_function f ON f.function_id = a.function_id "
      "LEFT JOIN main.trace_function g ON g.function_id = b.function_id "
      "WHERE a.probe_id BETWEEN ?1 AND ?2 AND (b.line IS NULL OR f.name IS NOT g.name OR "
      "f.line IS NOT g.line) AND ?3 LIMIT 1"};
  for (const char* const sql : kDifferences) {
    Statement difference(*database_, sql);
    difference.bind(1, image.first_probe).bind(2, image.first_probe + image.probes - 1);
    difference.bind(3, candidate.image).bind(4, candidate.shift);
    if (difference.step()) return false;
  }
  return has_same_watches(image, candidate.image) && has_as_many("trace_branch", image, candidate) &&
         has_as_many("trace_line_count", image, candidate);
}

// One of the two may have been recorded without such rows.
bool Merger::has_as_many(const std::string& table, const Image& image, const Same& candidate) const {
  const auto rows = [&](const std::string& schema, std::int64_t id) {
    return number("SELECT COUNT(*) FROM " + schema + "." + table + " WHERE image_id = " + number_text(id));
  };
  const std::int64_t there = has_part_table(table) ? rows("part", image.id) : 0;
  return there == rows("main", candidate.image);
}

bool Merger::has_same_watches(const Image& image, std::int64_t candidate) const {
  if (!has_part_table("trace_watch")) return true;
  const auto watches = [&](const char* schema, std::int64_t id) {
    Statement row(*database_, std::string("SELECT address || ',' || kind || ',' || original FROM ") + schema +
                                  ".trace_watch WHERE image_id = ? ORDER BY watch_id");
    row.bind(1, id);
    std::vector<std::string> all;
    while (row.step()) all.push_back(row.text(0));
    return all;
  };
  return watches("main", candidate) == watches("part", image.id);
}

// The watches of an image follow each other, as its probes do.
void Merger::map_watches(std::int64_t image, std::optional<std::int64_t> same) {
  if (!has_part_table("trace_watch")) return;
  Statement row(*database_, "SELECT watch_id FROM part.trace_watch WHERE image_id = ? ORDER BY watch_id");
  Statement map(*database_, "INSERT OR IGNORE INTO temp.watch_map VALUES (?, ?)");
  std::int64_t at =
      same ? number("SELECT MIN(watch_id) FROM main.trace_watch WHERE image_id = " + number_text(*same)) : watch_ + 1;
  row.bind(1, image);
  while (row.step()) map.bind(1, row.integer(0)).bind(2, at++).execute();
  watch_ = std::max(watch_, at - 1);
}

// --- the runs

void Merger::add_run(const LogFile& log, const RunRecord& run) {
  const auto first = static_cast<std::int64_t>(run.first_seq);
  const bool is_last = &run == &log.runs().back();
  const std::int64_t last = std::max(
      first - 1, is_last ? number("SELECT MAX(seq) FROM part.trace_event") : static_cast<std::int64_t>(run.last_seq));
  const IdShift shift{.seq = seq_ - (first - 1),
                      .utid = utid_ - run.before.utid,
                      .upid = upid_ - run.before.upid,
                      .exec = exec_ - run.before.exec};
  Statement part(*database_, "INSERT INTO main.trace_part VALUES (?, ?, ?, ?, ?, ?)");
  part.bind(1, seq_ + 1).bind(2, last + shift.seq).bind(3, run.uuid);
  part.bind(4, utid_).bind(5, upid_).bind(6, exec_).execute();
  for (const std::string& table : tables_of(RowsOf::run))
    if (const std::string sql = copy_sql(*database_, table, shift); !sql.empty())
      Statement(*database_, sql).bind(1, first).bind(2, last).execute();
  Statement(*database_, copy_sql(*database_, "trace_run") + " WHERE t.run_uuid = ?1 LIMIT 1")
      .bind(1, run.uuid)
      .execute();
  add_images_of(run);
  if (log.compacted()) add_sums_of(run, first, last, shift);
  for (const char* const table : {"trace_diagnostic", "trace_run_tag"}) add_remarks(log, run, table);
  remember_ids(first, last, shift);
  check_ids(log);
  remark(log, run, last - first + 1);
}

void Merger::add_images_of(const RunRecord& run) {
  const bool was_merged =
      has_part_table("trace_part_image") && number("SELECT COUNT(*) FROM part.trace_part_image") != 0;
  Statement(*database_, std::string("INSERT OR IGNORE INTO main.trace_part_image SELECT ?1, m.new, i.path FROM part.") +
                            (was_merged ? "trace_part_image i JOIN temp.image_map m ON m.old = i.image_id "
                                          "WHERE i.run_uuid = ?1"
                                        : "trace_image i JOIN temp.image_map m ON m.old = i.image_id"))
      .bind(1, run.uuid)
      .execute();
}

// What the log has summed. Ids of groups and sets are its own, so they are only moved behind those that are there.
void Merger::add_sums() {
  group_base_ = group_, set_base_ = set_;
  const std::string set = number_text(set_base_), group = number_text(group_base_);
  database_->run("INSERT INTO main.trace_sum SELECT group_id + " + group + ", first_set + " + set + ", last_set + " +
                 set + " FROM part.trace_sum; INSERT OR IGNORE INTO main.trace_sum_set SELECT t.set_id + " + set +
                 ", t.kind, CASE t.kind WHEN 1 THEN " + mapped_probe_id("t.id") + " ELSE " + mapped_watch_id("t.id") +
                 " END FROM part.trace_sum_set t");
  group_ = std::max(group_, number("SELECT MAX(group_id) FROM main.trace_sum"));
  set_ = std::max(set_, number("SELECT MAX(last_set) FROM main.trace_sum"));
}

void Merger::add_sums_of(const RunRecord& run, std::int64_t first, std::int64_t last, const IdShift& shift) {
  Statement compacted(*database_,
                      "INSERT INTO main.trace_compacted SELECT * FROM part.trace_compacted WHERE run_uuid = ?");
  compacted.bind(1, run.uuid).execute();
  if (number("SELECT COUNT(*) FROM main.trace_compacted") != 0)
    database_->run("PRAGMA main.user_version=" + number_text(kCompactedVersion));
  Statement threads(
      *database_,
      "INSERT INTO main.trace_sum_thread SELECT utid + ?3, CASE exec_id WHEN 0 THEN 0 ELSE exec_id + ?4 END, "
      "group_id + ?5, first_seq + ?6, CASE last_seq WHEN 0 THEN 0 ELSE last_seq + ?6 END "
      "FROM part.trace_sum_thread WHERE first_seq BETWEEN ?1 AND ?2");
  threads.bind(1, first).bind(2, last).bind(3, shift.utid).bind(4, shift.exec);
  threads.bind(5, group_base_).bind(6, shift.seq).execute();
}

// Rows that are of a run, but of no event of it.
void Merger::add_remarks(const LogFile& log, const RunRecord& run, const std::string& table) {
  const std::string sql = copy_sql(*database_, table);
  if (sql.empty()) return;
  Statement(*database_, sql + (log.merged() ? " WHERE t.run_uuid = ?1" : " WHERE ?1 <> ''"))
      .bind(1, run.uuid)
      .execute();
  Statement(*database_, "UPDATE main." + table + " SET run_uuid = ? WHERE run_uuid IS NULL")
      .bind(1, run.uuid)
      .execute();
}

void Merger::remember_ids(std::int64_t first, std::int64_t last, const IdShift& shift) {
  const auto largest = [&](const char* column, const char* table) {
    Statement row(*database_,
                  std::string("SELECT MAX(") + column + ") FROM part." + table + " WHERE seq BETWEEN ? AND ?");
    return row.bind(1, first).bind(2, last).step() ? row.integer(0) : 0;
  };
  const auto grow = [](std::int64_t& id, std::int64_t by, std::int64_t to) {
    id = std::max(id, to > LogFile::kIdMax ? to : to + by);
  };
  grow(utid_, shift.utid, std::max(largest("utid", "trace_event"), largest("utid", "trace_birth")));
  grow(upid_, shift.upid, largest("upid", "trace_birth"));
  grow(exec_, shift.exec, std::max(largest("exec_id", "trace_event"), largest("exec_id", "trace_exec")));
  seq_ = last + shift.seq;
}

void Merger::remark(const LogFile& log, const RunRecord& run, std::int64_t events) {
  if (run.schema_minor > kSchemaMinor)
    remarks_.push_back(log.path() +
                       ": was recorded by a newer version; what is new in it is not in "
                       "the merged log, use a newer recount-replay for that");
  if (!run.complete())
    remarks_.push_back(log.path() + ": is not complete, it ends after event " + number_text(events) +
                       "; it is merged as far as it goes");
}

// --- helpers

void Merger::check_ids(const LogFile& log) const {
  if (std::max({utid_, upid_, exec_, image_, probe_, watch_, function_}) > LogFile::kIdMax)
    throw FileError(log.path(), "has ids too large for a merged log; find the fault with: recount-replay verify");
}

bool Merger::has_part_table(const std::string& name) const {
  Statement row(*database_, "SELECT 1 FROM part.sqlite_master WHERE type = 'table' AND name = ?");
  return row.bind(1, name).step();
}

std::int64_t Merger::number(const std::string& sql) const {
  Statement row(*database_, sql);
  return row.step() ? row.integer(0) : 0;
}

LogFile merged(const std::vector<std::string>& paths) {
  std::string names;
  Merger merger("");
  for (const std::string& path : paths) {
    merger.add(LogFile(path));
    names.append(names.empty() ? "" : " ").append(path);
  }
  for (const std::string& remark : merger.remarks()) std::cerr << "recount-replay: " << visible(remark) << '\n';
  return LogFile(names, merger.take());
}

}  // namespace recount

// compact: a log without the events of its hits, which are summed.
#include <iostream>
#include <nlohmann/json.hpp>

#include "replay/command/command.hpp"
#include "replay/command/new_log.hpp"
#include "replay/log/merge.hpp"
#include "replay/log/merge_tables.hpp"
#include "replay/log/progress.hpp"
#include "replay/recount/compaction.hpp"
#include "schema/log/log_format.hpp"

namespace recount {
namespace {

std::int64_t stored(Seq seq) { return static_cast<std::int64_t>(seq); }

// The numbers of the rows that stay, in temp.kept.
void write_kept(Database& database, const LogFile& log, const Compaction& compaction) {
  database.run("CREATE TEMP TABLE kept (seq INTEGER PRIMARY KEY)");
  Statement insert(database, "INSERT INTO temp.kept VALUES (?)");
  Statement all(log.database(), "SELECT MAX(seq) FROM trace_event");
  const Seq last = all.step() ? static_cast<Seq>(all.integer(0)) : 0;
  Seq next = 1;
  const auto keep_up_to = [&](Seq end) {
    for (; next < end; ++next) insert.bind(1, stored(next)).execute();
  };
  for (const Compaction::Rows& rows : compaction.dropped()) {
    keep_up_to(rows.first);
    next = rows.last + 1;
  }
  keep_up_to(last + 1);
}

void copy_rows(Database& database) {
  for (const RowsOf rows : {RowsOf::all, RowsOf::merger, RowsOf::image, RowsOf::probe, RowsOf::run})
    for (const std::string& table : tables_of(rows)) {
      const std::string where =
          rows == RowsOf::run ? "WHERE t.seq IN (SELECT seq FROM temp.kept) ORDER BY t.seq, t.rowid" : "";
      if (const std::string sql = same_rows_sql(database, table, where); !sql.empty()) database.run(sql);
    }
}

void write_sums(const Database& database, const Sums& sums) {
  Statement set(database, "INSERT INTO trace_sum_set VALUES (?, ?, ?)");
  for (std::size_t i = 0; i < sums.sets().size(); ++i)
    for (const SumItem& item : sums.sets()[i])
      set.bind(1, stored(i + 1)).bind(2, static_cast<std::int64_t>(item.kind)).bind(3, item.id).execute();
  Statement group(database, "INSERT INTO trace_sum VALUES (?, ?, ?)");
  for (std::size_t i = 0; i < sums.groups().size(); ++i)
    for (const auto& [first, last] : sums.groups()[i])
      group.bind(1, stored(i + 1)).bind(2, first).bind(3, last).execute();
  Statement thread(database, "INSERT INTO trace_sum_thread VALUES (?, ?, ?, ?, ?)");
  for (const SummedThread& t : sums.threads()) {
    thread.bind(1, raw(t.utid)).bind(2, raw(t.exec)).bind(3, t.group);
    thread.bind(4, stored(t.first_seq)).bind(5, stored(t.last_seq)).execute();
  }
}

// A log of an older minor version does not have them, and the stops that tell it are gone.
void write_stopped(const Database& database, const History& history) {
  Statement insert(database, "INSERT OR IGNORE INTO trace_stopped VALUES (?, ?)");
  for (const ProcessRecord& process : history.processes())
    if (process.end_ns) insert.bind(1, stored(process.end_seq)).bind(2, process.stopped_ns).execute();
}

std::uint64_t dropped_of(const RunRecord& run, const std::vector<Compaction::Rows>& dropped) {
  std::uint64_t events = 0;
  for (const Compaction::Rows& rows : dropped)
    if (rows.first >= run.first_seq && rows.first <= run.last_seq) events += rows.last - rows.first + 1;
  return events;
}

// What it lacks stands in the log itself.
void write_runs(const Database& database, const LogFile& log, const Compaction& compaction) {
  Statement compacted(database, "INSERT INTO trace_compacted VALUES (?, ?)");
  Statement told(database, "INSERT INTO trace_diagnostic VALUES (?, 'info', 'compacted', ?, ?, ?)");
  for (const RunRecord& run : log.runs()) {
    const std::uint64_t events = dropped_of(run, compaction.dropped());
    compacted.bind(1, run.uuid).bind(2, stored(events)).execute();
    told.bind(1, run.duration_ns.value_or(0));
    told.bind(2, count_text(events, "event") +
                     " of hits were left out by compact: who ran a line is known, but not in "
                     "which order and when, except for the first of the run and the last lines of what failed");
    told.bind(3, "ask the log that it was made of");
    log.merged() ? told.bind(4, run.uuid) : told.bind_null(4);
    told.execute();
  }
}

void write_log(Database& database, const LogFile& log, const Compaction& compaction) {
  const SqlProgress progress("writing " + log.path(), database.handle());
  attach(database, log);
  database.run("PRAGMA user_version=" + std::to_string(kCompactedVersion) + "; BEGIN");
  write_kept(database, log, compaction);
  copy_rows(database);
  write_sums(database, compaction.sums());
  write_stopped(database, compaction.history());
  write_runs(database, log, compaction);
  database.run("COMMIT; DETACH part");
}

void check(const LogFile& log, const Verdict& verdict) {
  if (!verdict.agrees())
    throw FileError(log.path(), "can't be compacted, " + trust_text(verdict) + "; see it with: recount-replay verify " +
                                    log.path());
}

std::int64_t bytes_of(const Database& database) {
  Statement size(database, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
  return size.step() ? size.integer(0) : 0;
}

void write_report(const LogsRequest& request, const LogFile& log, const Compaction& compaction, const Verdict& before,
                  const LogFile& compact) {
  Output output("");
  std::uint64_t dropped = 0;
  for (const RunRecord& run : compact.runs()) dropped += run.events_dropped;
  if (request.format == "json")
    write_json(output.stream(), {{"log", request.output},
                                 {"events", before.events},
                                 {"events_dropped", dropped},
                                 {"hits_summed", compaction.hits()},
                                 {"bytes", bytes_of(compact.database())},
                                 {"bytes_before", log.bytes()}});
  else
    output.stream()
        << visible(request.output) << ": " << bytes_of(compact.database()) / 1024 << " KiB instead of "
        << log.bytes() / 1024 << "; " << count_text(dropped, "event") << " of " << before.events << " left out, "
        << count_text(compaction.hits(), "hit") << " summed\n"
        << "  It can't say any more in which order and when lines ran, but for the first of the run and the last\n"
           "  lines of what failed: events, step, state, scenario, export and coverage --until show what is left.\n";
  output.commit();
}

}  // namespace

int run_compact(const LogsRequest& request) {
  if (request.output.empty()) throw UsageError("name the compacted log with -o FILE");
  if (request.paths.size() != 1) throw UsageError("compact takes one log; merge makes one of several");
  if (is_same_file(request.paths.front(), request.output))
    throw UsageError(request.output + " is the log that is to be compacted, and it is not changed");
  const LogFile log(request.paths.front());
  if (log.compacted()) throw FileError(log.path(), "was compacted already; there is nothing more to leave out");
  const Sources sources(log, {}, Sources::Texts::newest);
  Compaction compaction(log, sources);
  Recount recount(log);
  compaction.follow(recount);
  const Verdict verdict = recount.run(&compaction);
  check(log, verdict);
  compaction.finish();
  NewLog place(request.output, request.options.count("force") != 0);
  constexpr std::uint64_t kSmall = 4 << 20;  // most tables are empty, and each has a page
  auto database = empty_log(place.beside(), log.bytes() < kSmall ? 1024 : 4096);
  write_log(*database, log, compaction);
  const LogFile compact(request.output, std::move(database));
  check(compact, Recount(compact).run(nullptr));
  place.fill();
  write_report(request, log, compaction, verdict, compact);
  return kYes;
}

}  // namespace recount

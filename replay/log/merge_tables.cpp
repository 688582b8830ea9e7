#include "replay/log/merge_tables.hpp"

#include <algorithm>
#include <map>

#include "schema/vocabulary/operands.hpp"

namespace recount {
namespace {

enum class Id { seq, utid, upid, exec, image, file, function, probe, own_probe, watch, value };

struct Table {
  const char* name;
  RowsOf rows;
  std::map<std::string, Id> ids = {};  // the columns that are not copied as they are
};

const std::vector<Table>& all_tables() {
  static const std::vector<Table> kAll{
      {"trace_run", RowsOf::merger},
      {"trace_part", RowsOf::merger},
      {"trace_part_image", RowsOf::merger},
      {"trace_file", RowsOf::merger},
      {"trace_diagnostic", RowsOf::merger},
      {"trace_run_tag", RowsOf::merger},
      {"trace_compacted", RowsOf::merger},
      {"trace_sum_thread", RowsOf::merger},
      {"trace_sum", RowsOf::merger},
      {"trace_sum_set", RowsOf::merger},
      {"trace_event_kind", RowsOf::all},
      {"trace_signal_name", RowsOf::all},
      {"trace_error_name", RowsOf::all},
      {"trace_source", RowsOf::all},
      {"trace_test_command", RowsOf::all},
      {"trace_event",
       RowsOf::run,
       {{"seq", Id::seq}, {"utid", Id::utid}, {"value", Id::value}, {"exec_id", Id::exec}, {"cause_seq", Id::seq}}},
      {"trace_birth",
       RowsOf::run,
       {{"seq", Id::seq}, {"utid", Id::utid}, {"upid", Id::upid}, {"parent_upid", Id::upid}}},
      {"trace_new_task", RowsOf::run, {{"seq", Id::seq}}},
      {"trace_exec", RowsOf::run, {{"seq", Id::seq}, {"exec_id", Id::exec}, {"image_id", Id::image}}},
      {"trace_exec_env", RowsOf::run, {{"seq", Id::seq}}},
      {"trace_trap_state", RowsOf::run, {{"seq", Id::seq}}},
      {"trace_call", RowsOf::run, {{"seq", Id::seq}}},
      {"trace_output", RowsOf::run, {{"seq", Id::seq}}},
      {"trace_no_follow", RowsOf::run, {{"seq", Id::seq}}},
      {"trace_init_fault", RowsOf::run, {{"seq", Id::seq}}},
      {"trace_fatal_signal", RowsOf::run, {{"seq", Id::seq}}},
      {"trace_way", RowsOf::run, {{"seq", Id::seq}, {"watch_id", Id::watch}}},
      {"trace_copied", RowsOf::run, {{"seq", Id::seq}, {"probe_id", Id::probe}}},
      {"trace_placed", RowsOf::run, {{"seq", Id::seq}, {"image_id", Id::image}}},
      {"trace_reached", RowsOf::run, {{"seq", Id::seq}, {"probe_id", Id::probe}, {"exec_id", Id::exec}}},
      {"trace_flag", RowsOf::run, {{"seq", Id::seq}, {"probe_id", Id::probe}, {"exec_id", Id::exec}}},
      {"trace_count", RowsOf::run, {{"seq", Id::seq}, {"probe_id", Id::probe}, {"exec_id", Id::exec}}},
      {"trace_in_annex", RowsOf::run, {{"seq", Id::seq}}},
      {"trace_hidden_memory", RowsOf::run, {{"seq", Id::seq}}},
      {"trace_siginfo", RowsOf::run, {{"seq", Id::seq}}},
      {"trace_repeated_signal", RowsOf::run, {{"seq", Id::seq}}},
      {"trace_usage", RowsOf::run, {{"seq", Id::seq}}},
      {"trace_stopped", RowsOf::run, {{"seq", Id::seq}}},
      {"trace_crash", RowsOf::run, {{"seq", Id::seq}}},
      {"trace_crash_words", RowsOf::run, {{"seq", Id::seq}}},
      {"trace_crash_thread", RowsOf::run, {{"seq", Id::seq}}},
      {"trace_crash_register", RowsOf::run, {{"seq", Id::seq}}},
      {"trace_crash_image", RowsOf::run, {{"seq", Id::seq}}},
      {"trace_crash_frame", RowsOf::run, {{"seq", Id::seq}}},
      {"trace_crash_wait", RowsOf::run, {{"seq", Id::seq}}},
      {"trace_image", RowsOf::image, {{"image_id", Id::image}, {"first_probe", Id::probe}}},
      {"trace_function",
       RowsOf::image,
       {{"function_id", Id::function}, {"image_id", Id::image}, {"file_id", Id::file}}},
      {"trace_watch", RowsOf::image, {{"watch_id", Id::watch}, {"image_id", Id::image}}},
      {"trace_branch", RowsOf::image, {{"image_id", Id::image}, {"file_id", Id::file}, {"watch_id", Id::watch}}},
      {"trace_line_count", RowsOf::image, {{"image_id", Id::image}, {"file_id", Id::file}, {"probe_id", Id::probe}}},
      {"trace_file_source", RowsOf::image, {{"file_id", Id::file}, {"image_id", Id::image}}},
      {"trace_probe", RowsOf::probe, {{"probe_id", Id::own_probe}, {"image_id", Id::image}}},
      {"trace_branch_probe", RowsOf::probe, {{"probe_id", Id::own_probe}}},
      {"trace_probe_line",
       RowsOf::probe,
       {{"probe_id", Id::own_probe}, {"site", Id::own_probe}, {"file_id", Id::file}, {"function_id", Id::function}}}};
  return kAll;
}

std::string number(std::int64_t n) { return std::to_string(n); }
std::string number(EventKind kind) { return std::to_string(static_cast<int>(kind)); }

std::string shifted(const std::string& column, std::int64_t by) { return column + " + " + number(by); }

// An id that the input does not know either becomes one that nobody has.
std::string mapped(const char* map, const std::string& column) {
  return "CASE WHEN " + column + " IS NOT NULL THEN COALESCE((SELECT m.new FROM temp." + map +
         " m WHERE m.old = " + column + "), 0) END";
}

std::string mapped_probe(const std::string& column) {
  return column + " + COALESCE((SELECT m.shift FROM temp.probe_map m WHERE m.old <= " + column +
         " ORDER BY m.old DESC LIMIT 1), 0)";
}

template <typename Id>
std::string map_of(const std::string& column) {
  if constexpr (std::is_same_v<Id, ImageId>) return mapped("image_map", column);
  if constexpr (std::is_same_v<Id, WatchId>) return mapped("watch_map", column);
  if constexpr (std::is_same_v<Id, ProbeId>) return mapped_probe(column);
}

// The kinds whose value is such an id, by the description of their columns: an id that nobody thought of can't be forgotten.
template <typename Id>
std::string kinds_with() {
  std::string kinds;
  for (const EventKindName& entry : kEventKinds)
    if (const auto what = action_of(entry.kind); what && id_of<Id>(Action{.what = *what}))
      kinds += (kinds.empty() ? "" : ", ") + number(entry.kind);
  return kinds;
}

template <typename... Ids>
std::string mapped_value(const std::string& column) {
  return "CASE" + ((" WHEN t.kind IN (" + kinds_with<Ids>() + ") THEN " + map_of<Ids>(column)) + ...) + " ELSE " +
         column + " END";
}

std::string becomes(const std::string& column, Id id, const IdShift& shift) {
  switch (id) {
    case Id::seq: return shifted(column, shift.seq);
    case Id::utid: return shifted(column, shift.utid);
    case Id::upid: return shifted(column, shift.upid);
    case Id::exec: return shifted(column, shift.exec);
    case Id::function: return shifted(column, shift.function);
    case Id::image: return mapped("image_map", column);
    case Id::file: return mapped("file_map", column);
    case Id::probe: return mapped_probe(column);
    case Id::own_probe: return column + " + m.shift";
    case Id::watch: return mapped("watch_map", column);
    case Id::value: return mapped_value<ImageId, ProbeId, WatchId>(column);
  }
  return column;
}

std::vector<std::string> columns_of(const Database& database, const char* schema, const std::string& table) {
  Statement row(database, "SELECT name FROM pragma_table_info(?, ?)");
  row.bind(1, table).bind(2, std::string_view(schema));
  std::vector<std::string> columns;
  while (row.step()) columns.push_back(row.text(0));
  return columns;
}

// Those of the output that the input has, too.
std::vector<std::string> common_columns(const Database& database, const std::string& table) {
  std::vector<std::string> columns = columns_of(database, "main", table);
  const std::vector<std::string> there = columns_of(database, "part", table);
  std::erase_if(
      columns, [&](const std::string& column) { return std::find(there.begin(), there.end(), column) == there.end(); });
  return columns;
}

std::string source_of(const Table& table) {
  const std::string rows = std::string("part.") + table.name + " t";
  switch (table.rows) {
    case RowsOf::run: return rows + " WHERE t.seq BETWEEN ?1 AND ?2 ORDER BY t.seq, t.rowid";
    case RowsOf::image: return rows + " WHERE t.image_id IN (SELECT old FROM temp.image_map WHERE fresh)";
    case RowsOf::probe:
      return "temp.probe_map m CROSS JOIN " + rows + " ON t.probe_id BETWEEN m.old AND m.last WHERE m.fresh";
    case RowsOf::all:
    case RowsOf::merger: break;
  }
  return rows;
}

}  // namespace

const char* const kMapsSql =
    "DROP TABLE IF EXISTS temp.file_map; DROP TABLE IF EXISTS temp.image_map;"
    "DROP TABLE IF EXISTS temp.probe_map; DROP TABLE IF EXISTS temp.watch_map;"
    "CREATE TEMP TABLE watch_map (old INTEGER PRIMARY KEY, new INTEGER);"
    "CREATE TEMP TABLE file_map (old INTEGER PRIMARY KEY, new INTEGER);"
    "CREATE TEMP TABLE image_map (old INTEGER PRIMARY KEY, new INTEGER, fresh INTEGER);"
    "CREATE TEMP TABLE probe_map (old INTEGER PRIMARY KEY, last INTEGER, shift INTEGER, fresh "
    "INTEGER)";

std::vector<std::string> tables_of(RowsOf rows) {
  std::vector<std::string> names;
  for (const Table& table : all_tables())
    if (table.rows == rows) names.emplace_back(table.name);
  return names;
}

std::string mapped_probe_id(const std::string& column) { return mapped_probe(column); }
std::string mapped_watch_id(const std::string& column) { return mapped("watch_map", column); }

std::string same_rows_sql(const Database& database, const std::string& table, const std::string& where) {
  std::string names;
  for (const std::string& column : common_columns(database, table)) names += (names.empty() ? "" : ", ") + column;
  if (names.empty()) return {};
  return "INSERT INTO main." + table + " (" + names + ") SELECT " + names + " FROM part." + table + " t " + where;
}

std::string copy_sql(const Database& database, const std::string& name, const IdShift& shift) {
  const auto table =
      std::find_if(all_tables().begin(), all_tables().end(), [&](const Table& t) { return t.name == name; });
  std::string names, values;
  for (const std::string& column : common_columns(database, name)) {
    const auto id = table->ids.find(column);
    const std::string from = "t." + column;
    names.append(names.empty() ? "" : ", ").append(column);
    values.append(values.empty() ? "" : ", ").append(id == table->ids.end() ? from : becomes(from, id->second, shift));
  }
  if (names.empty()) return {};
  return std::string(table->rows == RowsOf::all ? "INSERT OR IGNORE" : "INSERT") + " INTO main." + name + " (" + names +
         ") SELECT " + values + " FROM " + source_of(*table);
}

}  // namespace recount

// schema: the views that SQL may ask, in the words of schema/.
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>
#include <utility>

#include "replay/command/command.hpp"
#include "replay/query/lists.hpp"
#include "replay/query/named_queries.hpp"
#include "replay/query/table_files.hpp"
#include "replay/query/view_text.hpp"
#include "replay/text/text.hpp"
#include "schema/log/log_format.hpp"
#include "schema/log/view_sql.hpp"

namespace recount {
namespace {

struct Column {
  std::string name, type, meaning;
};

struct ViewManual {
  const ViewText& text;
  std::vector<Column> columns;
  std::vector<std::string> paragraphs;
  std::vector<const NamedQuery*> queries;  // that ask it; the first, which asks little else, is the example
};

bool has_name(const ManualSection::Entry& entry, const std::string& name) {
  const auto same = [&](const std::string& word) { return word == name || word == "`" + name + "`"; };
  return std::any_of(entry.names.begin(), entry.names.end(), same);
}

std::string meaning_of(const ManualSection& section, const std::string& name) {
  for (const ManualSection::Entry& entry : section.entries)
    if (has_name(entry, name)) return entry.meaning;
  return {};
}

// Whether the statement has FROM or JOIN and then this view.
bool asks(std::string_view sql, const std::string& view) {
  for (const char* const word : {"FROM ", "JOIN "}) {
    const std::string wanted = word + view;
    for (std::size_t at = 0; (at = sql.find(wanted, at)) != std::string_view::npos; at += wanted.size()) {
      const char next = at + wanted.size() < sql.size() ? sql[at + wanted.size()] : '\n';
      if (std::isalnum(static_cast<unsigned char>(next)) == 0 && next != '_') return true;
    }
  }
  return false;
}

// SQLite says the types of a table's columns, and of a view's only if a table is made of it.
std::vector<Column> columns_of(Database& contract, const ManualSection& section, const std::string& view) {
  const std::string table = "columns_of_" + view;
  contract.run("CREATE TABLE IF NOT EXISTS " + table + " AS SELECT * FROM " + view);
  std::vector<Column> columns;
  // From 3.41 on, SQLite calls an INTEGER of a UNION a NUM. No view has a column of another numeric type but REAL.
  Statement row(contract,
                "SELECT name, CASE WHEN type IN ('INT', 'NUM') THEN 'INTEGER' ELSE type END FROM pragma_table_info(?)");
  row.bind(1, std::string_view(table));
  while (row.step()) columns.push_back({row.text(0), row.text(1), meaning_of(section, row.text(0))});
  return columns;
}

ViewManual manual_of(Database& contract, const ViewText& text) {
  const ManualSection section = manual_section(text.name);
  ViewManual manual{text, columns_of(contract, section, text.name), section.paragraphs, {}};
  if (const std::string meaning = meaning_of(section, text.name); !meaning.empty())
    manual.paragraphs.insert(manual.paragraphs.begin(), "Columns: " + meaning);
  for (const NamedQuery& query : named_queries())
    if (asks(query.sql, text.name)) manual.queries.push_back(&query);
  const auto rank = [from = "\nFROM " + text.name + "\n"](const NamedQuery* query) {
    return std::pair(query->sql.find(from) == std::string_view::npos, query->sql.size());
  };
  std::stable_sort(manual.queries.begin(), manual.queries.end(),
                   [&](const auto* a, const auto* b) { return rank(a) < rank(b); });
  return manual;
}

const ViewText& find_view(const std::string& name) {
  std::string names;
  for (const ViewText& view : view_texts()) {
    if (!view.promised()) continue;
    if (view.name == name) return view;
    names += (names.empty() ? "" : ", ") + view.name;
  }
  std::error_code ignored;
  if (std::filesystem::exists(name, ignored))
    throw UsageError("schema takes no log, it is the same for all; name a view: " + names);
  throw UsageError("there is no view " + name + ", there is " + names);
}

void write_columns(std::ostream& out, const std::vector<Column>& columns) {
  std::size_t width = 0;
  for (const Column& column : columns) width = std::max(width, column.name.size());
  for (const Column& column : columns) {
    out << "  " << column.name << std::string(width + 2 - column.name.size(), ' ') << column.type;
    if (!column.meaning.empty())
      out << std::string(9 - std::min<std::size_t>(8, column.type.size()), ' ') << column.meaning;
    out << '\n';
  }
}

void write_manual(std::ostream& out, const ViewManual& manual) {
  out << manual.text.name << "\n\n" << manual.text.prose << "\n\n";
  write_columns(out, manual.columns);
  for (const std::string& paragraph : manual.paragraphs) out << '\n' << paragraph << '\n';
  for (const NamedQuery* query : manual.queries)
    if (query == manual.queries.front())
      out << "\nExample, recount-replay query LOG @" << query->name << ":\n\n" << query->sql;
    else
      out << (query == manual.queries[1] ? "\nSee also: @" : ", @") << query->name;
  if (manual.queries.size() > 1) out << '\n';
}

Json manual_json(const ViewManual& manual) {
  Json columns = Json::array(), queries = Json::array();
  for (const Column& column : manual.columns)
    columns.push_back({{"name", column.name}, {"type", column.type}, {"meaning", column.meaning}});
  for (const NamedQuery* query : manual.queries) queries.push_back(query->name);
  return {{"name", manual.text.name},
          {"prose", manual.text.prose},
          {"columns", columns},
          {"paragraphs", manual.paragraphs},
          {"queries", queries},
          {"example", manual.queries.empty() ? Json(nullptr) : Json(manual.queries.front()->sql)}};
}

std::vector<const ViewText*> chosen(const std::vector<std::string>& names) {
  std::vector<const ViewText*> views;
  for (const std::string& name : names) views.push_back(&find_view(name));
  if (!names.empty()) return views;
  for (const ViewText& view : view_texts())
    if (view.promised()) views.push_back(&view);
  return views;
}

// --- tables for other engines ----------------------------------------------------------------------------------------

struct Engine {
  std::string_view integer, real, text, day;
};
constexpr Engine kClickHouse{"Nullable(Int64)", "Nullable(Float64)", "Nullable(String)", "Date"};
constexpr Engine kDuckDb{"BIGINT", "DOUBLE", "VARCHAR", "DATE"};

std::string type_of(const Engine& engine, const std::string& type) {
  return std::string(type == "INTEGER" ? engine.integer : type == "REAL" ? engine.real : engine.text);
}

// ClickHouse drops a row that equals another when it merges, if all columns are in the sorting key.
void write_table(std::ostream& out, const Engine& engine, const std::string& view, const std::vector<Column>& columns) {
  std::string names;
  const auto add = [&](const std::string& name, const std::string& type) {
    out << (names.empty() ? "" : ",") << "\n  \"" << name << "\" " << type;
    names += (names.empty() ? "\"" : ", \"") + name + "\"";
  };
  const bool clickhouse = &engine == &kClickHouse;
  out << "CREATE TABLE IF NOT EXISTS \"" << view << "\" (";
  for (const std::string_view name : kRunColumns)
    add(std::string(name), std::string(name == kRunColumns.front() ? engine.day : engine.text));
  for (const Column& column : columns)
    add(table_column(view, column.name),
        column.name == "run_uuid" && clickhouse ? "String" : type_of(engine, column.type));
  out << "\n)";
  if (clickhouse)
    out << " ENGINE = ReplacingMergeTree PARTITION BY toYYYYMM(date) PRIMARY KEY (date)\nORDER BY (" << names
        << ") SETTINGS allow_nullable_key = 1";
  out << ";\n";
}

}  // namespace

void write_view_list(std::ostream& out) {
  std::size_t width = 0;
  for (const ViewText& view : view_texts())
    if (view.promised()) width = std::max(width, view.name.size());
  for (const ViewText& view : view_texts())
    if (view.promised()) out << view.name << std::string(width + 2 - view.name.size(), ' ') << view.sentence() << '\n';
}

void write_view_manual(std::ostream& out, const std::string& view) {
  Database contract("", Database::Mode::in_memory);
  contract.run(std::string(kTablesSql) + views_sql());
  write_manual(out, manual_of(contract, find_view(view)));
}

FormatNames schema_formats() {
  return {{"text", "for people"},
          {"json", "all that is known"},
          {"clickhouse", "statements that make the tables for the files of export --tables"},
          {"duckdb", "the same for DuckDB"}};
}

int run_schema(const LogsRequest& request) {
  Database contract("", Database::Mode::in_memory);
  contract.run(std::string(kTablesSql) + views_sql());
  Json json = Json::array();
  const std::vector<const ViewText*> views = chosen(request.paths);
  Output output(request.output);
  if (request.format == "json")
    for (const ViewText* view : views) json.push_back(manual_json(manual_of(contract, *view)));
  else if (request.format == "clickhouse" || request.format == "duckdb")
    for (const ViewText* view : views)
      write_table(output.stream(), request.format == "duckdb" ? kDuckDb : kClickHouse, view->name,
                  manual_of(contract, *view).columns);
  else if (request.paths.empty())
    write_view_list(output.stream());
  else
    for (const ViewText* view : views) {
      if (view != views.front()) output.stream() << '\n';
      write_manual(output.stream(), manual_of(contract, *view));
    }
  if (request.format == "json") write_json(output.stream(), json);
  output.commit();
  return kYes;
}

}  // namespace recount

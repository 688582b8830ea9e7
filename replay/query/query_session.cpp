#include "replay/query/query_session.hpp"

#include <sqlite3.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <new>
#include <utility>

#include "replay/log/errors.hpp"
#include "replay/query/nearest.hpp"
#include "replay/query/view_text.hpp"
#include "replay/text/text.hpp"
#include "schema/log/log_format.hpp"

namespace recount {
namespace {

// What may be nested or repeated, and how often; no view and no query with a name comes near.
constexpr std::array kLimits{std::pair{SQLITE_LIMIT_SQL_LENGTH, int{QuerySession::kStatementMax}},
                             std::pair{SQLITE_LIMIT_COLUMN, 500},
                             std::pair{SQLITE_LIMIT_EXPR_DEPTH, 200},
                             std::pair{SQLITE_LIMIT_COMPOUND_SELECT, 50},
                             std::pair{SQLITE_LIMIT_VDBE_OP, 1'000'000},
                             std::pair{SQLITE_LIMIT_FUNCTION_ARG, 100},
                             std::pair{SQLITE_LIMIT_ATTACHED, 0},
                             std::pair{SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000},
                             std::pair{SQLITE_LIMIT_TRIGGER_DEPTH, 0},
                             std::pair{SQLITE_LIMIT_WORKER_THREADS, 0}};

bool is_damage(int code) {
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_IOERR:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM: return true;
    default: return false;
  }
}

std::vector<std::string> first_column(const Database& database, const std::string& sql) {
  std::vector<std::string> values;
  Statement row(database, sql);
  while (row.step()) values.push_back(row.text(0));
  return values;
}

std::vector<std::string> columns_of(const Database& database, const std::string& schema, const std::string& table) {
  return first_column(database, "SELECT name FROM pragma_table_info('" + table + "', '" + schema + "')");
}

// The function of that name in the shell of SQLite, which the manual's examples use.
void sqlar_uncompress(sqlite3_context* context, int, sqlite3_value** arguments) {
  const std::int64_t size = sqlite3_value_int64(arguments[1]);
  const int packed = sqlite3_value_bytes(arguments[0]);
  if (sqlite3_value_type(arguments[0]) == SQLITE_NULL || size <= 0 || size == packed)
    return sqlite3_result_value(context, arguments[0]);
  if (size > LogFile::kValueBytesMax) return sqlite3_result_error_toobig(context);
  void* const text = sqlite3_malloc64(static_cast<std::uint64_t>(size));
  if (!text) return sqlite3_result_error_nomem(context);
  uLongf length = static_cast<uLongf>(size);
  const auto* const bytes = static_cast<const Bytef*>(sqlite3_value_blob(arguments[0]));
  const int code = ::uncompress(static_cast<Bytef*>(text), &length, bytes, static_cast<uLong>(packed));
  if (code == Z_OK && length == static_cast<uLongf>(size))
    return sqlite3_result_blob(context, text, static_cast<int>(size), sqlite3_free);
  sqlite3_free(text);
  sqlite3_result_error(context, "the uncompressed content does not have that size", -1);
}

std::string quoted(const std::string& text) {
  std::string sql = "'";
  for (const char c : text) sql.append(c == '\'' ? 2 : 1, c);
  return sql + "'";
}

std::string rows_of(const std::vector<TestCommand>& tests) {
  std::string sql;
  for (const TestCommand& test : tests)
    sql += (sql.empty() ? " UNION VALUES (" : ", (") + quoted(test.name) + ", " + quoted(test.argv) + ")";
  return sql;
}

// What a statement would do, in a word of SQL.
std::string verb_of(int action) {
  static const std::map<int, std::string> kVerbs{
      {SQLITE_INSERT, "INSERT"},       {SQLITE_UPDATE, "UPDATE"},    {SQLITE_DELETE, "DELETE"},
      {SQLITE_PRAGMA, "PRAGMA"},       {SQLITE_ATTACH, "ATTACH"},    {SQLITE_DETACH, "DETACH"},
      {SQLITE_ANALYZE, "ANALYZE"},     {SQLITE_REINDEX, "REINDEX"},  {SQLITE_TRANSACTION, "a transaction"},
      {SQLITE_SAVEPOINT, "SAVEPOINT"}, {SQLITE_ALTER_TABLE, "ALTER"}};
  const auto found = kVerbs.find(action);
  return found == kVerbs.end() ? "CREATE or DROP" : found->second;
}

// These are not in SQLite's library as Debian builds it, or are switched off there; elsewhere they
// might be.
bool reaches_out(const std::string& function) {
  static const std::set<std::string> kFunctions{"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer"};
  return kFunctions.count(lower(function)) != 0;
}

// Rows of these are derived one by one from an event each, or there are as many as hits.
bool has_row_for_each_event(const std::string& view) {
  static const std::set<std::string> kViews{"trace_owner", "trace_visit", "event", "hit", "output", "source"};
  return kViews.contains(view);
}

bool has_word(const std::string& text, const std::string& word) {
  const auto is_of_name = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += word.size()) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_of_name(text[at - 1])) && (end == text.size() || !is_of_name(text[end]))) return true;
  }
  return false;
}

// For statements of our own, while it lives.
class Unguarded {
 public:
  using Authorizer = int (*)(void*, int, const char*, const char*, const char*, const char*);
  Unguarded(sqlite3* database, Authorizer authorizer, void* argument)
      : database_(database), authorizer_(authorizer), argument_(argument) {
    sqlite3_set_authorizer(database_, nullptr, nullptr);
  }
  ~Unguarded() { sqlite3_set_authorizer(database_, authorizer_, argument_); }
  Unguarded(const Unguarded&) = delete;
  Unguarded& operator=(const Unguarded&) = delete;

 private:
  sqlite3* database_;
  Authorizer authorizer_;
  void* argument_;
};

// The views and all that stands in their statements, and in those of the views there: tables, and words that are nothing.
std::set<std::string> names_beneath(std::vector<std::string> views) {
  std::set<std::string> names(views.begin(), views.end());
  while (!views.empty()) {
    const std::string name = std::move(views.back());
    views.pop_back();
    for (const ViewText& view : view_texts()) {
      if (view.name != name) continue;
      std::string word;
      for (const char c : view.sql + ' ') {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') {
          word += c;
          continue;
        }
        if (!word.empty() && names.insert(word).second) views.push_back(word);
        word.clear();
      }
    }
  }
  return names;
}

}  // namespace

void Rows::Finalize::operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }

Rows::Rows(std::string path, const Database& database, sqlite3_stmt* statement)
    : path_(std::move(path)), database_(&database), statement_(statement) {
  for (int i = 0; i < sqlite3_column_count(statement); ++i) names_.emplace_back(sqlite3_column_name(statement, i));
}

bool Rows::next() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_DONE) return false;
  if (code != SQLITE_ROW) fail(code);
  ++count_;
  return true;
}

void Rows::fail(int code) const {
  if ((code & 0xff) == SQLITE_NOMEM) throw std::bad_alloc();
  const std::string message = sqlite3_errmsg(database_->handle());
  if ((code & 0xff) == SQLITE_INTERRUPT) throw UsageError("interrupted after " + count_text(count_, "row"));
  const std::string where = count_text(count_, "row") + " could be told before";
  if (is_damage(code)) throw FileError(path_, explain(SqliteError("", message, code)) + "; " + where);
  throw UsageError("the statement cannot be answered: " + message + "; " + where);
}

Rows::Type Rows::type(std::size_t column) const {
  switch (sqlite3_column_type(statement_.get(), static_cast<int>(column))) {
    case SQLITE_INTEGER: return Type::integer;
    case SQLITE_FLOAT: return Type::real;
    case SQLITE_TEXT: return Type::text;
    case SQLITE_BLOB: return Type::blob;
    default: return Type::null;
  }
}

std::int64_t Rows::integer(std::size_t column) const {
  return sqlite3_column_int64(statement_.get(), static_cast<int>(column));
}

double Rows::real(std::size_t column) const {
  return sqlite3_column_double(statement_.get(), static_cast<int>(column));
}

std::string_view Rows::bytes(std::size_t column) const {
  const int at = static_cast<int>(column);
  const void* const data = type(column) == Type::blob
                               ? sqlite3_column_blob(statement_.get(), at)
                               : static_cast<const void*>(sqlite3_column_text(statement_.get(), at));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), at));
  return data ? std::string_view(static_cast<const char*>(data), size) : std::string_view();
}

QuerySession::QuerySession(const LogFile& log, const std::vector<TestCommand>& tests,
                           const std::vector<std::string>& only)
    : log_(log), progress_("asking " + log.path(), log.database().handle()) {
  run("PRAGMA query_only=OFF");  // for temporary tables and views
  make_views(tests, only);
  run("PRAGMA query_only=ON");
  connect_json();
  sqlite3* const handle = log_.database().handle();
  sqlite3_create_function_v2(handle, "sqlar_uncompress", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY,
                             nullptr, sqlar_uncompress, nullptr, nullptr, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
  limit();
  sqlite3_set_authorizer(handle, authorize, this);
}

QuerySession::~QuerySession() { sqlite3_set_authorizer(log_.database().handle(), nullptr, nullptr); }

void QuerySession::run(const std::string& sql) const {
  const int code = sqlite3_exec(log_.database().handle(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) log_.database().fail(code);
}

void QuerySession::limit() const {
  for (const auto& [what, most] : kLimits) sqlite3_limit(log_.database().handle(), what, most);
}

// SQLite makes these two at their first use, and the authorizer would see a table created.
void QuerySession::connect_json() {
  constexpr const char* kSame = "SELECT 1 FROM sqlite_master WHERE lower(name) IN ('json_each', 'json_tree')";
  if (!first_column(log_.database(), kSame).empty()) return;  // a stranger's would be found first
  run("SELECT 1 FROM json_each('[]'), json_tree('[]')");
  json_ = true;
}

void QuerySession::make_views(const std::vector<TestCommand>& tests, const std::vector<std::string>& only) {
  const std::set<std::string> needed = names_beneath(only);
  const auto is_needed = [&](const std::string& name) { return only.empty() || needed.contains(name); };
  for (const char* const names :
       {"SELECT lower(name) FROM sqlite_master", "SELECT lower(name) FROM pragma_module_list"})
    for (std::string& name : first_column(log_.database(), names)) foreign_.insert(std::move(name));
  Database contract("", Database::Mode::in_memory);
  contract.run(std::string(kTablesSql));
  for (const std::string& table : first_column(contract, "SELECT name FROM sqlite_master WHERE type = 'table'"))
    if (is_needed(table)) stand_in_for(contract, table, table == "trace_test_command" ? rows_of(tests) : "");
  for (const ViewText& view : view_texts()) {
    if (!is_needed(view.name)) continue;
    run("CREATE TEMP VIEW " + view.name + " " + view.sql);
    own_.insert(view.name);
  }
}

// Where the log has not all of a table, a temporary one by its name is found before it.
void QuerySession::stand_in_for(const Database& contract, const std::string& table, const std::string& more) {
  const std::vector<std::string> wanted = columns_of(contract, "main", table);
  const bool is_there = has_table(log_.database(), table);
  const std::vector<std::string> present =
      is_there ? columns_of(log_.database(), "main", table) : std::vector<std::string>{};
  if (is_there) tables_.insert(table);
  std::string columns;
  bool complete = is_there;
  for (const std::string& column : wanted) {
    const bool has = std::find(present.begin(), present.end(), column) != present.end();
    complete = complete && has;
    columns += (columns.empty() ? "" : ", ") + (has ? column : "NULL AS " + column);
  }
  if (complete && more.empty()) return;
  own_.insert(table);
  run("CREATE TEMP VIEW " + table + " AS SELECT " + columns + (is_there ? " FROM main." + table : " WHERE 0") + more);
}

int QuerySession::authorize(void* self, int action, const char* first, const char* second, const char* database,
                            const char* view) {
  const auto text = [](const char* word) { return std::string(word ? word : ""); };
  for (const char* const name : {first, view})
    if (name) static_cast<QuerySession*>(self)->used_.insert(lower(name));
  return static_cast<QuerySession*>(self)->judge(action, text(first), text(second), text(database));
}

// Where a table is named and none of its columns, SQLite passes the words of the statement: no
// database, and the names of common table expressions, too.
bool QuerySession::may_read(const std::string& name, const std::string& database) const {
  if (json_ && (name == "json_each" || name == "json_tree")) return true;
  if (database == "temp") return own_.count(name) != 0;
  if (database == "main") return tables_.count(name) != 0;
  if (own_.count(name) != 0 || tables_.count(name) != 0) return true;
  return foreign_.count(name) == 0 && !name.starts_with("sqlite_") && !name.starts_with("pragma_");
}

int QuerySession::judge(int action, const std::string& first, const std::string& second, const std::string& database) {
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE: return SQLITE_OK;
    case SQLITE_FUNCTION:
      if (!reaches_out(second)) return SQLITE_OK;
      refusal_ = "the function " + second + " is not allowed";
      return SQLITE_DENY;
    case SQLITE_READ:
      if (may_read(lower(first), database)) return SQLITE_OK;
      refusal_ = first + " is no table of a log that may be read; recount-replay schema lists the views";
      return SQLITE_DENY;
    default:
      refusal_ = (first.starts_with("sqlite_") ? "CREATE, DROP or a virtual table" : verb_of(action)) +
                 " is refused, a log is only read; write a SELECT";
      return SQLITE_DENY;
  }
}

void QuerySession::refuse(const std::string& sql) {
  sqlite3* const handle = log_.database().handle();
  const int code = sqlite3_extended_errcode(handle);
  if ((code & 0xff) == SQLITE_NOMEM) throw std::bad_alloc();
  if (is_damage(code)) log_.database().fail(code);
  if ((code & 0xff) == SQLITE_INTERRUPT) throw UsageError("interrupted");
  if (!refusal_.empty()) throw UsageError(refusal_);
  const int offset = sqlite3_error_offset(handle);
  std::string where;
  if (offset >= 0 && sql.find('\n') != std::string::npos)
    where = " in line " + std::to_string(1 + std::count(sql.begin(), sql.begin() + offset, '\n'));
  const std::string message = sqlite3_errmsg(handle);
  throw UsageError("the statement is wrong" + where + ": " + message + guess(message, sql));
}

// What a name that there is not may have meant: a view, or a column of the views that the statement names.
std::string QuerySession::guess(const std::string& message, const std::string& sql) {
  for (const std::string what : {"no such table: ", "no such column: "}) {
    if (!message.starts_with(what)) continue;
    std::string name = message.substr(what.size());
    name.resize(std::min(name.size(), name.find_first_of(" \n")));
    name.erase(0, name.rfind('.') + 1);
    if (what.find("table") != std::string::npos) return did_you_mean(nearest(name, view_names()));
    std::vector<std::string> columns;
    const Unguarded unguarded(log_.database().handle(), authorize, this);
    for (const std::string& view : view_names())
      if (has_word(lower(sql), view))
        for (std::string& column : columns_of(log_.database(), "temp", view)) columns.push_back(std::move(column));
    return did_you_mean(nearest(name, columns));
  }
  return {};
}

std::vector<std::string> QuerySession::view_names() {
  std::vector<std::string> names;
  for (const ViewText& view : view_texts())
    if (view.promised()) names.push_back(view.name);
  return names;
}

const std::vector<std::string>& QuerySession::column_names() {
  const Unguarded unguarded(log_.database().handle(), authorize, this);
  if (columns_.empty())
    for (const std::string& view : view_names())
      for (std::string& column : columns_of(log_.database(), "temp", view)) columns_.push_back(std::move(column));
  return columns_;
}

void QuerySession::keep_views_of(const std::string& sql) {
  used_.clear();
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v2(log_.database().handle(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  sqlite3_finalize(statement);
  if (code != SQLITE_OK) return;  // select() says what is wrong
  keep_views(std::set<std::string>(used_));
}

void QuerySession::keep_views(const std::set<std::string>& names) {
  const Unguarded unguarded(log_.database().handle(), authorize, this);
  for (const ViewText& view : view_texts())  // a view asks only those before it
    if (names.contains(view.name) && !kept_.contains(view.name) && !has_row_for_each_event(view.name)) keep(view);
}

// All of it or nothing, also if somebody ends it with Ctrl-C.
void QuerySession::keep(const ViewText& view) {
  run("PRAGMA query_only=OFF; SAVEPOINT keep");
  try {
    run("DROP VIEW temp." + view.name + "; CREATE TEMP TABLE " + view.name + " " + view.sql);
    run("RELEASE keep; PRAGMA query_only=ON");
  } catch (const SqliteError& error) {
    run("ROLLBACK TO keep; RELEASE keep; PRAGMA query_only=ON");
    if ((error.code & 0xff) == SQLITE_INTERRUPT) throw UsageError("interrupted");
    throw;
  }
  kept_.insert(view.name);
}

bool QuerySession::is_empty(std::string_view rest) const {
  while (!rest.empty()) {
    sqlite3_stmt* statement = nullptr;
    const char* tail = nullptr;
    const int code =
        sqlite3_prepare_v2(log_.database().handle(), rest.data(), static_cast<int>(rest.size()), &statement, &tail);
    sqlite3_finalize(statement);
    if (code != SQLITE_OK || statement) return false;
    rest.remove_prefix(static_cast<std::size_t>(tail - rest.data()));
  }
  return true;
}

Rows QuerySession::select(const std::string& sql) {
  if (sql.find('\0') != std::string::npos) throw UsageError("the statement has a byte 0 in it");
  refusal_.clear();
  sqlite3_stmt* statement = nullptr;
  const char* tail = nullptr;
  const int code =
      sqlite3_prepare_v2(log_.database().handle(), sql.data(), static_cast<int>(sql.size()), &statement, &tail);
  if (code != SQLITE_OK) refuse(sql);
  Rows rows(log_.path(), log_.database(), statement);
  const bool is_last = is_empty(tail);
  if (!statement && is_last) throw UsageError("the statement is empty; write a SELECT");
  if (!is_last) throw UsageError("there is more than one statement; run one at a time");
  if (!statement || sqlite3_column_count(statement) == 0 || !sqlite3_stmt_readonly(statement))
    throw UsageError("the statement has no rows; write a SELECT");
  if (sqlite3_bind_parameter_count(statement) > 0)
    throw UsageError("the statement has a parameter, and nothing says its value; write the value there");
  return rows;
}

}  // namespace recount

// SQL from the user over a log from a stranger.
//
//   QuerySession session(log);
//   Rows rows = session.select("SELECT pid FROM process");
//   while (rows.next()) ... rows.bytes(0) ...
//
// Nothing of the log is asked but the rows of the tables that trace.sql names. The views are those
// of this program, made as temporary ones: SQLite looks for a name there before it looks into the
// file, and the views of the file stay switched off (LogFile). A table or a column that the log
// lacks, because it is of an older minor version or because something else stands in its place,
// is empty or NULL. An authorizer lets a statement read these and call functions; everything else
// (writing, ATTACH, PRAGMA, other tables of the file) is refused when it is prepared. Lengths and
// depths are limited to what the views need and a little more.
//
// Throws UsageError for what is wrong with the statement, FileError for what is wrong with the log.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "replay/log/log_file.hpp"
#include "replay/log/progress.hpp"
#include "replay/query/view_text.hpp"
#include "schema/shared/ctest_list.hpp"

namespace recount {

// The answer to one statement, a row at a time.
class Rows {
 public:
  enum class Type { null, integer, real, text, blob };

  Rows(std::string path, const Database& database, sqlite3_stmt* statement);  // the path is for messages
  const std::vector<std::string>& names() const noexcept { return names_; }
  bool next();
  std::uint64_t count() const noexcept { return count_; }  // rows so far

  // Of the current row. Ask for the type first: bytes() turns a number into text.
  Type type(std::size_t column) const;
  std::int64_t integer(std::size_t column) const;
  double real(std::size_t column) const;
  std::string_view bytes(std::size_t column) const;  // until next()

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  [[noreturn]] void fail(int code) const;

  std::string path_;
  const Database* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  std::vector<std::string> names_;
  std::uint64_t count_ = 0;
};

class QuerySession {
 public:
  static constexpr std::size_t kStatementMax = 1 << 20;  // bytes

  // The log must stay. `tests` are told beside those that the log knows. `only` names the views that will be asked, if not all of them: to make
  // them all takes as long as to ask one of a small log.
  explicit QuerySession(const LogFile& log, const std::vector<TestCommand>& tests = {},
                        const std::vector<std::string>& only = {});
  ~QuerySession();
  QuerySession(const QuerySession&) = delete;
  QuerySession& operator=(const QuerySession&) = delete;

  Rows select(const std::string& sql);               // of one statement
  bool is_empty(std::string_view statements) const;  // nothing but blanks, comments and semicolons

  // Derives the views that the statement asks once and for all, as long as the session lives: from then on they are tables. Views with a
  // row for each event or hit stay views, since their rows are derived as fast as they are read.
  void keep_views_of(const std::string& sql);
  // The same of views by their names, helpers too. What stands beneath a view is looked up anew wherever it is named, and that costs more than a
  // small log has rows.
  void keep_views(const std::set<std::string>& names);

  // Asked again and again while SQLite works: yes, and the statement ends with a UsageError.
  void end_when(std::function<bool()> wanted) { progress_.end_when(std::move(wanted)); }

  static std::vector<std::string> view_names();    // the promised ones
  const std::vector<std::string>& column_names();  // of all of them

 private:
  static int authorize(void* self, int action, const char* first, const char* second, const char* database,
                       const char* view);
  int judge(int action, const std::string& first, const std::string& second, const std::string& database);
  bool may_read(const std::string& name, const std::string& database) const;
  void run(const std::string& sql) const;
  void make_views(const std::vector<TestCommand>& tests, const std::vector<std::string>& only);
  void connect_json();
  void stand_in_for(const Database& contract, const std::string& table, const std::string& more);
  void limit() const;
  [[noreturn]] void refuse(const std::string& sql);
  std::string guess(const std::string& message, const std::string& sql);
  void keep(const ViewText& view);

  const LogFile& log_;
  SqlProgress progress_;
  std::set<std::string> tables_;   // of the log, that may be read
  std::set<std::string> own_;      // views that were made here
  std::set<std::string> foreign_;  // all names in the file, and SQLite's modules, in lower case
  bool json_ = false;              // json_each and json_tree are SQLite's
  std::string refusal_;            // why the authorizer said no
  std::set<std::string> used_;     // what the last statement asks, views within views included
  std::set<std::string> kept_;     // views that are tables now
  std::vector<std::string> columns_;
};

}  // namespace recount

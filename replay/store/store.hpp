// A store: one SQLite file with what matters of many runs, for questions that one log can't answer.
//
//   Store store("store.db", Store::Mode::add);
//   store.add(log);                                   // false: it has that run already
//   Rows rows = store.ask(sql, {"parser"});           // ?1 is the first
//
// store.sql has its tables. A run is added whole or not at all, whoever else adds at the same time, and whenever the writer is killed: SQLite's
// transactions see to that. Throws FileError.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "replay/log/log_file.hpp"
#include "replay/query/query_session.hpp"
#include "schema/log/sqlite.hpp"

namespace recount {

class Store {
 public:
  enum class Mode { add, ask };  // add: makes it where it is not
  Store(const std::string& path, Mode mode);

  bool add(const LogFile& log);                                                      // of one run
  Rows ask(std::string_view sql, const std::vector<std::string>& parameters) const;  // those that are missing are NULL

 private:
  static Database::Mode mode_for(const std::string& path, Mode mode);
  bool is_empty() const;
  void check() const;
  std::int64_t pragma(const char* name) const;

  std::string path_;
  Database database_;
};

}  // namespace recount

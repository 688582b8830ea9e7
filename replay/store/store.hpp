// A store: one SQLite file with what matters of many runs, for questions that one log can't answer.
//
//   Store store("store.db", Store::Mode::add);
//   store.add(digest_of(log));                        // false: it has that run already
//   Rows rows = store.ask(sql, {"parser"});           // ?1 is the first
//
// store.sql has its tables. A run is added whole or not at all, whoever else adds at the same time, and whenever the writer is killed: SQLite's
// transactions see to that. Tables that an older store lacks are made when a run is added to it, and are empty to who only asks. Throws FileError.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "replay/log/store_mark.hpp"
#include "replay/query/query_session.hpp"
#include "replay/store/run_digest.hpp"
#include "schema/log/sqlite.hpp"

namespace recount {

class Store {
 public:
  enum class Mode { add, ask };  // add: makes it where it is not
  Store(const std::string& path, Mode mode);

  bool has(const std::string& run_uuid) const;
  bool add(const RunDigest& run);
  Rows ask(std::string_view sql, const std::vector<std::string>& parameters) const;  // those that are missing are NULL
  const std::string& path() const noexcept { return path_; }

 private:
  static Database::Mode mode_for(const std::string& path, Mode mode);
  void make_tables();
  void stand_in_for_missing_tables();
  bool is_empty() const;
  void check() const;
  std::int64_t pragma(const char* name) const;

  std::string path_;
  Database database_;
};

}  // namespace recount

// Which columns of the tables are ids, and what becomes of them when rows are moved to another log.
//
// The input is attached as `part`; what its ids become stands in temporary tables:
//
//   temp.file_map (old, new)                   each source file
//   temp.image_map (old, new, fresh)           each image; fresh: it is not in the output yet
//   temp.watch_map (old, new)                  each watch
//   temp.probe_map (old, last, shift, fresh)   the probes of each image that has some: old to last
//
// A test holds that every table of schema/trace.sql has its place here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schema/log/sqlite.hpp"

namespace recount {

// By how much the ids of a run grow, and those of the functions of a log.
struct IdShift {
  std::int64_t seq = 0, utid = 0, upid = 0, exec = 0, function = 0;
};

enum class RowsOf {
  run,     // moved with their run: those with seq from ?1 to ?2
  image,   // moved with a fresh image
  probe,   // moved with the probes of a fresh image
  all,     // the same in every log: what is there already stays
  merger,  // written by the merger itself
};

// The tables of that kind, in the order in which they are to be copied.
std::vector<std::string> tables_of(RowsOf rows);

extern const char* const kMapsSql;  // makes the temporary tables, empty

// What an id of the input becomes, as SQL.
std::string mapped_probe_id(const std::string& column);
std::string mapped_watch_id(const std::string& column);

// INSERT INTO main.TABLE of the same rows. `where` chooses among those of part.TABLE, which is `t`. Empty as below.
std::string same_rows_sql(const Database& database, const std::string& table, const std::string& where = {});

// INSERT INTO main.TABLE ... SELECT ... FROM part.TABLE ..., with the columns that both have. Empty
// if one has no such table: the input may be of an older minor version.
std::string copy_sql(const Database& database, const std::string& table, const IdShift& shift = {});

}  // namespace recount

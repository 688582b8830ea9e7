// Writes a run into the tables of a store, within a transaction of the caller's.
//
//   StoreWriter writer(database);
//   if (writer.begin(run)) writer.write_rest(run);    // false: the run is there
//
// A name or a set of lines that the store has already is found, not written again.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "replay/store/run_digest.hpp"
#include "schema/log/sqlite.hpp"

namespace recount {

class StoreWriter {
 public:
  explicit StoreWriter(Database& database) : database_(database) {}
  bool begin(const RunDigest& run);
  void write_rest(const RunDigest& run);

 private:
  // A table of things that each have a number.
  class Numbered {
   public:
    Numbered(Database& database, const std::string& table, const std::string& id, const std::string& column)
        : database_(database),
          find_(database, "SELECT " + id + " FROM " + table + " WHERE " + column + " = ?"),
          add_(database, "INSERT INTO " + table + " (" + column + ") VALUES (?)") {}
    std::int64_t id_of(std::string_view text);
    std::int64_t id_of_blob(std::string_view bytes);

   private:
    std::int64_t found_or_added();
    Database& database_;
    Statement find_, add_;
  };
  std::int64_t test_id(const RunDigest::Test& test);
  void write(const std::vector<RunDigest::Test>& tests);
  void write(const std::map<std::string, std::int64_t>& failures);
  void write(const std::map<std::string, RunDigest::File>& files);

  Database& database_;
  std::int64_t run_ = 0;
};

}  // namespace recount

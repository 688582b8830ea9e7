// Several logs made into one, whose tables answer for all of their runs.
//
//   Merger merger(path);                        // "": a file that SQLite keeps for itself, gone
//   with the object for each path:  merger.add(LogFile(path));  // the inputs are only read
//   merger.remarks()                            // what whoever asked for it should know
//   LogFile all("ALL.db", merger.take());
//
// The rows of a run stay together and in order: seq, utid, upid and exec_id are shifted so that
// they go on where the run before ended, and a row of trace_part says by how much. What several
// runs have in common stands once: a source file by its path, an image by its build id (by its path
// where it has none), if it has the same probes for the same lines. Everything else is copied as it
// is, damage included, so that verify says of each run what it says of the log that it came from.
//
// A run (by its run_uuid) is taken once, from the log that is named first. The log of a run that
// was cut short is taken as far as it goes. A log that was merged is taken run by run.
//
// Memory: that of SQLite's page cache (32 MiB) and of the names of source files. Throws FileError.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "replay/log/log_file.hpp"
#include "replay/log/merge_tables.hpp"

namespace recount {

class Merger {
 public:
  explicit Merger(const std::string& path);
  void add(const LogFile& log);
  const std::vector<std::string>& remarks() const noexcept { return remarks_; }
  std::unique_ptr<Database> take();  // and add nothing more

 private:
  struct Image;
  struct Same {  // what an image of the input is in the output
    std::int64_t image;
    std::int64_t shift;  // of the ids of its probes
  };
  void add_attached(const LogFile& log);
  void add_files();
  void add_images(const LogFile& log);
  std::optional<Same> find_same(const Image& image) const;
  bool is_same(const Image& image, const Same& candidate) const;
  bool has_as_many(const std::string& table, const Image& image, const Same& candidate) const;
  bool has_same_watches(const Image& image, std::int64_t candidate) const;
  void map_watches(std::int64_t image, std::optional<std::int64_t> same);
  void add_fresh_images();
  void add_missing_sources();
  void add_run(const LogFile& log, const RunRecord& run);
  void add_images_of(const RunRecord& run);
  void add_sums();
  void add_sums_of(const RunRecord& run, std::int64_t first, std::int64_t last, const IdShift& shift);
  void add_remarks(const LogFile& log, const RunRecord& run, const std::string& table);
  void remember_ids(std::int64_t first, std::int64_t last, const IdShift& shift);
  void remark(const LogFile& log, const RunRecord& run, std::int64_t events);
  void check_ids(const LogFile& log) const;
  bool has_part_table(const std::string& name) const;
  std::int64_t number(const std::string& sql) const;

  std::unique_ptr<Database> database_;
  std::set<std::string> runs_;
  std::unordered_map<std::string, std::int64_t> files_;
  // The last ids that were given.
  std::int64_t seq_ = 0, utid_ = 0, upid_ = 0, exec_ = 0, image_ = 0, probe_ = 0, watch_ = 0, function_ = 0;
  std::int64_t group_ = 0, set_ = 0;            // the last ids of sums
  std::int64_t group_base_ = 0, set_base_ = 0;  // what those of the input are shifted by
  std::vector<std::string> remarks_;
};

// An empty log, with all tables and views. An error leaves it as it is: it is to be given its place when it is whole.
std::unique_ptr<Database> empty_log(const std::string& path, std::uint32_t page_bytes = 4096);
void attach(const Database& database, const LogFile& log);  // as `part`, to be read only

// Several logs as one; what there is to be said about it goes to stderr.
LogFile merged(const std::vector<std::string>& paths);

}  // namespace recount

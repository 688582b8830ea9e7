#include "replay/store/store_writer.hpp"

#include <sqlite3.h>

#include <optional>

namespace recount {
namespace {

void put(Statement& row, int at, const std::string& text) {
  text.empty() ? row.bind_null(at) : row.bind(at, std::string_view(text));
}
void put(Statement& row, int at, const std::optional<std::int64_t>& number) {
  number ? row.bind(at, *number) : row.bind_null(at);
}

}  // namespace

bool StoreWriter::begin(const RunDigest& run) {
  Statement row(
      database_,
      "INSERT OR IGNORE INTO run (run_uuid, log, start_unix_ns, duration_ns, outcome, ending, argv, hostname, "
      "repository, branch, \"commit\", job, processes, failed, lines, lines_hit) "
      "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  row.bind(1, std::string_view(run.uuid)).bind(2, std::string_view(run.log)).bind(3, run.start_unix_ns);
  put(row, 4, run.duration_ns);
  row.bind(5, std::string_view(run.outcome)).bind(6, std::string_view(run.ending));
  row.bind(7, std::string_view(run.argv)).bind(8, std::string_view(run.hostname));
  put(row, 9, run.repository);
  put(row, 10, run.branch);
  put(row, 11, run.commit);
  put(row, 12, run.job);
  row.bind(13, run.processes).bind(14, run.failed).bind(15, run.lines).bind(16, run.lines_hit).execute();
  if (sqlite3_changes(database_.handle()) == 0) return false;
  run_ = sqlite3_last_insert_rowid(database_.handle());
  return true;
}

void StoreWriter::write_rest(const RunDigest& run) {
  write(run.tests);
  write(run.failures);
  write(run.files);
}

std::int64_t StoreWriter::Numbered::id_of(std::string_view text) {
  find_.bind(1, text);
  add_.bind(1, text);
  return found_or_added();
}

std::int64_t StoreWriter::Numbered::id_of_blob(std::string_view bytes) {
  find_.bind_blob(1, bytes);
  add_.bind_blob(1, bytes);
  return found_or_added();
}

std::int64_t StoreWriter::Numbered::found_or_added() {
  const std::int64_t known = find_.step() ? find_.integer(0) : 0;
  find_.reset();
  if (known != 0) return known;
  add_.execute();
  return sqlite3_last_insert_rowid(database_.handle());
}

std::int64_t StoreWriter::test_id(const RunDigest::Test& test) {
  Statement add(database_, "INSERT OR IGNORE INTO test (name, runner) VALUES (?,?)");
  add.bind(1, std::string_view(test.name)).bind(2, std::string_view(test.runner)).execute();
  Statement find(database_, "SELECT test_id FROM test WHERE (name, runner) = (?,?)");
  find.bind(1, std::string_view(test.name)).bind(2, std::string_view(test.runner)).step();
  return find.integer(0);
}

void StoreWriter::write(const std::vector<RunDigest::Test>& tests) {
  Statement row(database_, "INSERT OR REPLACE INTO result VALUES (?,?,?,?,?,?)");
  for (const RunDigest::Test& test : tests) {
    row.bind(1, run_).bind(2, test_id(test)).bind(3, std::string_view(test.result));
    put(row, 4, test.duration_ns);
    put(row, 5, test.cpu_us);
    row.bind(6, test.processes).execute();
  }
}

void StoreWriter::write(const std::map<std::string, std::int64_t>& failures) {
  Numbered signatures(database_, "signature", "signature_id", "text");
  Statement row(database_, "INSERT INTO failure VALUES (?,?,?)");
  for (const auto& [signature, count] : failures)
    row.bind(1, run_).bind(2, signatures.id_of(signature)).bind(3, count).execute();
}

void StoreWriter::write(const std::map<std::string, RunDigest::File>& files) {
  Numbered names(database_, "file", "file_id", "path"), texts(database_, "source_text", "text_id", "hash"),
      sets(database_, "line_set", "set_id", "lines");
  Statement share(database_, "INSERT INTO file_lines VALUES (?,?,?,?)"),
      lines(database_, "INSERT INTO text_lines VALUES (?,?,?,?,?)");
  for (const auto& [path, file] : files) {
    const std::int64_t name = names.id_of(path);
    share.bind(1, run_).bind(2, name).bind(3, file.lines).bind(4, file.hit).execute();
    if (file.text.empty()) continue;
    lines.bind(1, run_).bind(2, name).bind(3, texts.id_of(file.text));
    lines.bind(4, sets.id_of_blob(packed_lines(file.code))).bind(5, sets.id_of_blob(packed_lines(file.ran))).execute();
  }
}

}  // namespace recount

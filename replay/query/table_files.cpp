#include "replay/query/table_files.hpp"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <sstream>

#include "replay/command/output.hpp"
#include "replay/query/query_session.hpp"
#include "replay/query/row_writer.hpp"
#include "replay/text/json_text.hpp"
#include "replay/text/packed_stream.hpp"

namespace recount {

std::string tag_of(const RunRecord& run, const char* key) {
  const auto found = run.tags.find(key);
  return found == run.tags.end() ? "" : found->second;
}

std::string job_of(const RunRecord& run) {
  const std::string task = tag_of(run, "cicd.pipeline.task.name");
  return task.empty() ? tag_of(run, "cicd.pipeline.name") : task;
}

std::string repository_of(const RunRecord& run) {
  if (const std::string name = tag_of(run, "vcs.repository.name"); !name.empty()) return name;
  std::string url = tag_of(run, "vcs.repository.url.full");
  while (url.ends_with('/')) url.pop_back();
  if (url.ends_with(".git")) url.resize(url.size() - 4);
  return url.substr(url.find_last_of("/:") + 1);
}

std::string table_column(const std::string& view, const std::string& column) {
  const bool is_taken = std::find(kRunColumns.begin(), kRunColumns.end(), column) != kRunColumns.end();
  return is_taken ? view + "_" + column : column;
}

namespace {

namespace fs = std::filesystem;

std::string date_of(const RunRecord& run) {
  const std::time_t seconds = run.start_unix_ns / 1'000'000'000;
  std::tm parts{};
  char text[32] = "";
  if (gmtime_r(&seconds, &parts)) std::strftime(text, sizeof text, "%Y-%m-%d", &parts);
  return text;
}

// As a part of a path: whatever a log says, it names no other folder.
std::string folder_name(const std::string& text) {
  std::string name;
  for (const char c : text.substr(0, 100)) {
    const bool plain =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
    name += plain || (c == '.' && !name.empty()) ? c : '_';
  }
  return name.empty() ? "none" : name;
}

std::string sql_text(const std::string& text) {
  if (text.empty()) return "NULL";
  std::string quoted = "'";
  for (const char c : text)
    if (c != '\0') quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted + "'";
}

std::string columns_of(QuerySession& session, const std::string& view) {
  std::string columns;
  const Rows none = session.select("SELECT * FROM " + view + " LIMIT 0");
  for (const std::string& name : none.names())
    columns += ", v.\"" + name + "\" AS \"" + table_column(view, name) + "\"";
  return columns;
}

std::string rows_of(QuerySession& session, const LogFile& log, const RunRecord& run, const ViewText& view) {
  return "SELECT " + sql_text(date_of(run)) + " AS date, " + sql_text(repository_of(run)) + " AS repository, " +
         sql_text(tag_of(run, "vcs.ref.head.name")) + " AS branch, " + sql_text(tag_of(run, "vcs.ref.head.revision")) +
         " AS \"commit\"" + columns_of(session, view.name) + " FROM " + view.name + " v" +
         (log.merged() ? " WHERE v.run_uuid = " + sql_text(run.uuid) : "");
}

void write_file(Rows& rows, const fs::path& path, bool gzip) {
  Output output(path.string());
  if (!gzip) {
    write_rows(*make_row_writer("jsonl", output.stream()), rows);
  } else {
    PackedStream packed(output.stream(), PackedStream::Form::gzip);
    write_rows(*make_row_writer("jsonl", packed), rows);
    packed.finish();
  }
  output.commit();
}

}  // namespace

std::vector<const ViewText*> views_named(const std::string& names) {
  std::vector<const ViewText*> views;
  std::string known;
  for (const ViewText& view : view_texts()) {
    if (!view.promised()) continue;
    known += (known.empty() ? "" : ", ") + view.name;
    views.push_back(&view);
  }
  if (names == "all") return views;
  std::vector<const ViewText*> chosen;
  std::istringstream words(names);
  for (std::string word; std::getline(words, word, ',');) {
    const auto found = std::find_if(views.begin(), views.end(), [&](const auto* view) { return view->name == word; });
    if (found == views.end()) throw UsageError("--tables: there is no view " + word + ", there is " + known);
    chosen.push_back(*found);
  }
  return chosen;
}

void write_table_files(const LogFile& log, const std::vector<const ViewText*>& views, const std::string& folder,
                       bool gzip) {
  QuerySession session(log);
  for (const RunRecord& run : log.runs())
    for (const ViewText* const view : views) {
      const fs::path place =
          fs::path(folder) / view->name / ("date=" + date_of(run)) / ("repo=" + folder_name(repository_of(run)));
      std::error_code error;
      fs::create_directories(place, error);
      if (error) throw FileError(place.string(), "cannot be made: " + error.message());
      const fs::path plain = place / (folder_name(run.uuid) + ".jsonl"), packed = plain.string() + ".gz";
      Rows rows = session.select(rows_of(session, log, run, *view));
      write_file(rows, gzip ? packed : plain, gzip);
      fs::remove(gzip ? plain : packed, error);  // else the run would be loaded twice
    }
}

}  // namespace recount

#include "tracer/log/log_tables.hpp"

#include <sqlite3.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <new>
#include <nlohmann/json.hpp>

#include "schema/log/empty_log.hpp"
#include "schema/log/log_format.hpp"

namespace recount {
namespace {

std::string json_text(const std::vector<std::string>& strings) {
  return nlohmann::json(strings).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Statement& bind_text(Statement& row, int parameter, const std::string& text) {  // NULL if there is none
  return text.empty() ? row.bind_null(parameter) : row.bind(parameter, text);
}

// The words, without what setproctitle(3) leaves of the room behind its text.
std::string title_of(const Crash& crash) {
  constexpr std::size_t kMost = 4096;
  std::string title;
  for (const std::string& word : crash.title) title += word + ' ';
  title.resize(std::min(title.find_last_not_of(' ') + 1, kMost));
  return title;
}

std::string new_uuid() {  // RFC 4122, version 4, made by the kernel
  std::string uuid;
  std::ifstream("/proc/sys/kernel/random/uuid") >> uuid;
  return uuid;
}

std::string working_folder() {
  std::array<char, 4096> path{};
  return ::getcwd(path.data(), path.size()) ? path.data() : "";
}

std::int64_t unix_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// The database becomes what a file with these bytes is.
void load(const Database& database, std::string_view bytes) {
  auto* const copy = static_cast<unsigned char*>(sqlite3_malloc64(bytes.size()));
  if (!copy) throw std::bad_alloc();
  std::copy(bytes.begin(), bytes.end(), copy);
  const auto size = static_cast<sqlite3_int64>(bytes.size());
  const int code = sqlite3_deserialize(database.handle(), "main", copy, size, size,  // frees the copy, even if it fails
                                       SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE);
  if (code != SQLITE_OK) database.fail(code);
}

void write_run(Database& database, const RunInfo& run) {
  utsname system{};
  ::uname(&system);
  Statement row(database, "INSERT INTO trace_run VALUES (?,?,?,?,NULL,'running',?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,NULL)");
  row.bind(1, new_uuid()).bind(2, json_text(run.argv)).bind(3, working_folder()).bind(4, unix_ns());
  row.bind(5, system.nodename).bind(6, system.release).bind(7, system.machine).bind(8, RECOUNT_VERSION);
  row.bind(9, kSchemaVersion).bind(10, kSchemaMinor).bind(11, kMachineVersion);
  row.bind(12, json_text(run.source_roots)).bind(13, run.coverage).bind(14, run.rules.timeout_ns);
  row.bind(15, run.rules.orphan_grace_ns).bind(16, run.rules.claim_grace_ns).bind(17, run.rules.wait_root);
  row.bind(18, run.probes_per == ProbesPer::block ? "block" : "line").bind(19, name_of(run.rules.scope));
  run.counts ? row.bind(20, static_cast<std::int64_t>(run.rules.count_limit)) : row.bind_null(20);
  row.execute();
  Statement tag(database, "INSERT INTO trace_run_tag VALUES (?,?,NULL)");
  for (const auto& [key, value] : run.tags) tag.bind(1, key).bind(2, value).execute();
  Statement test(database, "INSERT OR IGNORE INTO trace_test_command VALUES (?,?)");
  for (const TestCommand& command : run.tests) test.bind(1, command.name).bind(2, command.argv).execute();
}

}  // namespace

std::string empty_log(const RunInfo& run) {
  Database database("", Database::Mode::in_memory);
  load(database, empty_log_image());
  database.run("BEGIN");
  write_run(database, run);
  add_views(database);
  database.run("COMMIT");
  return database.bytes();
}

// Nothing is synced to the disk: a log survives the death of its recorder, not that of the machine.
LogTables::LogTables(const std::string& path)
    : database_(path, Database::Mode::create),
      events_(database_),
      image_(database_, "INSERT INTO trace_image VALUES (?,?,?,?,?,?,?,?)"),
      file_(database_, "INSERT INTO trace_file VALUES (?,?)"),
      function_(database_, "INSERT INTO trace_function VALUES (?,?,?,?,?,?)"),
      probe_(database_, "INSERT INTO trace_probe VALUES (?,?,?,?,?,?)"),
      watch_(database_, "INSERT INTO trace_watch VALUES (?,?,?,?,?)"),
      probe_line_(database_, "INSERT INTO trace_probe_line VALUES (?,?,?,?,?,?)"),
      line_count_(database_, "INSERT INTO trace_line_count VALUES (?,?,?,?,?)"),
      branch_(database_, "INSERT INTO trace_branch VALUES (?,?,?,?,?,?,?,?,?,?)"),
      branch_probe_(database_, "INSERT INTO trace_branch_probe VALUES (?,?,?,?)"),
      source_(database_, "INSERT INTO trace_source VALUES (?,?,?)"),
      file_source_(database_, "INSERT INTO trace_file_source VALUES (?,?,?,?,?)"),
      diagnostic_(database_, "INSERT INTO trace_diagnostic VALUES (?,?,?,?,?,NULL)"),
      dropped_output_(database_, "UPDATE trace_output SET data = NULL, head = 0 WHERE seq = ?"),
      crash_(database_, "INSERT INTO trace_crash VALUES (?,?,?,?)"),
      crash_words_(database_, "INSERT INTO trace_crash_words VALUES (?,?)"),
      crash_thread_(database_, "INSERT INTO trace_crash_thread VALUES (?,?,?)"),
      crash_register_(database_, "INSERT INTO trace_crash_register VALUES (?,?,?)"),
      crash_image_(database_, "INSERT INTO trace_crash_image VALUES (?,?,?,?,?)"),
      crash_frame_(database_, "INSERT INTO trace_crash_frame VALUES (?,?,?,?,?,?,?,?,?,?)"),
      crash_frames_gone_(database_, "DELETE FROM trace_crash_frame WHERE seq = ?"),
      crash_reason_(database_, "UPDATE trace_crash SET reason = ? WHERE seq = ?"),
      crash_wait_(database_, "INSERT INTO trace_crash_wait VALUES (?,?,?,?,?)"),
      stopped_(database_, "INSERT INTO trace_stopped VALUES (?,?)") {
  database_.run("PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE");
}

std::int64_t LogTables::file_id(const std::string& path) {
  const auto [at, is_new] = files_.try_emplace(path, static_cast<std::int64_t>(files_.size() + 1));
  if (is_new) file_.bind(1, at->second).bind(2, path).execute();
  return at->second;
}

std::map<std::uint32_t, std::int64_t> LogTables::write_functions(const StoredImage& image) {
  std::map<std::uint32_t, std::int64_t> ids;
  for (std::uint32_t i = 0; i < image.image.functions.size(); ++i) {
    const ImageFunction& function = image.image.functions[i];
    ids[i] = ++last_function_;
    function_.bind(1, last_function_).bind(2, raw(image.id)).bind(3, function.name);
    function.linkage_name.empty() ? function_.bind_null(4) : function_.bind(4, function.linkage_name);
    function_.bind(5, file_id(image.image.files.at(function.file))).bind_or_null(6, function.line).execute();
  }
  return ids;
}

void LogTables::write_watches(const StoredImage& image) {
  std::int64_t id = raw(image.table->first_watch);
  for (const ImageWatch& watch : image.image.watches) {
    watch_.bind(1, id++).bind(2, raw(image.id)).bind(3, static_cast<std::int64_t>(raw(watch.watch.address)));
    watch_.bind(4, static_cast<int>(watch.watch.kind)).bind(5, watch.original()).execute();
  }
}

void LogTables::write(const std::shared_ptr<const StoredImage>& stored) {
  const Image& image = stored->image;
  const auto first = std::int64_t{raw(stored->table->first)};
  image_.bind(1, raw(stored->id)).bind(2, image.path);
  image.build_id.empty() ? image_.bind_null(3) : image_.bind(3, image.build_id);
  image_.bind(4, !image.probes.empty()).bind(5, first).bind(6, static_cast<std::int64_t>(image.probes.size()));
  image.reason.empty() ? image_.bind_null(7) : image_.bind(7, image.reason);
  image_.bind(8, stored->table->traces);
  image_.execute();
  write_watches(*stored);
  const auto functions = write_functions(*stored);
  for (std::size_t i = 0; i < image.probes.size(); ++i) {
    probe_.bind(1, first + static_cast<std::int64_t>(i)).bind(2, raw(stored->id));
    probe_.bind(3, static_cast<std::int64_t>(raw(image.probes[i].address))).bind(4, image.probes[i].original);
    const ImageAddress address = image.probes[i].address;
    const auto& flagged = stored->table->flagged;
    probe_.bind(5, image.probes[i].is_thrown_to);
    probe_.bind(6, std::binary_search(flagged.begin(), flagged.end(), address)).execute();
  }
  for (const ImageLine& line : image.lines) {
    probe_line_.bind(1, first + line.probe).bind(2, file_id(image.files.at(line.file))).bind(3, line.line);
    line.function == ImageLine::kNoFunction ? probe_line_.bind_null(4)
                                            : probe_line_.bind(4, functions.at(line.function));
    probe_line_.bind(5, static_cast<std::int64_t>(raw(line.address))).bind(6, first + line.site).execute();
  }
  for (const ImageTerm& term : image.terms) {
    line_count_.bind(1, raw(stored->id)).bind(2, file_id(image.files.at(term.file))).bind(3, term.line);
    term.probe == ImageTerm::kNone ? line_count_.bind_null(4) : line_count_.bind(4, first + term.probe);
    line_count_.bind(5, term.factor).execute();
  }
  write_branches(*stored);
}

void LogTables::write_branches(const StoredImage& stored) {
  const Image& image = stored.image;
  std::map<ImageAddress, std::int64_t> watches;
  for (const ImageWatch& watch : image.watches)
    watches.emplace(watch.watch.address, raw(stored.table->first_watch) + static_cast<std::int64_t>(watches.size()));
  for (const ImageWay& way : image.ways) {
    branch_.bind(1, raw(stored.id)).bind(2, static_cast<std::int64_t>(raw(way.jump))).bind(3, bits_of(way.way));
    branch_.bind(4, file_id(image.files.at(way.file))).bind(5, way.line).bind(6, way.number).bind(7, way.condition);
    branch_.bind_or_null(8, way.to_line).bind(9, static_cast<int>(way.told));
    const auto watch = watches.find(way.jump);
    (watch == watches.end() ? branch_.bind_null(10) : branch_.bind(10, watch->second)).execute();
  }
  for (const ImageWitness& witness : image.witnesses) {
    const ImageWay& way = image.ways[witness.way];
    branch_probe_.bind(1, std::int64_t{raw(stored.table->first)} + witness.probe);
    branch_probe_.bind(2, static_cast<std::int64_t>(raw(way.jump))).bind(3, bits_of(way.way));
    branch_probe_.bind(4, static_cast<std::int64_t>(raw(witness.address))).execute();
  }
}

void LogTables::write(const SourceItem& source) {
  if (source.content) source_.bind(1, source.hash).bind(2, source.size).bind_blob(3, *source.content).execute();
  file_source_.bind(1, file_id(source.path)).bind(2, raw(source.image));
  source.hash.empty() ? file_source_.bind_null(3) : file_source_.bind(3, source.hash);
  file_source_.bind(4, source.newer);
  source.reason.empty() ? file_source_.bind_null(5) : file_source_.bind(5, source.reason);
  file_source_.execute();
}

void LogTables::write(const Diagnostic& diagnostic) {
  diagnostic_.bind(1, diagnostic.time_ns).bind(2, diagnostic.severity).bind(3, diagnostic.key);
  diagnostic_.bind(4, diagnostic.message);
  diagnostic.remedy.empty() ? diagnostic_.bind_null(5) : diagnostic_.bind(5, diagnostic.remedy);
  diagnostic_.execute();
}

void LogTables::write(const DroppedOutput& output) {
  dropped_output_.bind(1, static_cast<std::int64_t>(output.seq)).execute();
}

void LogTables::write(const EventItem& item) {
  events_.write(item.event, item.births);
  if (!item.stopped_ns) return;
  stopped_.bind(1, static_cast<std::int64_t>(item.event.seq)).bind(2, *item.stopped_ns).execute();
}

void LogTables::write(const CrashItem& item) {
  const auto seq = static_cast<std::int64_t>(item.seq);
  const Crash& crash = *item.crash;
  crash_.bind(1, seq).bind(2, crash.took_ns);
  bind_text(crash_, 3, crash.reason);
  bind_text(crash_, 4, title_of(crash)).execute();
  if (!crash.words.empty()) crash_words_.bind(1, seq).bind(2, crash.words).execute();
  for (const auto& [name, value] : crash.registers)
    crash_register_.bind(1, seq).bind(2, name).bind(3, static_cast<std::int64_t>(value)).execute();
  for (const CrashImage& image : crash.images) {
    crash_image_.bind(1, seq).bind(2, static_cast<std::int64_t>(raw(image.start)));
    crash_image_.bind(3, static_cast<std::int64_t>(raw(image.end))).bind(4, image.path);
    bind_text(crash_image_, 5, image.build_id).execute();
  }
  for (const CrashThread& thread : crash.threads) write_thread(seq, thread);
}

void LogTables::write_thread(std::int64_t seq, const CrashThread& thread) {
  if (!thread.name.empty()) crash_thread_.bind(1, seq).bind(2, raw(thread.tid)).bind(3, thread.name).execute();
  write_frames(seq, thread);
  if (!thread.wait) return;
  crash_wait_.bind(1, seq).bind(2, raw(thread.tid)).bind(3, thread.wait->call);
  bind_text(crash_wait_, 4, thread.wait->object).bind_or_null(5, raw(thread.wait->holder)).execute();
}

void LogTables::write_names(Seq at, const Crash& crash) {
  const auto seq = static_cast<std::int64_t>(at);
  crash_frames_gone_.bind(1, seq).execute();
  for (const CrashThread& thread : crash.threads) write_frames(seq, thread);
  bind_text(crash_reason_, 1, crash.reason).bind(2, seq).execute();
}

void LogTables::write_frames(std::int64_t seq, const CrashThread& thread) {
  std::int64_t level = 0;
  for (const CrashFrame& frame : thread.frames) {
    crash_frame_.bind(1, seq).bind(2, raw(thread.tid)).bind(3, level++).bind(4, frame.inlined);
    crash_frame_.bind(5, static_cast<std::int64_t>(raw(frame.address)));
    bind_text(crash_frame_, 6, frame.image).bind_or_null(7, static_cast<std::int64_t>(raw(frame.offset)));
    bind_text(crash_frame_, 8, frame.function);
    bind_text(crash_frame_, 9, frame.file).bind_or_null(10, frame.line).execute();
  }
}

void LogTables::finish(const RunEnd& end) {
  Statement row(database_, "UPDATE trace_run SET status=?, duration_ns=?, event_count=?");
  row.bind(1, end.status).bind(2, end.duration_ns).bind(3, static_cast<std::int64_t>(end.events)).execute();
}

void LogTables::roll_back() noexcept {
  try {
    database_.run("ROLLBACK");
  } catch (const SqliteError&) {
    // the failed statement rolled back by itself (SQLite, "Response To Errors Within A Transaction")
  }
}

}  // namespace recount

// The rows of a log, as the recorder adds them; within transactions of the caller's. What the tables mean is said in
// schema/trace.sql.
#pragma once

#include <map>
#include <string>

#include "schema/log/event_codec.hpp"
#include "schema/log/sqlite.hpp"
#include "tracer/log/log_item.hpp"

namespace recount {

class LogTables {
 public:
  explicit LogTables(const std::string& path);

  void write(const EventItem& item);
  void write(const std::shared_ptr<const StoredImage>& image);
  void write(const SourceItem& source);
  void write(const Diagnostic& diagnostic);
  void write(const CrashItem& item);
  void write_names(Seq seq, const Crash& crash);  // of one that was written: its frames and what is missing, anew
  void write(const DroppedOutput& output);
  void finish(const RunEnd& end);

  void begin() { database_.run("BEGIN"); }
  void commit() { database_.run("COMMIT"); }
  void roll_back() noexcept;

 private:
  std::int64_t file_id(const std::string& path);
  void write_watches(const StoredImage& image);
  void write_thread(std::int64_t seq, const CrashThread& thread);
  void write_frames(std::int64_t seq, const CrashThread& thread);
  void write_branches(const StoredImage& image);
  std::map<std::uint32_t, std::int64_t> write_functions(const StoredImage& image);

  Database database_;
  EventWriter events_;
  Statement image_;
  Statement file_;
  Statement function_;
  Statement probe_;
  Statement watch_;
  Statement probe_line_;
  Statement line_count_;
  Statement branch_;
  Statement branch_probe_;
  Statement source_;
  Statement file_source_;
  Statement diagnostic_;
  Statement dropped_output_;
  Statement crash_;
  Statement crash_words_;
  Statement crash_thread_;
  Statement crash_register_;
  Statement crash_image_;
  Statement crash_frame_;
  Statement crash_frames_gone_;
  Statement crash_reason_;
  Statement crash_wait_;
  Statement stopped_;
  std::map<std::string, std::int64_t> files_;
  std::int64_t last_function_ = 0;
};

}  // namespace recount

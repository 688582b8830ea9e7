// Builds a log without a program: a script of observations goes through the machine and into a file
// exactly as the recorder would write it.
//
//   LogBuilder log(path);
//   log.image({.probes = {{0x10, "a.c", 3, "main"}}});        // probes before the exec that names
//   them log.spawned(100);  log.exec(100, {"prog"}, 1); log.hit(100, 0x10);  log.exited(100, 0);
//   log.finish();                                             // or not: then the log is cut short
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "schema/log/event_codec.hpp"
#include "schema/machine/agenda.hpp"

namespace recount::test {

struct ProbeSpec {
  std::uint64_t address = 0;
  std::string file;
  std::vector<std::uint32_t> lines;
  std::string function;
  std::uint32_t declared = 0;
  bool own_int3 = false;
  std::string linkage_name = {};  // "": the same as function
  bool is_thrown_to = false;
};

class LogBuilder {
 public:
  explicit LogBuilder(const std::string& path, const Rules& rules = {});
  ~LogBuilder();

  enum class Output { unseen, seen };  // whether the image has a watch of where it writes
  ImageId image(const std::string& path, const std::vector<ProbeSpec>& probes, Output output = Output::unseen);
  void diagnostic(const std::string& severity, const std::string& key, const std::string& message);

  // One observation and all that the machine does about it. `error_of` says how an action goes.
  void observe(const Observation& observation);
  std::function<int(const Action&)> error_of = [](const Action&) { return 0; };

  void spawned(int tid);
  void exec(int tid, const std::string& argv_json, ImageId image = {}, int former = 0);
  void starts(int parent, int child, const std::string& argv_json, ImageId image = {});  // a fork, then an exec
  void hit(int tid, std::uint64_t address);                                              // the pc is one past it
  // Of an image whose output is seen. `left_out` bytes are missing behind the first `head` ones.
  void wrote(int tid, int fd, const std::string& kept, std::int64_t left_out = 0, std::int64_t head = 0);
  void signal(int tid, int signal, int sender = 0, int code = 0);
  void group_stop(int tid, int signal);
  void stop(int tid);  // PTRACE_EVENT_STOP
  void birth(EventKind kind, int parent, int child, int tgid, MemorySharing memory = MemorySharing::copied);
  void fork(int parent, int child) { birth(EventKind::event_fork, parent, child, child); }
  void thread(int parent, int child, int tgid) {
    birth(EventKind::event_clone, parent, child, tgid, MemorySharing::shared);
  }
  void vfork_done(int tid);
  void exited(int tid, int code);
  void killed(int tid, int signal, bool core = false);
  void timer(Timer timer);
  void look_at(std::int32_t orphan, ImageId image);  // which stands in its memory
  void echild();

  void advance(std::int64_t ns) { time_ns_ += ns; }
  void commit();  // and go on
  void finish(const std::string& status = "complete");
  const Machine& machine() const noexcept { return machine_; }
  const Database& database() const noexcept { return database_; }
  Seq last_seq() const noexcept { return seq_; }

  static constexpr std::uint64_t kBias = 0x400000;
  static constexpr std::uint64_t kWriteWatch = 0xff00;  // in the image

 private:
  void write_run(const Rules& rules);
  void perform_owed();
  template <typename Kind>
  void birth(int parent, int event, const Birth& birth);
  void watch_output(ProbeTable& table);
  std::int64_t file_id(const std::string& file);
  std::int64_t function_id(ImageId image, const ProbeSpec& probe);

  Database database_;
  Machine machine_;
  Agenda agenda_{machine_};
  std::unique_ptr<EventWriter> writer_;
  Seq seq_ = 0;
  std::int64_t time_ns_ = 0;
  std::uint32_t images_ = 0, probes_ = 0, watches_ = 0;
  std::map<std::string, std::int64_t> files_;
  std::map<std::string, std::int64_t> functions_;
};

// Runs SQL on a closed log, as somebody with sqlite3 would.
void tamper(const std::string& path, const std::string& sql);

// The log as it would be if its recorder had been killed when `last` was the last event that had
// been committed.
void cut(const std::string& path, Seq last);

}  // namespace recount::test

#include "tests/support/log_builder.hpp"

#include <fstream>

#include "schema/log/empty_log.hpp"
#include "schema/log/log_format.hpp"

namespace recount::test {
namespace {

std::string number(std::int64_t n) { return std::to_string(n); }

// The file as the recorder begins it.
std::string begun(const std::string& path) {
  std::ofstream(path, std::ios::binary) << empty_log_image();
  return path;
}

}  // namespace

LogBuilder::LogBuilder(const std::string& path, const Rules& rules)
    : database_(begun(path), Database::Mode::create), machine_(rules) {
  database_.run("PRAGMA synchronous=OFF; BEGIN");
  write_run(rules);
  add_views(database_);
  writer_ = std::make_unique<EventWriter>(database_);
}

LogBuilder::~LogBuilder() {
  writer_.reset();
  try {
    database_.run("COMMIT");
  } catch (const SqliteError&) {
    // finish() has committed
  }
}

void LogBuilder::write_run(const Rules& rules) {
  Statement row(database_,
                "INSERT INTO trace_run VALUES "
                "('0b5f5c0e-run','[\"prog\",\"--flag\"]','/src',1700000000000000000,NULL,"
                "'running','host','6.18','x86_64','0.1.0',?,?,?,'[\"/src\"]',1,?,?,?,?,'line',?,NULL,NULL)");
  row.bind(1, kSchemaVersion).bind(2, kSchemaMinor).bind(3, std::int64_t{kMachineVersion}).bind(4, rules.timeout_ns);
  row.bind(5, rules.orphan_grace_ns)
      .bind(6, rules.claim_grace_ns)
      .bind(7, rules.wait_root)
      .bind(8, name_of(rules.scope))
      .execute();
}

void LogBuilder::commit() { database_.run("COMMIT; BEGIN"); }

void LogBuilder::finish(const std::string& status) {
  Statement row(database_, "UPDATE trace_run SET status = ?, duration_ns = ?, event_count = ?");
  row.bind(1, status).bind(2, time_ns_ + 1000).bind(3, static_cast<std::int64_t>(seq_)).execute();
  database_.run("COMMIT");
}

// --- the dictionary ---------------------------------------------------------------------------------------------------

std::int64_t LogBuilder::file_id(const std::string& file) {
  const auto [at, fresh] = files_.try_emplace(file, static_cast<std::int64_t>(files_.size() + 1));
  if (fresh) Statement(database_, "INSERT INTO trace_file VALUES (?,?)").bind(1, at->second).bind(2, file).execute();
  return at->second;
}

std::int64_t LogBuilder::function_id(ImageId image, const ProbeSpec& probe) {
  const std::string key = number(raw(image)) + ":" + probe.file + ":" + probe.function + ":" + number(probe.declared) +
                          ":" + probe.linkage_name;
  const auto [at, fresh] = functions_.try_emplace(key, static_cast<std::int64_t>(functions_.size() + 1));
  if (!fresh) return at->second;
  Statement row(database_, "INSERT INTO trace_function VALUES (?,?,?,?,?,?)");
  row.bind(1, at->second).bind(2, raw(image)).bind(3, probe.function).bind(5, file_id(probe.file));
  probe.linkage_name.empty() ? row.bind_null(4) : row.bind(4, probe.linkage_name);
  row.bind_or_null(6, probe.declared).execute();
  return at->second;
}

void LogBuilder::watch_output(ProbeTable& table) {
  table.first_watch = WatchId{++watches_};
  table.watches.push_back({ImageAddress{kWriteWatch}, WatchKind::write});
  Statement row(database_, "INSERT INTO trace_watch VALUES (?,?,?,?,144)");
  row.bind(1, watches_).bind(2, raw(table.image)).bind(3, static_cast<std::int64_t>(kWriteWatch));
  row.bind(4, static_cast<int>(WatchKind::write)).execute();
}

ImageId LogBuilder::image(const std::string& path, const std::vector<ProbeSpec>& probes, Output output) {
  auto table = std::make_shared<ProbeTable>();
  table->image = ImageId{++images_};
  table->first = ProbeId{probes_ + 1};
  Statement header(database_, "INSERT INTO trace_image VALUES (?,?,'b1d',?,?,?,?,0)");
  header.bind(1, raw(table->image)).bind(2, path).bind(3, !probes.empty()).bind(4, probes_ + 1);
  header.bind(5, static_cast<std::int64_t>(probes.size()));
  probes.empty() ? header.bind(6, "no debug information") : header.bind_null(6);
  header.execute();
  Statement probe(database_, "INSERT INTO trace_probe VALUES (?,?,?,?,?,NULL)");
  Statement line(database_, "INSERT INTO trace_probe_line VALUES (?,?,?,?,?,?)");
  for (const ProbeSpec& spec : probes) {
    const auto address = ImageAddress{spec.address};
    table->addresses.push_back(address);
    if (spec.own_int3) table->own_int3.push_back(address);
    probe.bind(1, ++probes_).bind(2, raw(table->image)).bind(3, static_cast<std::int64_t>(spec.address));
    probe.bind(4, spec.own_int3 ? 0xcc : 0x55).bind(5, spec.is_thrown_to).execute();
    for (const std::uint32_t n : spec.lines) {
      line.bind(1, probes_).bind(2, file_id(spec.file)).bind(3, n);
      spec.function.empty() ? line.bind_null(4) : line.bind(4, function_id(table->image, spec));
      line.bind(5, static_cast<std::int64_t>(spec.address)).bind(6, probes_).execute();
    }
  }
  if (output == Output::seen) watch_output(*table);
  machine_.define_image(table);
  return table->image;
}

void LogBuilder::diagnostic(const std::string& severity, const std::string& key, const std::string& message) {
  Statement row(database_, "INSERT INTO trace_diagnostic VALUES (?,?,?,?,NULL,NULL)");
  row.bind(1, time_ns_).bind(2, severity).bind(3, key).bind(4, message).execute();
}

// --- what happens -----------------------------------------------------------------------------------------------------

void LogBuilder::observe(const Observation& observation) {
  TraceEvent event;
  event.seq = ++seq_;
  event.time_ns = time_ns_ += 1000;
  event.what = observation;
  const Step& step = agenda_.observe(event.seq, observation);
  event.utid = step.utid;
  event.exec = step.exec;
  writer_->write(event, step.facts);
  perform_owed();
}

void LogBuilder::perform_owed() {
  while (!agenda_.empty()) {
    TraceEvent event;
    event.seq = ++seq_;
    event.time_ns = time_ns_ += 100;
    event.what = agenda_.next();
    event.utid = agenda_.next().utid;
    event.error = error_of(agenda_.next());
    writer_->write(event, {});
    agenda_.performed(event.error);
  }
}

void LogBuilder::spawned(int tid) { observe({.tid = Tid{tid}, .what = observed::Spawned{}}); }

void LogBuilder::exec(int tid, const std::string& argv_json, ImageId image, int former) {
  const std::string path = "/bin/" + argv_json.substr(2, argv_json.find('"', 2) - 2);
  observe({Tid{tid}, WaitStatus::for_stop(signals::kTrap, 4),
           observed::EventExec{Tid{former ? former : tid}, {path, argv_json, "/src", image, LoadBias{kBias}}, {}}});
}

namespace {

observed::SignalDeliveryStop int3_at(std::uint64_t address) {
  observed::SignalDeliveryStop stop;
  stop.pc = Address{address + LogBuilder::kBias + 1};
  stop.siginfo.signo = signals::kTrap;
  stop.siginfo.code = kSiKernel;
  return stop;
}

}  // namespace

void LogBuilder::starts(int parent, int child, const std::string& argv_json, ImageId image) {
  fork(parent, child);
  stop(child);
  exec(child, argv_json, image);
}

void LogBuilder::hit(int tid, std::uint64_t address) {
  observe({Tid{tid}, WaitStatus::for_stop(signals::kTrap), int3_at(address)});
}

void LogBuilder::wrote(int tid, int fd, const std::string& kept, std::int64_t left_out, std::int64_t head) {
  observed::SignalDeliveryStop stop = int3_at(kWriteWatch);
  const auto size = static_cast<std::int64_t>(kept.size());
  stop.output = {fd, size + left_out, kept, left_out == 0 ? size : head};
  observe({Tid{tid}, WaitStatus::for_stop(signals::kTrap), stop});
}

void LogBuilder::signal(int tid, int signal, int sender, int code) {
  observed::SignalDeliveryStop stop;
  stop.siginfo.signo = signal;
  stop.siginfo.code = code;
  stop.siginfo.pid = sender;
  observe({Tid{tid}, WaitStatus::for_stop(signal), stop});
}

void LogBuilder::group_stop(int tid, int signal) {
  observe({Tid{tid}, WaitStatus::for_stop(signal, 128), observed::GroupStop{}});
}

void LogBuilder::stop(int tid) {
  observe({Tid{tid}, WaitStatus::for_stop(signals::kTrap, 128), observed::EventStop{}});
}

void LogBuilder::vfork_done(int tid) {
  observe({Tid{tid}, WaitStatus::for_stop(signals::kTrap, 5), observed::EventVforkDone{}});
}

template <typename Kind>
void LogBuilder::birth(int parent, int event, const Birth& birth) {
  observe({Tid{parent}, WaitStatus::for_stop(signals::kTrap, event), Kind{birth.child, birth}});
}

void LogBuilder::birth(EventKind kind, int parent, int child, int tgid, MemorySharing memory) {
  const Birth birth{Tid{child}, Tid{tgid}, memory};
  if (kind == EventKind::event_fork) return this->birth<observed::EventFork>(parent, 1, birth);
  if (kind == EventKind::event_vfork) return this->birth<observed::EventVfork>(parent, 2, birth);
  this->birth<observed::EventClone>(parent, 3, birth);
}

void LogBuilder::exited(int tid, int code) {
  observe({Tid{tid}, WaitStatus::for_exit(code), observed::Exited{{1500 + tid, 500, 4096}}});
}

void LogBuilder::killed(int tid, int signal, bool core) {
  observe({Tid{tid}, WaitStatus::for_death(signal, core), observed::Signaled{{1500 + tid, 500, 4096}}});
}

void LogBuilder::look_at(std::int32_t orphan, ImageId image) {
  observe({.tid = Tid{orphan}, .what = observed::Surveyed{.program = {}, .placed = {{image, {}}}, .annex = {}}});
}

void LogBuilder::timer(Timer timer) { observe({.what = observed::TimerRang{timer}}); }

void LogBuilder::echild() { observe({.what = observed::Echild{}}); }

// --- what others do to a log ------------------------------------------------------------------------------------------

void tamper(const std::string& path, const std::string& sql) {
  Database database(path, Database::Mode::create);
  database.run("PRAGMA synchronous=OFF");
  database.run(sql);
}

void cut(const std::string& path, Seq last) {
  std::string sql = "BEGIN; UPDATE trace_run SET status='running', duration_ns=NULL, event_count=NULL;";
  for (const char* table :
       {"trace_event", "trace_birth", "trace_new_task", "trace_exec", "trace_siginfo", "trace_usage"})
    sql += std::string("DELETE FROM ") + table + " WHERE seq > " + std::to_string(last) + ";";
  tamper(path, sql + "COMMIT");
}

}  // namespace recount::test

#include "schema/log/event_codec.hpp"

#include <iterator>
#include <limits>
#include <utility>

namespace recount {
namespace {

std::int64_t stored(std::uint64_t value) { return static_cast<std::int64_t>(value); }

// A number that is too large for its type was not written by us: it is read as one that nobody has, never as another's.
template <typename To>
To fitting(std::int64_t number) {
  return std::in_range<To>(number) ? static_cast<To>(number) : std::numeric_limits<To>::max();
}

bool is_executed_int3(WaitStatus status, const observed::SignalDeliveryStop& stop) {
  return status.stop_signal() == signals::kTrap && stop.siginfo.code == kSiKernel;
}

bool is_wait_status(EventKind kind) { return kind >= EventKind::exited && kind <= EventKind::continued; }

// Null if there is no such table: a log of an older minor version has fewer.
std::unique_ptr<Statement> rows_of(const Database& database, const std::string& table, const std::string& columns) {
  if (!has_table(database, table)) return nullptr;
  return std::make_unique<Statement>(database, "SELECT " + columns + " FROM " + table + " ORDER BY seq, rowid");
}

// Where trace_event has them, by Column: when they are bound to an INSERT, and in the rows of a SELECT.
constexpr int kColumns[] = {7, 8, 9};
constexpr int kResults[] = {6, 7, 8};
constexpr std::size_t index_of(const ColumnText& column) { return static_cast<std::size_t>(column.column); }

// A number that is too large for its type was not written by us: see fitting().
template <typename Member>
Member restored(std::int64_t number) {
  if constexpr (std::is_same_v<Member, bool>)
    return number != 0;
  else if constexpr (std::is_enum_v<Member>)
    return Member{restored<std::underlying_type_t<Member>>(number)};
  else if constexpr (sizeof(Member) == sizeof number)
    return static_cast<Member>(number);
  else
    return fitting<Member>(number);
}

}  // namespace

EventWriter::EventWriter(const Database& database)
    : event_(database, "INSERT INTO trace_event VALUES (?,?,?,?,?,?,?,?,?,?,?)"),
      birth_(database, "INSERT INTO trace_birth VALUES (?,?,?,?,?)"),
      new_task_(database, "INSERT INTO trace_new_task VALUES (?,?,?,?)"),
      exec_(database, "INSERT INTO trace_exec VALUES (?,?,?,?,?,?,?)"),
      trap_state_(database, "INSERT INTO trace_trap_state VALUES (?,?,?)"),
      call_(database, "INSERT INTO trace_call VALUES (?,?,?,?,?,?,?)"),
      output_(database, "INSERT INTO trace_output VALUES (?,?,?,?,?)"),
      way_(database, "INSERT INTO trace_way VALUES (?,?,?)"),
      copied_(database, "INSERT INTO trace_copied VALUES (?,?)"),
      placed_(database, "INSERT INTO trace_placed VALUES (?,?,?)"),
      reached_(database, "INSERT INTO trace_reached VALUES (?,?,?,?,?)"),
      flag_(database, "INSERT INTO trace_flag VALUES (?,?,?)"),
      count_(database, "INSERT INTO trace_count VALUES (?,?,?,?)"),
      in_annex_(database, "INSERT INTO trace_in_annex VALUES (?)"),
      hidden_memory_(database, "INSERT INTO trace_hidden_memory VALUES (?)"),
      no_follow_(database, "INSERT INTO trace_no_follow VALUES (?,?)"),
      exec_env_(database, "INSERT INTO trace_exec_env VALUES (?,?,?,?,?)"),
      siginfo_(database, "INSERT INTO trace_siginfo VALUES (?,?,?,?,?,?,?,?,?)"),
      repeated_signal_(database, "INSERT INTO trace_repeated_signal VALUES (?)"),
      init_fault_(database, "INSERT INTO trace_init_fault VALUES (?)"),
      fatal_(database, "INSERT INTO trace_fatal_signal VALUES (?)"),
      usage_(database, "INSERT INTO trace_usage VALUES (?,?,?,?)") {}

void EventWriter::write(const TraceEvent& event, const std::vector<Fact>& facts) {
  event_.bind(1, stored(event.seq)).bind(2, event.time_ns).bind(3, static_cast<int>(event.kind()));
  event_.bind_or_null(4, raw(event.tid())).bind_or_null(5, raw(event.utid)).bind_null(6);
  for (const int column : kColumns) event_.bind_null(column);
  if (const Action* const action = event.action()) return write_action(event, *action);
  const Observation& observation = *event.observation();
  if (is_wait_status(observation.kind())) event_.bind(6, observation.status.raw());
  write_columns(observation.what);
  event_.bind_or_null(kColumns[static_cast<std::size_t>(Column::exec_id)], raw(event.exec));
  event_.bind_null(10).bind_null(11).execute();
  std::visit([&](const auto& what) { write_more(event, what); }, observation.what);
  for (const Flagged& probe : observation.flagged)
    flag_.bind(1, stored(event.seq)).bind(2, raw(probe.probe)).bind(3, raw(probe.exec)).execute();
  for (const Counted& probe : observation.counted) {
    count_.bind(1, stored(event.seq)).bind(2, raw(probe.probe)).bind(3, raw(probe.exec));
    count_.bind(4, static_cast<std::int64_t>(probe.times)).execute();
  }
  if (observation.in_annex) in_annex_.bind(1, stored(event.seq)).execute();
  write_births(event.seq, facts);
}

void EventWriter::write_action(const TraceEvent& event, const Action& action) {
  write_columns(action.what);
  event_.bind(10, event.error).bind(11, stored(action.cause)).execute();
}

template <typename Any>
void EventWriter::write_columns(const Any& any) {
  const auto bind = [this](const ColumnText& column, const auto& member) {
    if (!is_null(column, recount::stored(member))) event_.bind(kColumns[index_of(column)], recount::stored(member));
  };
  std::visit([&](const auto& what) { columns(what, bind); }, any);
}

template <EventKind K>
void EventWriter::write_more(const TraceEvent& event, const observed::NewTask<K>& task) {
  new_task_.bind(1, stored(event.seq)).bind(2, raw(task.birth.child)).bind(3, raw(task.birth.tgid));
  new_task_.bind(4, static_cast<int>(task.birth.memory)).execute();
}

template <EventKind K>
void EventWriter::write_more(const TraceEvent& event, const observed::End<K>& end) {
  usage_.bind(1, stored(event.seq)).bind(2, end.usage.user_us).bind(3, end.usage.system_us);
  usage_.bind(4, end.usage.max_rss_kib).execute();
}

void EventWriter::write_more(const TraceEvent& event, const observed::SignalDeliveryStop& stop) {
  if (!is_executed_int3(event.observation()->status, stop)) write_siginfo(event.seq, stop.siginfo);
  write_call(event.seq, stop.call);
  if (stop.output.fd != 0) write_output(event.seq, stop.output);
  if (stop.taken.watch != WatchId{})
    way_.bind(1, stored(event.seq)).bind(2, raw(stop.taken.watch)).bind(3, bits_of(stop.taken.way)).execute();
  if (stop.copied != ProbeId{}) copied_.bind(1, stored(event.seq)).bind(2, raw(stop.copied)).execute();
  if (stop.fatal) fatal_.bind(1, stored(event.seq)).execute();
  if (stop.ends_init) init_fault_.bind(1, stored(event.seq)).execute();
  write_placed(event.seq, stop.placed);
  write_reached(event.seq, stop.reached);
}

void EventWriter::write_more(const TraceEvent& event, const observed::EventStop& stop) {
  if (stop.memory_hidden) hidden_memory_.bind(1, stored(event.seq)).execute();
}

void EventWriter::write_more(const TraceEvent& event, const observed::RecorderSignal& signal) {
  if (signal.repeated) repeated_signal_.bind(1, stored(event.seq)).execute();
  write_siginfo(event.seq, signal.siginfo);
}

void EventWriter::write_siginfo(Seq seq, const SigInfo& info) {
  siginfo_.bind(1, stored(seq)).bind(2, info.signo).bind(3, info.code).bind(4, info.error);
  siginfo_.bind_or_null(5, info.pid);
  info.pid != 0 ? siginfo_.bind(6, info.uid) : siginfo_.bind_null(6);
  siginfo_.bind_or_null(7, info.status).bind_or_null(8, stored(info.value));
  siginfo_.bind_or_null(9, stored(info.address)).execute();
}

void EventWriter::write_more(const TraceEvent& event, const observed::EventExec& observed) {
  write_program(event, observed.program);
  write_placed(event.seq, observed.placed);
}

void EventWriter::write_more(const TraceEvent& event, const observed::Surveyed& survey) {
  write_program(event, survey.program);
  write_placed(event.seq, survey.placed);
}

// No exec_id: of a survey that is of a thread alone.
void EventWriter::write_program(const TraceEvent& event, const ExecDetail& exec) {
  if (exec.trap_blocked || exec.trap_ignored)
    trap_state_.bind(1, stored(event.seq)).bind(2, exec.trap_blocked).bind(3, exec.trap_ignored).execute();
  if (event.exec == ExecId{}) return;
  exec_.bind(1, stored(event.seq)).bind(2, raw(event.exec)).bind(3, exec.path).bind(4, exec.argv);
  exec_.bind(5, exec.cwd).bind_or_null(6, raw(exec.image)).bind(7, stored(raw(exec.bias))).execute();
  if (!exec.no_follow.empty()) no_follow_.bind(1, stored(event.seq)).bind(2, exec.no_follow).execute();
  for (const EnvChange& change : exec.environment) {
    exec_env_.bind(1, stored(event.seq)).bind(2, change.name).bind(3, static_cast<int>(change.kind));
    change.value ? exec_env_.bind(4, *change.value) : exec_env_.bind_null(4);
    exec_env_.bind(5, change.redacted).execute();
  }
}

void EventWriter::write_more(const TraceEvent& event, const observed::SyscallStop& stop) {
  write_call(event.seq, stop.call);
}

void EventWriter::write_call(Seq seq, const CallDetail& call) {
  if (call == CallDetail{}) return;
  call_.bind(1, stored(seq)).bind(2, call.number).bind(3, stored(call.first)).bind(4, call.has_new);
  call_.bind(5, stored(call.mask)).bind(6, stored(call.handler)).bind(7, stored(call.flags)).execute();
}

void EventWriter::write_output(Seq seq, const Written& output) {
  output_.bind(1, stored(seq)).bind(2, output.fd).bind(3, output.bytes).bind(4, output.head);
  output.kept.empty() ? output_.bind_null(5) : output_.bind_blob(5, output.kept);
  output_.execute();
}

void EventWriter::write_placed(Seq seq, const std::vector<Placed>& placed) {
  for (const Placed image : placed)
    placed_.bind(1, stored(seq)).bind(2, raw(image.image)).bind(3, stored(raw(image.bias))).execute();
}

void EventWriter::write_reached(Seq seq, const std::vector<Reached>& reached) {
  for (const Reached& line : reached) {
    reached_.bind(1, stored(seq)).bind(2, raw(line.probe)).bind(3, stored(raw(line.address)));
    reached_.bind(4, stored(raw(line.bias))).bind(5, raw(line.exec)).execute();
  }
}

void EventWriter::write_births(Seq seq, const std::vector<Fact>& facts) {
  for (const Fact& fact : facts) {
    if (fact.kind != FactKind::born) continue;
    birth_.bind(1, stored(seq)).bind(2, raw(fact.utid)).bind(3, raw(fact.upid)).bind(4, raw(fact.tid));
    birth_.bind_or_null(5, raw(fact.parent)).execute();
  }
}

EventReader::EventReader(const Database& database, Seq first)
    : event_(database,
             "SELECT seq, time_ns, kind, tid, utid, status, address, value, exec_id, error, cause_seq "
             "FROM trace_event WHERE seq >= ? ORDER BY seq"),
      new_task_(database, "SELECT seq, tid, tgid, memory FROM trace_new_task ORDER BY seq"),
      exec_(database, "SELECT seq, image_id, load_bias FROM trace_exec ORDER BY seq"),
      trap_state_(rows_of(database, "trace_trap_state", "seq, blocked, ignored")),
      call_(rows_of(database, "trace_call", "seq, number, first, has_new, mask, handler, flags")),
      output_(rows_of(database, "trace_output", "seq, fd, bytes")),
      way_(rows_of(database, "trace_way", "seq, watch_id, way")),
      copied_(rows_of(database, "trace_copied", "seq, probe_id")),
      placed_(rows_of(database, "trace_placed", "seq, image_id, load_bias")),
      reached_(rows_of(database, "trace_reached", "seq, probe_id, address, load_bias, exec_id")),
      flag_(rows_of(database, "trace_flag", "seq, probe_id, exec_id")),
      count_(rows_of(database, "trace_count", "seq, probe_id, exec_id, times")),
      in_annex_(rows_of(database, "trace_in_annex", "seq")),
      hidden_memory_(rows_of(database, "trace_hidden_memory", "seq")),
      no_follow_(rows_of(database, "trace_no_follow", "seq, glob")),
      siginfo_(database, "SELECT seq, signal, code, pid, uid FROM trace_siginfo ORDER BY seq"),
      repeated_signal_(rows_of(database, "trace_repeated_signal", "seq")),
      init_fault_(rows_of(database, "trace_init_fault", "seq")),
      fatal_(rows_of(database, "trace_fatal_signal", "seq")),
      usage_(database, "SELECT seq, user_us, system_us, max_rss_kib FROM trace_usage ORDER BY seq"),
      more_new_tasks_(new_task_.step()),
      more_execs_(exec_.step()),
      more_trap_states_(trap_state_ && trap_state_->step()),
      more_calls_(call_ && call_->step()),
      more_outputs_(output_ && output_->step()),
      more_ways_(way_ && way_->step()),
      more_copied_(copied_ && copied_->step()),
      more_placed_(placed_ && placed_->step()),
      more_reached_(reached_ && reached_->step()),
      more_flags_(flag_ && flag_->step()),
      more_counts_(count_ && count_->step()),
      more_in_annex_(in_annex_ && in_annex_->step()),
      more_hidden_memory_(hidden_memory_ && hidden_memory_->step()),
      more_no_follows_(no_follow_ && no_follow_->step()),
      more_siginfos_(siginfo_.step()),
      more_repeated_signals_(repeated_signal_ && repeated_signal_->step()),
      more_init_faults_(init_fault_ && init_fault_->step()),
      more_fatals_(fatal_ && fatal_->step()),
      more_usages_(usage_.step()) {
  event_.bind(1, stored(first));
}

bool EventReader::next(TraceEvent& event) {
  if (!event_.step()) return false;
  event = TraceEvent{};
  event.seq = static_cast<Seq>(event_.integer(0));
  event.time_ns = event_.integer(1);
  event.utid = Utid{fitting<std::uint32_t>(event_.integer(4))};
  event.exec = ExecId{fitting<std::uint32_t>(event_.integer(8))};
  const auto kind = static_cast<EventKind>(fitting<std::uint8_t>(event_.integer(2)));
  const Tid tid{fitting<std::int32_t>(event_.integer(3))};
  if (const auto action = action_of(kind)) {
    event.what = Action{tid, event.utid, static_cast<Seq>(event_.integer(10)), *action};
    event.error = fitting<std::int32_t>(event_.integer(9));
    event.has_more = read_columns(std::get<Action>(event.what).what);
  } else if (const auto observation = observation_of(kind)) {
    event.what = Observation{tid, WaitStatus(fitting<std::int32_t>(event_.integer(5))), *observation};
    auto& what = std::get<Observation>(event.what).what;
    event.has_more = read_columns(what);
    std::visit([&](auto& of_kind) { read_more(event.seq, of_kind); }, what);
    read_flags(event.seq, std::get<Observation>(event.what));
  } else {
    event.unknown = kind;
  }
  return true;
}

// Whether the row has a number in a column that its kind does not use.
template <typename Any>
bool EventReader::read_columns(Any& any) {
  bool is_used[] = {false, false, std::is_same_v<Any, observed::Any>};  // whose exec_id is the machine's
  const auto read = [&](const ColumnText& column, auto& member) {
    is_used[index_of(column)] = true;
    member = restored<std::decay_t<decltype(member)>>(event_.integer(kResults[index_of(column)]));
  };
  std::visit([&](auto& what) { columns(what, read); }, any);
  bool has_more = false;
  for (std::size_t i = 0; i < std::size(is_used); ++i)
    has_more = has_more || (!is_used[i] && event_.integer(kResults[i]) != 0);
  return has_more;
}

template <EventKind K>
void EventReader::read_more(Seq seq, observed::NewTask<K>& task) {
  if (!advance_to(new_task_, more_new_tasks_, seq)) return;
  task.birth.child = Tid{fitting<std::int32_t>(new_task_.integer(1))};
  task.birth.tgid = Tid{fitting<std::int32_t>(new_task_.integer(2))};
  task.birth.memory = static_cast<MemorySharing>(fitting<std::uint8_t>(new_task_.integer(3)));
}

template <EventKind K>
void EventReader::read_more(Seq seq, observed::End<K>& end) {
  if (advance_to(usage_, more_usages_, seq)) end.usage = {usage_.integer(1), usage_.integer(2), usage_.integer(3)};
}

void EventReader::read_more(Seq seq, observed::EventExec& exec) {
  read_program(seq, exec.program);
  if (no_follow_ && advance_to(*no_follow_, more_no_follows_, seq)) exec.program.no_follow = no_follow_->text(1);
  read_placed(seq, exec.placed);
}

void EventReader::read_more(Seq seq, observed::Surveyed& survey) {
  read_program(seq, survey.program);
  read_placed(seq, survey.placed);
}

void EventReader::read_program(Seq seq, ExecDetail& program) {
  if (advance_to(exec_, more_execs_, seq)) {
    program.image = ImageId{fitting<std::uint32_t>(exec_.integer(1))};
    program.bias = LoadBias{static_cast<std::uint64_t>(exec_.integer(2))};
  }
  if (!trap_state_ || !advance_to(*trap_state_, more_trap_states_, seq)) return;
  program.trap_blocked = trap_state_->integer(1) != 0;
  program.trap_ignored = trap_state_->integer(2) != 0;
}

void EventReader::read_more(Seq seq, observed::SignalDeliveryStop& stop) {
  read_siginfo(seq, stop.siginfo);
  read_call(seq, stop.call);
  if (output_ && advance_to(*output_, more_outputs_, seq)) {
    stop.output.fd = fitting<std::int32_t>(output_->integer(1));
    stop.output.bytes = output_->integer(2);
  }
  if (way_ && advance_to(*way_, more_ways_, seq)) {
    stop.taken.watch = WatchId{fitting<std::uint32_t>(way_->integer(1))};
    stop.taken.way = static_cast<Way>(fitting<std::uint8_t>(way_->integer(2)));
  }
  if (copied_ && advance_to(*copied_, more_copied_, seq))
    stop.copied = ProbeId{fitting<std::uint32_t>(copied_->integer(1))};
  if (fatal_) stop.fatal = advance_to(*fatal_, more_fatals_, seq);
  if (init_fault_) stop.ends_init = advance_to(*init_fault_, more_init_faults_, seq);
  read_reached(seq, stop.reached);
  read_placed(seq, stop.placed);
}

void EventReader::read_more(Seq seq, observed::RecorderSignal& signal) {
  signal.siginfo.signo = 0;  // its table says it
  read_siginfo(seq, signal.siginfo);
  if (repeated_signal_) signal.repeated = advance_to(*repeated_signal_, more_repeated_signals_, seq);
}

void EventReader::read_siginfo(Seq seq, SigInfo& info) {
  if (!advance_to(siginfo_, more_siginfos_, seq)) return;
  info.signo = fitting<std::int32_t>(siginfo_.integer(1));
  info.code = fitting<std::int32_t>(siginfo_.integer(2));
  info.pid = fitting<std::int32_t>(siginfo_.integer(3));
  info.uid = fitting<std::uint32_t>(siginfo_.integer(4));
}

void EventReader::read_placed(Seq seq, std::vector<Placed>& placed) {
  while (placed_ && advance_to(*placed_, more_placed_, seq)) {
    placed.push_back({ImageId{fitting<std::uint32_t>(placed_->integer(1))},
                      LoadBias{static_cast<std::uint64_t>(placed_->integer(2))}});
    more_placed_ = placed_->step();
  }
}

void EventReader::read_reached(Seq seq, std::vector<Reached>& reached) {
  while (reached_ && advance_to(*reached_, more_reached_, seq)) {
    reached.push_back({ProbeId{fitting<std::uint32_t>(reached_->integer(1))},
                       ImageAddress{static_cast<std::uint64_t>(reached_->integer(2))},
                       LoadBias{static_cast<std::uint64_t>(reached_->integer(3))},
                       ExecId{fitting<std::uint32_t>(reached_->integer(4))}});
    more_reached_ = reached_->step();
  }
}

void EventReader::read_flags(Seq seq, Observation& observation) {
  while (flag_ && advance_to(*flag_, more_flags_, seq)) {
    observation.flagged.push_back(
        {ProbeId{fitting<std::uint32_t>(flag_->integer(1))}, ExecId{fitting<std::uint32_t>(flag_->integer(2))}});
    more_flags_ = flag_->step();
  }
  while (count_ && advance_to(*count_, more_counts_, seq)) {
    observation.counted.push_back({ProbeId{fitting<std::uint32_t>(count_->integer(1))},
                                   ExecId{fitting<std::uint32_t>(count_->integer(2))},
                                   static_cast<std::uint64_t>(count_->integer(3))});
    more_counts_ = count_->step();
  }
  if (in_annex_) observation.in_annex = advance_to(*in_annex_, more_in_annex_, seq);
}

void EventReader::read_more(Seq seq, observed::EventStop& stop) {
  if (hidden_memory_) stop.memory_hidden = advance_to(*hidden_memory_, more_hidden_memory_, seq);
}

void EventReader::read_more(Seq seq, observed::SyscallStop& stop) { read_call(seq, stop.call); }

void EventReader::read_call(Seq seq, CallDetail& call) {
  if (!call_ || !advance_to(*call_, more_calls_, seq)) return;
  call.number = fitting<std::uint32_t>(call_->integer(1));
  call.first = static_cast<std::uint64_t>(call_->integer(2));
  call.has_new = call_->integer(3) != 0;
  call.mask = static_cast<std::uint64_t>(call_->integer(4));
  call.handler = static_cast<std::uint64_t>(call_->integer(5));
  call.flags = static_cast<std::uint64_t>(call_->integer(6));
}

bool EventReader::advance_to(Statement& rows, bool& more, Seq seq) {
  while (more && static_cast<Seq>(rows.integer(0)) < seq) more = rows.step();
  return more && static_cast<Seq>(rows.integer(0)) == seq;
}

}  // namespace recount

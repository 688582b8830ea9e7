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

bool is_executed_int3(const Observation& o) {
  return o.kind == EventKind::signal_delivery_stop && o.status.stop_signal() == signals::kTrap &&
         o.siginfo.code == kSiKernel;
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
  if constexpr (std::is_enum_v<Member>)
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
      copied_(database, "INSERT INTO trace_copied VALUES (?,?)"),
      placed_(database, "INSERT INTO trace_placed VALUES (?,?,?)"),
      reached_(database, "INSERT INTO trace_reached VALUES (?,?,?,?,?)"),
      no_follow_(database, "INSERT INTO trace_no_follow VALUES (?,?)"),
      exec_env_(database, "INSERT INTO trace_exec_env VALUES (?,?,?,?,?)"),
      siginfo_(database, "INSERT INTO trace_siginfo VALUES (?,?,?,?,?,?,?,?,?)"),
      repeated_signal_(database, "INSERT INTO trace_repeated_signal VALUES (?)"),
      init_fault_(database, "INSERT INTO trace_init_fault VALUES (?)"),
      usage_(database, "INSERT INTO trace_usage VALUES (?,?,?,?)") {}

void EventWriter::write(const TraceEvent& event, const std::vector<Fact>& facts) {
  const bool action = is_action(event.kind());
  event_.bind(1, stored(event.seq)).bind(2, event.time_ns).bind(3, static_cast<int>(event.kind()));
  if (action)
    write_action(event);
  else
    write_observation(event);
  event_.execute();
  if (action) return;
  write_detail(event);
  write_placed(event.seq, event.observation.placed);
  write_reached(event.seq, event.observation.reached);
  write_births(event.seq, facts);
}

void EventWriter::write_observation(const TraceEvent& event) {
  const Observation& o = event.observation;
  const bool waited = is_wait_status(o.kind);
  event_.bind_or_null(4, raw(o.tid)).bind_or_null(5, raw(event.utid));
  waited ? event_.bind(6, o.status.raw()) : event_.bind_null(6);
  event_.bind_or_null(7, stored(raw(o.pc)));
  if (o.kind == EventKind::signal_delivery_stop)
    event_.bind(8, o.siginfo.code);
  else if (o.kind == EventKind::recorder_signal)
    event_.bind(8, o.siginfo.signo);
  else
    event_.bind_or_null(8, stored(o.value));
  event_.bind_or_null(9, raw(event.exec)).bind_null(10).bind_null(11);
}

void EventWriter::write_action(const TraceEvent& event) {
  const Action& action = event.action;
  event_.bind_or_null(4, raw(action.tid)).bind_or_null(5, raw(action.utid)).bind_null(6);
  for (const int column : kColumns) event_.bind_null(column);
  const auto bind = [this](const ColumnText& column, const auto& member) {
    if (!is_null(column, recount::stored(member))) event_.bind(kColumns[index_of(column)], recount::stored(member));
  };
  std::visit([&](const auto& what) { columns(what, bind); }, action.what);
  event_.bind(10, event.error).bind(11, stored(action.cause));
}

void EventWriter::write_detail(const TraceEvent& event) {
  const Observation& o = event.observation;
  switch (o.kind) {
    case EventKind::event_fork:
    case EventKind::event_vfork:
    case EventKind::event_clone:
      new_task_.bind(1, stored(event.seq)).bind(2, raw(o.birth.child)).bind(3, raw(o.birth.tgid));
      new_task_.bind(4, static_cast<int>(o.birth.memory)).execute();
      return;
    case EventKind::event_exec: return write_exec(event);
    case EventKind::signal_delivery_stop:
      if (!is_executed_int3(o)) write_siginfo(event.seq, o.siginfo);
      if (o.call != CallDetail{}) write_call(event.seq, o.call);
      if (o.copied != ProbeId{}) copied_.bind(1, stored(event.seq)).bind(2, raw(o.copied)).execute();
      if (o.ends_init) init_fault_.bind(1, stored(event.seq)).execute();
      return;
    case EventKind::recorder_signal:
      if (o.repeated) repeated_signal_.bind(1, stored(event.seq)).execute();
      return write_siginfo(event.seq, o.siginfo);
    case EventKind::exited:
    case EventKind::signaled:
      usage_.bind(1, stored(event.seq)).bind(2, o.usage.user_us).bind(3, o.usage.system_us);
      usage_.bind(4, o.usage.max_rss_kib).execute();
      return;
    default: return;  // the row of trace_event says it all
  }
}

void EventWriter::write_siginfo(Seq seq, const SigInfo& info) {
  siginfo_.bind(1, stored(seq)).bind(2, info.signo).bind(3, info.code).bind(4, info.error);
  siginfo_.bind_or_null(5, info.pid);
  info.pid != 0 ? siginfo_.bind(6, info.uid) : siginfo_.bind_null(6);
  siginfo_.bind_or_null(7, info.status).bind_or_null(8, stored(info.value));
  siginfo_.bind_or_null(9, stored(info.address)).execute();
}

void EventWriter::write_exec(const TraceEvent& event) {
  const ExecDetail& exec = event.observation.exec;
  exec_.bind(1, stored(event.seq)).bind(2, raw(event.exec)).bind(3, exec.path).bind(4, exec.argv);
  exec_.bind(5, exec.cwd).bind_or_null(6, raw(exec.image)).bind(7, stored(raw(exec.bias))).execute();
  if (exec.trap_blocked || exec.trap_ignored)
    trap_state_.bind(1, stored(event.seq)).bind(2, exec.trap_blocked).bind(3, exec.trap_ignored).execute();
  if (!exec.no_follow.empty()) no_follow_.bind(1, stored(event.seq)).bind(2, exec.no_follow).execute();
  for (const EnvChange& change : exec.environment) {
    exec_env_.bind(1, stored(event.seq)).bind(2, change.name).bind(3, static_cast<int>(change.kind));
    change.value ? exec_env_.bind(4, *change.value) : exec_env_.bind_null(4);
    exec_env_.bind(5, change.redacted).execute();
  }
}

void EventWriter::write_call(Seq seq, const CallDetail& call) {
  call_.bind(1, stored(seq)).bind(2, call.number).bind(3, stored(call.first)).bind(4, call.has_new);
  call_.bind(5, stored(call.mask)).bind(6, stored(call.handler)).bind(7, stored(call.flags)).execute();
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
      copied_(rows_of(database, "trace_copied", "seq, probe_id")),
      placed_(rows_of(database, "trace_placed", "seq, image_id, load_bias")),
      reached_(rows_of(database, "trace_reached", "seq, probe_id, address, load_bias, exec_id")),
      no_follow_(rows_of(database, "trace_no_follow", "seq, glob")),
      siginfo_(database, "SELECT seq, signal, code, pid, uid FROM trace_siginfo ORDER BY seq"),
      repeated_signal_(rows_of(database, "trace_repeated_signal", "seq")),
      init_fault_(rows_of(database, "trace_init_fault", "seq")),
      usage_(database, "SELECT seq, user_us, system_us, max_rss_kib FROM trace_usage ORDER BY seq"),
      more_new_tasks_(new_task_.step()),
      more_execs_(exec_.step()),
      more_trap_states_(trap_state_ && trap_state_->step()),
      more_calls_(call_ && call_->step()),
      more_copied_(copied_ && copied_->step()),
      more_placed_(placed_ && placed_->step()),
      more_reached_(reached_ && reached_->step()),
      more_no_follows_(no_follow_ && no_follow_->step()),
      more_siginfos_(siginfo_.step()),
      more_repeated_signals_(repeated_signal_ && repeated_signal_->step()),
      more_init_faults_(init_fault_ && init_fault_->step()),
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
  if (const auto what = action_of(kind))
    read_action(event, *what);
  else if (name_of(kind) == "unknown")
    event.unknown = kind;
  else
    read_observation(event, kind);
  return true;
}

void EventReader::read_action(TraceEvent& event, const act::Any& what) {
  event.action = {Tid{fitting<std::int32_t>(event_.integer(3))}, event.utid, static_cast<Seq>(event_.integer(10)),
                  what};
  event.error = fitting<std::int32_t>(event_.integer(9));
  bool is_used[] = {false, false, false};
  const auto read = [&](const ColumnText& column, auto& member) {
    is_used[index_of(column)] = true;
    member = restored<std::decay_t<decltype(member)>>(event_.integer(kResults[index_of(column)]));
  };
  std::visit([&](auto& of_kind) { columns(of_kind, read); }, event.action.what);
  for (std::size_t i = 0; i < std::size(is_used); ++i)
    event.has_more = event.has_more || (!is_used[i] && event_.integer(kResults[i]) != 0);
}

void EventReader::read_observation(TraceEvent& event, EventKind kind) {
  Observation& o = event.observation;
  o.kind = kind;
  o.tid = Tid{fitting<std::int32_t>(event_.integer(3))};
  o.status = WaitStatus(fitting<std::int32_t>(event_.integer(5)));
  o.pc = Address{static_cast<std::uint64_t>(event_.integer(6))};
  if (o.kind == EventKind::signal_delivery_stop)
    o.siginfo.code = fitting<std::int32_t>(event_.integer(7));
  else if (o.kind != EventKind::recorder_signal)
    o.value = static_cast<std::uint64_t>(event_.integer(7));
  if (advance_to(new_task_, more_new_tasks_, event.seq)) {
    o.birth.child = Tid{fitting<std::int32_t>(new_task_.integer(1))};
    o.birth.tgid = Tid{fitting<std::int32_t>(new_task_.integer(2))};
    o.birth.memory = static_cast<MemorySharing>(fitting<std::uint8_t>(new_task_.integer(3)));
  }
  if (advance_to(exec_, more_execs_, event.seq)) {
    o.exec.image = ImageId{fitting<std::uint32_t>(exec_.integer(1))};
    o.exec.bias = LoadBias{static_cast<std::uint64_t>(exec_.integer(2))};
  }
  if (trap_state_ && advance_to(*trap_state_, more_trap_states_, event.seq)) {
    o.exec.trap_blocked = trap_state_->integer(1) != 0;
    o.exec.trap_ignored = trap_state_->integer(2) != 0;
  }
  if (call_ && advance_to(*call_, more_calls_, event.seq)) o.call = read_call();
  if (copied_ && advance_to(*copied_, more_copied_, event.seq))
    o.copied = ProbeId{fitting<std::uint32_t>(copied_->integer(1))};
  for (bool more = placed_ && advance_to(*placed_, more_placed_, event.seq); more;
       more = advance_to(*placed_, more_placed_, event.seq)) {
    o.placed.push_back({ImageId{fitting<std::uint32_t>(placed_->integer(1))},
                        LoadBias{static_cast<std::uint64_t>(placed_->integer(2))}});
    more_placed_ = placed_->step();
  }
  for (bool more = reached_ && advance_to(*reached_, more_reached_, event.seq); more;
       more = advance_to(*reached_, more_reached_, event.seq)) {
    o.reached.push_back({ProbeId{fitting<std::uint32_t>(reached_->integer(1))},
                         ImageAddress{static_cast<std::uint64_t>(reached_->integer(2))},
                         LoadBias{static_cast<std::uint64_t>(reached_->integer(3))},
                         ExecId{fitting<std::uint32_t>(reached_->integer(4))}});
    more_reached_ = reached_->step();
  }
  if (no_follow_ && advance_to(*no_follow_, more_no_follows_, event.seq)) o.exec.no_follow = no_follow_->text(1);
  if (advance_to(siginfo_, more_siginfos_, event.seq)) {
    o.siginfo.signo = fitting<std::int32_t>(siginfo_.integer(1));
    o.siginfo.code = fitting<std::int32_t>(siginfo_.integer(2));
    o.siginfo.pid = fitting<std::int32_t>(siginfo_.integer(3));
    o.siginfo.uid = fitting<std::uint32_t>(siginfo_.integer(4));
  }
  if (repeated_signal_) o.repeated = advance_to(*repeated_signal_, more_repeated_signals_, event.seq);
  if (init_fault_) o.ends_init = advance_to(*init_fault_, more_init_faults_, event.seq);
  if (advance_to(usage_, more_usages_, event.seq)) o.usage = {usage_.integer(1), usage_.integer(2), usage_.integer(3)};
}

CallDetail EventReader::read_call() const {
  CallDetail call;
  call.number = fitting<std::uint32_t>(call_->integer(1));
  call.first = static_cast<std::uint64_t>(call_->integer(2));
  call.has_new = call_->integer(3) != 0;
  call.mask = static_cast<std::uint64_t>(call_->integer(4));
  call.handler = static_cast<std::uint64_t>(call_->integer(5));
  call.flags = static_cast<std::uint64_t>(call_->integer(6));
  return call;
}

bool EventReader::advance_to(Statement& rows, bool& more, Seq seq) {
  while (more && static_cast<Seq>(rows.integer(0)) < seq) more = rows.step();
  return more && static_cast<Seq>(rows.integer(0)) == seq;
}

}  // namespace recount

// What the machine decides: one struct a kind, named as in ptrace(2), with the description of its columns beside it.
//
// To add a kind: its struct, its columns and its place in act::Any here, its number and meaning in event_kind.hpp, the case of
// the machine that decides it, and the case of the performer that does it. The compiler asks for all of these.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "schema/vocabulary/column.hpp"
#include "schema/vocabulary/event_kind.hpp"
#include "schema/vocabulary/ids.hpp"

namespace recount {

// The calls by which a task whose memory is hidden (PR_SET_DUMPABLE, prctl(2)) opens it to the recorder, in this order.
enum class Revealing : std::uint8_t {
  asks = 1,   // PR_GET_DUMPABLE
  shows = 2,  // PR_SET_DUMPABLE, 1
  hides = 3,  // PR_SET_DUMPABLE, 0; its /proc/PID/mem was opened before
};

namespace act {

using Start = Plain<EventKind::start>;  // the seized task may exec the program
using Listen = Plain<EventKind::listen>;
using Interrupt = Plain<EventKind::interrupt>;
using End = Plain<EventKind::end>;          // nothing is left to wait for
using Block = Plain<EventKind::block>;      // SIGTRAP, in the task's mask
using Restore = Plain<EventKind::restore>;  // registers, mask and memory as before an Inject
using Restart = Plain<EventKind::restart>;  // the system call that our stop broke off
using Rejoin = Plain<EventKind::rejoin>;

// A request with a signal: to deliver, or to send.
template <EventKind K>
struct WithSignal {
  static constexpr EventKind kKind = K;
  int signal = 0;
  friend bool operator==(const WithSignal&, const WithSignal&) = default;
};
constexpr std::string_view signal_meaning(EventKind kind) {
  if (kind == EventKind::kill) return "the signal";
  if (kind == EventKind::suspend)
    return "the signal by which the recorder stopped itself; the row's time is when it was continued";
  if (kind == EventKind::snapshot) return "the signal that the process is about to die of";
  return "the signal that is delivered, or 0";
}
template <EventKind K>
void columns(const WithSignal<K>& self, auto&& visit) {
  const auto& [signal] = self;
  visit(ColumnText{Column::value, "signal", signal_meaning(K), Form::signal}, signal);
}
template <EventKind K>
void columns(WithSignal<K>& self, auto&& visit) {
  auto& [signal] = self;
  visit(ColumnText{Column::value, "signal", signal_meaning(K), Form::signal}, signal);
}

using Cont = WithSignal<EventKind::cont>;
using Syscall = WithSignal<EventKind::syscall>;
using Detach = WithSignal<EventKind::detach>;
using Kill = WithSignal<EventKind::kill>;        // the process or task `tid`
using Suspend = WithSignal<EventKind::suspend>;  // the recorder itself
using Snapshot = WithSignal<EventKind::snapshot>;

struct Seize {
  static constexpr EventKind kKind = EventKind::seize;
  std::uint64_t options = 0;  // PTRACE_O_*
  friend bool operator==(const Seize&, const Seize&) = default;
};
template <Either<Seize> Self>
void columns(Self& self, auto&& visit) {
  auto& [options] = self;
  visit(ColumnText{Column::value, "options", "the options", Form::hex}, options);
}

// Which probes of the image the run has seen already, and are not planted. The machine that replays a log decides it again.
using Seen = std::shared_ptr<const std::vector<bool>>;  // null: none

struct Plant {
  static constexpr EventKind kKind = EventKind::plant;
  ImageId image{};
  LoadBias bias{};
  ExecId exec{};
  Seen seen{};
  bool again =
      false;  // in a copy of a memory: what its program has written over its code since is left alone. Decided again, too
  friend bool operator==(const Plant& a, const Plant& b) {
    return a.image == b.image && a.bias == b.bias && a.exec == b.exec;
  }
};
template <Either<Plant> Self>
void columns(Self& self, auto&& visit) {
  auto& [image, bias, exec, seen, again] = self;
  static_cast<void>(seen), static_cast<void>(again);
  visit(ColumnText{Column::value, "image", "`image_id`"}, image);
  visit(ColumnText{Column::address, "bias", "the load bias"}, bias);
  visit(ColumnText{Column::exec_id, "exec", "the program that runs"}, exec);
}

template <EventKind K>
struct OfImage {
  static constexpr EventKind kKind = K;
  ImageId image{};
  LoadBias bias{};
  friend bool operator==(const OfImage&, const OfImage&) = default;
};
template <EventKind K>
void columns(const OfImage<K>& self, auto&& visit) {
  const auto& [image, bias] = self;
  visit(ColumnText{Column::value, "image", "`image_id`"}, image);
  visit(ColumnText{Column::address, "bias", "the load bias"}, bias);
}
template <EventKind K>
void columns(OfImage<K>& self, auto&& visit) {
  auto& [image, bias] = self;
  visit(ColumnText{Column::value, "image", "`image_id`"}, image);
  visit(ColumnText{Column::address, "bias", "the load bias"}, bias);
}

using Unplant = OfImage<EventKind::unplant>;
using Trip = OfImage<EventKind::trip>;  // its task runs
using Untrip = OfImage<EventKind::untrip>;
using Unflag = OfImage<EventKind::unflag>;
using Share = OfImage<EventKind::share>;  // its task may run

struct Annex {
  static constexpr EventKind kKind = EventKind::annex;
  ImageId image{};
  LoadBias bias{};
  AnnexId annex{};
  bool again = false;  // in a copy of a memory, in the place of the original's. Decided again, too
  friend bool operator==(const Annex& a, const Annex& b) { return a.image == b.image && a.bias == b.bias; }
};
template <Either<Annex> Self>
void columns(Self& self, auto&& visit) {
  auto& [image, bias, annex, again] = self;
  static_cast<void>(annex), static_cast<void>(again);
  visit(ColumnText{Column::value, "image", "`image_id`"}, image);
  visit(ColumnText{Column::address, "bias", "the load bias"}, bias);
}

struct Flag {
  static constexpr EventKind kKind = EventKind::flag;
  ImageId image{};
  LoadBias bias{};
  ExecId exec{};
  friend bool operator==(const Flag&, const Flag&) = default;
};
template <Either<Flag> Self>
void columns(Self& self, auto&& visit) {
  auto& [image, bias, exec] = self;
  visit(ColumnText{Column::value, "image", "`image_id`"}, image);
  visit(ColumnText{Column::address, "bias", "the load bias"}, bias);
  visit(ColumnText{Column::exec_id, "exec", "the program that runs"}, exec);
}

struct Lift {
  static constexpr EventKind kKind = EventKind::lift;
  ProbeId probe{};
  Address at{};
  ExecId exec{};
  friend bool operator==(const Lift&, const Lift&) = default;
};
template <Either<Lift> Self>
void columns(Self& self, auto&& visit) {
  auto& [probe, at, exec] = self;
  visit(ColumnText{Column::value, "probe", "`probe_id`"}, probe);
  visit(ColumnText{Column::address, "at", "the probe's"}, at);
  visit(ColumnText{Column::exec_id, "exec", "the program that runs"}, exec);
}

struct Mend {
  static constexpr EventKind kKind = EventKind::mend;
  ProbeId probe{};
  Address at{};
  friend bool operator==(const Mend&, const Mend&) = default;
};
template <Either<Mend> Self>
void columns(Self& self, auto&& visit) {
  auto& [probe, at] = self;
  visit(ColumnText{Column::value, "probe", "`probe_id`"}, probe);
  visit(ColumnText{Column::address, "at", "the probe's"}, at);
}

struct Emulate {
  static constexpr EventKind kKind = EventKind::emulate;
  ProbeId probe{};
  Address at{};
  ExecId exec{};  // of the first in a memory, which is a hit; else 0
  friend bool operator==(const Emulate&, const Emulate&) = default;
};
template <Either<Emulate> Self>
void columns(Self& self, auto&& visit) {
  auto& [probe, at, exec] = self;
  visit(ColumnText{Column::value, "probe", "`probe_id`"}, probe);
  visit(ColumnText{Column::address, "at", "the probe's"}, at);
  visit(ColumnText{Column::exec_id, "exec", "a hit: the program that runs; NULL: it was hit there before"}, exec);
}

template <EventKind K>
struct OfWatch {
  static constexpr EventKind kKind = K;
  WatchId watch{};
  Address at{};
  friend bool operator==(const OfWatch&, const OfWatch&) = default;
};
void columns_of_watch(auto& watch, auto& at, auto&& visit) {
  visit(ColumnText{Column::value, "watch", "`watch_id`"}, watch);
  visit(ColumnText{Column::address, "at", "the watch's"}, at);
}
template <EventKind K>
void columns(const OfWatch<K>& self, auto&& visit) {
  columns_of_watch(self.watch, self.at, visit);
}
template <EventKind K>
void columns(OfWatch<K>& self, auto&& visit) {
  columns_of_watch(self.watch, self.at, visit);
}

using Pass = OfWatch<EventKind::pass>;
using Retire = OfWatch<EventKind::retire>;
using Arm = OfWatch<EventKind::arm>;

struct TraceChild {  // CLONE_UNTRACED was taken out of the flags of the clone at this watch
  static constexpr EventKind kKind = EventKind::trace_child;
  WatchId watch{};
  friend bool operator==(const TraceChild&, const TraceChild&) = default;
};
template <Either<TraceChild> Self>
void columns(Self& self, auto&& visit) {
  auto& [watch] = self;
  visit(ColumnText{Column::value, "watch", "`watch_id`"}, watch);
}

struct Serve {  // the call that the task is entering is done for it, and is not made
  static constexpr EventKind kKind = EventKind::serve;
  Tid target{};
  friend bool operator==(const Serve&, const Serve&) = default;
};
template <Either<Serve> Self>
void columns(Self& self, auto&& visit) {
  auto& [target] = self;
  visit(ColumnText{Column::value, "target", "the task that the call is about"}, target);
}

struct SetPc {
  static constexpr EventKind kKind = EventKind::set_pc;
  Address pc{};
  friend bool operator==(const SetPc&, const SetPc&) = default;
};
template <Either<SetPc> Self>
void columns(Self& self, auto&& visit) {
  auto& [pc] = self;
  visit(ColumnText{Column::address, "pc", "the new pc"}, pc);
}

struct SetTimer {
  static constexpr EventKind kKind = EventKind::set_timer;
  Timer timer{};
  std::int64_t duration_ns = 0;  // decided again by whoever replays
  friend bool operator==(const SetTimer& a, const SetTimer& b) { return a.timer == b.timer; }
};
template <Either<SetTimer> Self>
void columns(Self& self, auto&& visit) {
  auto& [timer, duration_ns] = self;
  static_cast<void>(duration_ns);
  visit(ColumnText{Column::value, "timer", "as `timer`"}, timer);
}

struct Inject {
  static constexpr EventKind kKind = EventKind::inject;
  std::uint64_t handler = 0;  // to set; 0: what is set is read
  std::uint64_t flags = 0;    // to set, of sigaction(2); 0: those that were read
  friend bool operator==(const Inject&, const Inject&) = default;
};
template <Either<Inject> Self>
void columns(Self& self, auto&& visit) {
  auto& [handler, flags] = self;
  visit(ColumnText{Column::value, "handler", "the handler to set; 0: what is set is read", Form::hex}, handler);
  visit(ColumnText{Column::address, "flags", "sa_flags to set; NULL: those that were read", Form::hex}, flags);
}

struct Reveal {
  static constexpr EventKind kKind = EventKind::reveal;
  Revealing call{};
  friend bool operator==(const Reveal&, const Reveal&) = default;
};
template <Either<Reveal> Self>
void columns(Self& self, auto&& visit) {
  auto& [call] = self;
  visit(ColumnText{Column::value, "call", "1 PR_GET_DUMPABLE, 2 PR_SET_DUMPABLE to 1, 3 back to 0"}, call);
}

using Any = std::variant<End, Seize, Start, Cont, Listen, Interrupt, Detach, Kill, Plant, Lift, Mend, Unplant, SetPc,
                         SetTimer, Pass, Retire, Block, Inject, Syscall, Restore, TraceChild, Suspend, Restart,
                         Snapshot, Emulate, Annex, Flag, Rejoin, Trip, Untrip, Unflag, Serve, Share, Arm, Reveal>;

}  // namespace act

struct Action {
  Tid tid{};  // 0 for what concerns no task; Kill: the process or task
  Utid utid{};
  Seq cause = 0;  // the observation that this answers
  act::Any what{};

  EventKind kind() const noexcept {
    return std::visit([](const auto& one) { return one.kKind; }, what);
  }
  template <typename Kind>
  const Kind* as() const noexcept {
    return std::get_if<Kind>(&what);
  }
  friend bool operator==(const Action&, const Action&) = default;
};

// One of that kind, with nothing in it; none if it is no action's.
std::optional<act::Any> action_of(EventKind kind);

}  // namespace recount

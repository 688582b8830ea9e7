#include "replay/text/describe.hpp"

#include "replay/text/scenario_words.hpp"
#include "replay/text/text.hpp"

namespace recount {
namespace {

std::string numbered(const char* noun, std::int64_t n) { return std::string(", ") + noun + " " + std::to_string(n); }

// The action's own numbers; an action has no others unless somebody changed the row.
std::string parts(const Action& action) {
  switch (action.kind) {
    case EventKind::seize: return ", options " + hex_text(action.value);
    case EventKind::cont:
    case EventKind::syscall:
    case EventKind::detach:
    case EventKind::suspend:
    case EventKind::kill: return numbered("signal", action.signal);
    case EventKind::plant:
    case EventKind::unplant:
      return numbered("image", static_cast<std::int64_t>(action.value)) + ", load bias " + hex_text(action.address);
    case EventKind::lift:
    case EventKind::mend:
      return numbered("probe", static_cast<std::int64_t>(action.value)) + " at " + hex_text(action.address);
    case EventKind::pass:
    case EventKind::retire:
      return numbered("watch", static_cast<std::int64_t>(action.value)) + " at " + hex_text(action.address);
    case EventKind::trace_child: return numbered("watch", static_cast<std::int64_t>(action.value));
    case EventKind::inject: return action.value == 0 ? ", to read" : ", to set " + hex_text(action.value);
    case EventKind::set_pc: return " to " + hex_text(action.address);
    case EventKind::set_timer: return ", " + timer_word(action.value);
    case EventKind::start:
    case EventKind::listen:
    case EventKind::interrupt:
    case EventKind::block:
    case EventKind::restore:
    case EventKind::restart:
    case EventKind::end:
    default: break;
  }
  std::string rest;
  if (action.value != 0) rest += ", value " + std::to_string(action.value);
  if (action.address != 0) rest += ", address " + hex_text(action.address);
  return rest;
}

}  // namespace

std::string timer_word(std::uint64_t timer) {
  for (const Timer known : {Timer::timeout, Timer::orphans, Timer::claim, Timer::stop})
    if (raw(known) == timer) return std::string(scenario::timer_word(known));
  return "timer " + std::to_string(timer);
}

std::string describe(const Action& action) {
  std::string text(name_of(action.kind));
  if (action.tid != Tid{}) text += ", tid " + std::to_string(raw(action.tid));
  if (action.utid != Utid{}) text += ", utid " + std::to_string(raw(action.utid));
  text += parts(action);
  if (action.exec != ExecId{}) text += ", exec " + std::to_string(raw(action.exec));
  return text + ", in answer to event " + std::to_string(action.cause);
}

std::string describe(const Observation& o) {
  std::string text(name_of(o.kind));
  if (o.tid != Tid{}) text += ", tid " + std::to_string(raw(o.tid));
  if (o.status.raw() != 0) text += ", status " + hex_text(static_cast<std::uint32_t>(o.status.raw()));
  if (o.pc != Address{}) text += ", pc " + hex_text(raw(o.pc));
  if (o.value != 0) text += ", value " + std::to_string(o.value);
  if (o.siginfo.code != 0) text += ", si_code " + std::to_string(o.siginfo.code);
  if (o.birth.child != Tid{}) text += ", child " + std::to_string(raw(o.birth.child));
  if (o.exec.image != ImageId{}) text += ", image " + std::to_string(raw(o.exec.image));
  return text;
}

std::string describe_birth(std::int64_t utid, std::int64_t upid, std::int64_t tid, std::int64_t parent_upid) {
  return "utid " + std::to_string(utid) + ", upid " + std::to_string(upid) + ", tid " + std::to_string(tid) +
         (parent_upid == 0 ? ", no parent" : ", parent upid " + std::to_string(parent_upid));
}

}  // namespace recount

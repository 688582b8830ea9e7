#include "replay/text/describe.hpp"

#include "replay/text/scenario_words.hpp"
#include "replay/text/text.hpp"

namespace recount {
namespace {

std::string worded(const ColumnText& column, int signal) {
  return std::string(column.name) + " " + std::to_string(signal);
}
std::string worded(const ColumnText& column, std::uint64_t value) {
  return std::string(column.name) + " " + (column.form == Form::hex ? hex_text(value) : std::to_string(value));
}
std::string worded(const ColumnText&, Timer timer) { return timer_word(raw(timer)); }
std::string worded(const ColumnText& column, Address address) {
  return std::string(column.name) + " " + hex_text(raw(address));
}
std::string worded(const ColumnText&, LoadBias bias) { return "load bias " + hex_text(raw(bias)); }
template <typename Id>
requires std::is_enum_v<Id> std::string worded(const ColumnText& column, Id id) {
  return std::string(column.name) + " " + std::to_string(raw(id));
}

std::string worded(const ColumnText& column, bool truth) {
  return std::string(column.name) + " " + (truth ? "1" : "0");
}

template <typename Any>
std::string parts(const Any& any) {
  std::string text;
  const auto add = [&](const ColumnText& column, const auto& member) {
    if (column.form == Form::always ? stored(member) != 0 : !is_null(column, stored(member)))
      text += ", " + worded(column, member);
  };
  std::visit([&](const auto& what) { columns(what, add); }, any);
  return text;
}

}  // namespace

std::string timer_word(std::uint64_t timer) {
  for (const Timer known : {Timer::timeout, Timer::orphans, Timer::claim, Timer::stop, Timer::attach, Timer::flags})
    if (raw(known) == timer) return std::string(scenario::timer_word(known));
  return "timer " + std::to_string(timer);
}

std::string describe(const Action& action) {
  std::string text(name_of(action.kind()));
  if (action.tid != Tid{}) text += ", tid " + std::to_string(raw(action.tid));
  if (action.utid != Utid{}) text += ", utid " + std::to_string(raw(action.utid));
  text += parts(action.what);
  return text + ", in answer to event " + std::to_string(action.cause);
}

std::string describe(const Observation& o) {
  std::string text(name_of(o.kind()));
  if (o.tid != Tid{}) text += ", tid " + std::to_string(raw(o.tid));
  if (o.status.raw() != 0) text += ", status " + hex_text(static_cast<std::uint32_t>(o.status.raw()));
  text += parts(o.what);
  if (const Birth* const birth = birth_in(o)) text += ", new task " + std::to_string(raw(birth->child));
  const ExecDetail* const program = program_in(o);
  if (program && program->image != ImageId{}) text += ", image " + std::to_string(raw(program->image));
  return text;
}

std::string describe_birth(std::int64_t utid, std::int64_t upid, std::int64_t tid, std::int64_t parent_upid) {
  return "utid " + std::to_string(utid) + ", upid " + std::to_string(upid) + ", tid " + std::to_string(tid) +
         (parent_upid == 0 ? ", no parent" : ", parent upid " + std::to_string(parent_upid));
}

}  // namespace recount

// The printing half of scenario_words.hpp.
#include <charconv>

#include "replay/text/scenario_words.hpp"

namespace recount::scenario {
namespace {

std::string hex(std::uint64_t value) {
  char digits[16];
  const auto end = std::to_chars(digits, digits + sizeof digits, value, 16).ptr;
  return "0x" + std::string(digits, end);
}

// One line, put together word by word; members that are zero are left out.
class Line {
 public:
  Line& word(std::string_view text) {
    if (!text_.empty()) text_ += ' ';
    text_ += text;
    return *this;
  }
  Line& number(std::string_view key, std::int64_t value) {
    return value == 0 ? *this : pair(key, std::to_string(value));
  }
  Line& address(std::string_view key, std::uint64_t value) { return value == 0 ? *this : pair(key, hex(value)); }
  Line& text(std::string_view key, std::string_view value) { return value.empty() ? *this : pair(key, escaped(value)); }
  Line& signal(int signal) { return signal == 0 ? *this : word(signal_word(signal)); }
  std::string take() { return std::move(text_); }

 private:
  Line& pair(std::string_view key, std::string_view value) { return word(std::string(key) + "=" + std::string(value)); }

  // Blanks separate words, so none stands in a value.
  static std::string escaped(std::string_view value) {
    std::string out;
    for (const char c : value) {
      if (c > ' ' && c != '\\')
        out += c;
      else
        out += std::string("\\") + "0123456789abcdef"[(c >> 4) & 15] + "0123456789abcdef"[c & 15];
    }
    return out;
  }

  std::string text_;
};

void print_siginfo(Line& line, const SigInfo& info) {
  if (info.signo != 0 || info.code != 0)
    line.text("code", info.code == kSiKernel ? "kernel" : info.code == kSiUser ? "user" : std::to_string(info.code));
  line.number("errno", info.error).number("pid", info.pid).number("uid", info.uid).number("status", info.status);
  line.address("value", info.value).address("address", info.address);
}

void print_birth(Line& line, const Observation& observation) {
  const Birth& birth = observation.birth;
  line.number("child", raw(birth.child)).number("tgid", raw(birth.tgid));
  line.text("memory", memory_word(birth.memory));
}

void print_placed(Line& line, const std::vector<Placed>& placed) {
  for (const Placed image : placed) line.text("placed", std::to_string(raw(image.image)) + "@" + hex(raw(image.bias)));
}

// 3@0x1010+0x5000: a line that one of the probe's begins, and the image's load bias.
void print_reached(Line& line, const std::vector<Reached>& reached) {
  for (const Reached& at : reached)
    line.text("reached", std::to_string(raw(at.probe)) + "@" + hex(raw(at.address)) + "+" + hex(raw(at.bias)));
  if (!reached.empty()) line.number("under", raw(reached.front().exec));
}

void print_call(Line& line, const CallDetail& call) {
  line.number("call", call.number).number("first", static_cast<std::int64_t>(call.first));
  if (call.has_new) line.word("new");
  line.address("mask", call.mask).address("handler", call.handler).address("flags", call.flags);
}

void print_exec(Line& line, const Observation& observation) {
  const ExecDetail& exec = observation.exec;
  line.number("former", static_cast<std::int64_t>(observation.value)).number("image", raw(exec.image));
  line.address("bias", raw(exec.bias))
      .text("path", exec.path)
      .text("argv", exec.argv)
      .text("cwd", exec.cwd)
      .text("no_follow", exec.no_follow);
  if (exec.trap_blocked) line.word("trap_blocked");
  if (exec.trap_ignored) line.word("trap_ignored");
  print_placed(line, observation.placed);
}

void print_usage(Line& line, const Usage& usage) {
  line.number("user_us", usage.user_us).number("system_us", usage.system_us).number("max_rss_kib", usage.max_rss_kib);
}

std::string end_words(WaitStatus end) {
  if (!end.signaled()) return std::to_string(end.exit_code());
  return signal_word(end.term_signal()) + (end.core_dumped() ? " core" : "");
}

void print_detail(Line& line, const Observation& observation) {
  switch (observation.kind) {
    case EventKind::exited:
    case EventKind::signaled: line.word(end_words(observation.status)); return print_usage(line, observation.usage);
    case EventKind::signal_delivery_stop:
      line.signal(observation.status.stop_signal()).address("pc", raw(observation.pc));
      print_siginfo(line, observation.siginfo);
      print_call(line, observation.call);
      line.number("copied", raw(observation.copied));
      if (observation.ends_init) line.word("ends_init");
      print_reached(line, observation.reached);
      return print_placed(line, observation.placed);
    case EventKind::group_stop: line.signal(observation.status.stop_signal()); [[fallthrough]];
    case EventKind::event_stop:
      line.address("pc", raw(observation.pc));
      if (observation.value != 0) line.word("pending_int3");
      return;
    case EventKind::event_fork:
    case EventKind::event_vfork:
    case EventKind::event_clone: return print_birth(line, observation);
    case EventKind::event_exec: return print_exec(line, observation);
    case EventKind::event_vfork_done: line.number("child", static_cast<std::int64_t>(observation.value)); return;
    case EventKind::timer: line.word(timer_word(static_cast<Timer>(observation.value))); return;
    case EventKind::recorder_signal:
      line.signal(observation.siginfo.signo);
      print_siginfo(line, observation.siginfo);
      if (observation.repeated) line.word("repeated");
      return;
    case EventKind::recording_failed: line.word(error_word(static_cast<int>(observation.value))); return;
    default: return;  // the kind says it all
  }
}

// A member that has a name is NAME=VALUE; a signal and a timer are words of their own.
void print(Line& line, const ColumnText& column, std::uint64_t value) {
  column.form == Form::hex ? line.address(column.name, value)
                           : line.number(column.name, static_cast<std::int64_t>(value));
}
void print(Line& line, const ColumnText&, int signal) { line.signal(signal); }
void print(Line& line, const ColumnText&, Timer timer) { line.word(timer_word(timer)); }
void print(Line& line, const ColumnText& column, Address address) { line.address(column.name, raw(address)); }
void print(Line& line, const ColumnText& column, LoadBias bias) { line.address(column.name, raw(bias)); }
template <typename Id>
requires std::is_enum_v<Id>
void print(Line& line, const ColumnText& column, Id id) { line.number(column.name, raw(id)); }

}  // namespace

std::string to_text(WaitStatus end) { return (end.signaled() ? "signaled " : "exited ") + end_words(end); }

std::string to_text(const Observation& observation) {
  Line line;
  if (observation.tid != Tid{}) line.word(std::to_string(raw(observation.tid)));
  line.word(name_of(observation.kind));
  print_detail(line, observation);
  return line.take();
}

std::string to_text(const Action& action) {
  Line line;
  line.word(name_of(action.kind()));
  if (action.tid != Tid{}) line.word(std::to_string(raw(action.tid)));
  const auto add = [&line](const ColumnText& column, const auto& member) { print(line, column, member); };
  std::visit([&](const auto& what) { columns(what, add); }, action.what);
  return line.take();
}

std::string to_text(const Fact& fact) {
  Line line;
  line.word(fact_word(fact.kind)).number("utid", raw(fact.utid)).number("upid", raw(fact.upid));
  if (fact.kind == FactKind::born) {
    line.number("tid", raw(fact.tid)).number("parent", raw(fact.parent)).text("origin", name_of(fact.origin));
    return line.take();
  }
  line.number("probe", raw(fact.probe));
  if (fact.line_at) line.address("line_at", raw(*fact.line_at));
  line.number("exec", raw(fact.exec)).signal(fact.signal);
  if (fact.kind == FactKind::thread_ended || fact.kind == FactKind::process_ended) line.word(to_text(fact.status));
  if (fact.error != 0) line.word(error_word(fact.error));
  return line.take();
}

std::string to_text(const Rules& rules) {
  const Rules usual;
  Line line;
  line.word("rules").number("timeout_ns", rules.timeout_ns);
  if (rules.orphan_grace_ns != usual.orphan_grace_ns) line.number("orphan_grace_ns", rules.orphan_grace_ns);
  if (rules.claim_grace_ns != usual.claim_grace_ns) line.number("claim_grace_ns", rules.claim_grace_ns);
  if (rules.wait_root) line.word("wait_root");
  if (rules.scope != usual.scope) line.word("scope_" + std::string(name_of(rules.scope)));
  return line.take();
}

std::string to_text(const ProbeTable& image) {
  Line line;
  line.word("image").word(std::to_string(raw(image.image))).number("first", raw(image.first));
  for (const ImageAddress address : image.addresses) line.address("probe", raw(address));
  for (const ImageAddress address : image.own_int3) line.address("own_int3", raw(address));
  line.number("first_watch", raw(image.first_watch));
  for (const Watch& watch : image.watches)
    line.text("watch", std::string(watch_word(watch.kind)) + "@" + hex(raw(watch.address)));
  return line.take();
}

}  // namespace recount::scenario

// Observations as lines of a scenario: how each kind is printed, and beside it how it is read.
#include "replay/text/scenario_line.hpp"

namespace recount::scenario {
namespace {

// --- parts ----------------------------------------------------------------------------------------------------------------

void print(Line& line, const SigInfo& info) {
  if (info.signo != 0 || info.code != 0)
    line.text("code", info.code == kSiKernel ? "kernel" : info.code == kSiUser ? "user" : std::to_string(info.code));
  line.number("errno", info.error).number("pid", info.pid).number("uid", info.uid).number("status", info.status);
  line.address("value", info.value).address("address", info.address);
}
SigInfo parse_siginfo(const Words& words, int signal) {
  SigInfo info;
  info.signo = signal;
  const std::string code = words.text("code");
  info.code = code == "kernel" ? kSiKernel : code == "user" ? kSiUser : words.number<std::int32_t>("code");
  info.error = words.number<std::int32_t>("errno");
  info.pid = words.number<std::int32_t>("pid");
  info.uid = words.number<std::uint32_t>("uid");
  info.status = words.number<std::int32_t>("status");
  info.value = words.number<std::uint64_t>("value");
  info.address = words.number<std::uint64_t>("address");
  return info;
}

// 3@0x5000: an image and its load bias.
void print(Line& line, const std::vector<Placed>& placed) {
  for (const Placed image : placed) line.text("placed", std::to_string(raw(image.image)) + "@" + hex(raw(image.bias)));
}
std::vector<Placed> parse_placed(const Words& words) {
  std::vector<Placed> placed;
  for (const std::string_view text : words.all("placed")) {
    const std::size_t at = text.find('@');
    if (at == std::string_view::npos) words.fail("has an image that is placed nowhere");
    placed.push_back({ImageId{static_cast<std::uint32_t>(integer(text.substr(0, at)))},
                      LoadBias{static_cast<std::uint64_t>(integer(text.substr(at + 1)))}});
  }
  return placed;
}

// 3@0x1010+0x5000: a line that one of the probe's begins, where it begins in the image, and the image's load bias.
void print(Line& line, const std::vector<Reached>& reached) {
  for (const Reached& at : reached)
    line.text("reached", std::to_string(raw(at.probe)) + "@" + hex(raw(at.address)) + "+" + hex(raw(at.bias)));
  if (!reached.empty()) line.number("under", raw(reached.front().exec));
}
std::vector<Reached> parse_reached(const Words& words) {
  std::vector<Reached> reached;
  for (const std::string_view text : words.all("reached")) {
    const std::size_t at = text.find('@'), plus = text.find('+');
    if (at == std::string_view::npos || plus == std::string_view::npos) words.fail("has a line that is nowhere");
    reached.push_back({ProbeId{static_cast<std::uint32_t>(integer(text.substr(0, at)))},
                       ImageAddress{static_cast<std::uint64_t>(integer(text.substr(at + 1, plus - at - 1)))},
                       LoadBias{static_cast<std::uint64_t>(integer(text.substr(plus + 1)))},
                       words.number<ExecId>("under")});
  }
  return reached;
}

// 3,4: probes.
void print(Line& line, const std::vector<Flagged>& flagged) {
  for (const Flagged& probe : flagged) line.number("flagged", raw(probe.probe));
  if (!flagged.empty()) line.number("in_exec", raw(flagged.front().exec));
}
std::vector<Flagged> parse_flagged(const Words& words) {
  std::vector<Flagged> flagged;
  for (const std::string_view text : words.all("flagged"))
    flagged.push_back({ProbeId{static_cast<std::uint32_t>(integer(text))}, words.number<ExecId>("in_exec")});
  return flagged;
}

// counted=3 times=1000 counted=4 times=7: probes, and how often each was come to.
void print(Line& line, const std::vector<Counted>& counted) {
  for (const Counted& probe : counted)
    line.number("counted", raw(probe.probe)).number("times", static_cast<std::int64_t>(probe.times));
  if (!counted.empty()) line.number("counted_in", raw(counted.front().exec));
}
std::vector<Counted> parse_counted(const Words& words) {
  std::vector<Counted> counted;
  const auto times = words.all("times");
  for (const std::string_view text : words.all("counted"))
    counted.push_back({ProbeId{static_cast<std::uint32_t>(integer(text))}, words.number<ExecId>("counted_in"),
                       static_cast<std::uint64_t>(integer(times.at(counted.size())))});
  return counted;
}

void print(Line& line, const CallDetail& call) {
  line.number("call", call.number).number("first", static_cast<std::int64_t>(call.first));
  if (call.has_new) line.word("new");
  line.address("mask", call.mask).address("handler", call.handler).address("flags", call.flags);
}
CallDetail parse_call(Words& words) {
  CallDetail call;
  call.number = words.number<std::uint32_t>("call");
  call.first = words.number<std::uint64_t>("first");
  call.has_new = words.take("new");
  call.mask = words.number<std::uint64_t>("mask");
  call.handler = words.number<std::uint64_t>("handler");
  call.flags = words.number<std::uint64_t>("flags");
  return call;
}

// Of what was written, how much: its bytes decide nothing.
void print(Line& line, const Written& output) { line.number("fd", output.fd).number("bytes", output.bytes); }
Written parse_output(const Words& words) {
  return {.fd = words.number<std::int32_t>("fd"), .bytes = words.number("bytes")};
}

std::string end_words(WaitStatus end) {
  if (!end.signaled()) return std::to_string(end.exit_code());
  return signal_word(end.term_signal()) + (end.core_dumped() ? " core" : "");
}
WaitStatus parse_end(Words& words, EventKind kind) {
  if (kind == EventKind::exited) return WaitStatus::for_exit(static_cast<int>(integer(words.next())));
  const int signal = signal_number(words.next());
  return WaitStatus::for_death(signal, words.take("core"));
}

Timer parse_timer(Words& words) {
  const std::string_view word = words.next();
  for (const auto timer : {Timer::timeout, Timer::orphans, Timer::claim, Timer::stop, Timer::attach, Timer::flags})
    if (timer_word(timer) == word) return timer;
  words.fail("names no timer");
}

// --- kinds ----------------------------------------------------------------------------------------------------------------

constexpr int kStopEvent = 128;  // PTRACE_EVENT_STOP

// PTRACE_EVENT_FORK is 1, VFORK 2, CLONE 3, EXEC 4, VFORK_DONE 5, EXIT 6, SECCOMP 7.
WaitStatus event_status(int event) { return WaitStatus::for_stop(signals::kTrap, event); }

template <EventKind K>
void print(Line&, WaitStatus, const Plain<K>&) {}
void parse(Words&, WaitStatus&, observed::Spawned&) {}
void parse(Words&, WaitStatus&, observed::Echild&) {}
void print(Line& line, WaitStatus, const observed::SyscallStop& stop) {
  line.address("result", stop.result);
  print(line, stop.call);
}
void parse(Words& words, WaitStatus& status, observed::SyscallStop& stop) {
  status = WaitStatus::for_stop(signals::kTrap | 0x80);
  stop.result = words.number<std::uint64_t>("result");
  stop.call = parse_call(words);
}
void parse(Words&, WaitStatus& status, observed::Continued&) { status = WaitStatus(0xffff); }

template <EventKind K>
void print(Line& line, WaitStatus status, const observed::End<K>& end) {
  line.word(end_words(status)).number("user_us", end.usage.user_us).number("system_us", end.usage.system_us);
  line.number("max_rss_kib", end.usage.max_rss_kib);
}
template <EventKind K>
void parse(Words& words, WaitStatus& status, observed::End<K>& end) {
  status = parse_end(words, K);
  end.usage = {words.number("user_us"), words.number("system_us"), words.number("max_rss_kib")};
}

void print(Line& line, WaitStatus status, const observed::SignalDeliveryStop& stop) {
  line.signal(status.stop_signal()).address("pc", raw(stop.pc));
  print(line, stop.siginfo);
  print(line, stop.call);
  print(line, stop.output);
  line.number("way", bits_of(stop.taken.way)).number("at", raw(stop.taken.watch));
  line.number("copied", raw(stop.copied));
  if (stop.fatal) line.word("fatal");
  if (stop.ends_init) line.word("ends_init");
  print(line, stop.reached);
  print(line, stop.placed);
}
void parse(Words& words, WaitStatus& status, observed::SignalDeliveryStop& stop) {
  const int signal = signal_number(words.next());
  status = WaitStatus::for_stop(signal, 0);
  stop.pc = words.number<Address>("pc");
  if (words.has("code")) stop.siginfo = parse_siginfo(words, signal);
  stop.call = parse_call(words);
  stop.output = parse_output(words);
  stop.taken = {words.number<WatchId>("at"), static_cast<Way>(words.number<std::uint8_t>("way"))};
  stop.copied = words.number<ProbeId>("copied");
  stop.fatal = words.take("fatal");
  stop.ends_init = words.take("ends_init");
  stop.reached = parse_reached(words);
  stop.placed = parse_placed(words);
}

void print(Line& line, WaitStatus status, const observed::GroupStop& stop) {
  line.signal(status.stop_signal());
  if (stop.int3_pending) line.word("pending_int3");
}
void parse(Words& words, WaitStatus& status, observed::GroupStop& stop) {
  status = WaitStatus::for_stop(signal_number(words.next()), kStopEvent);
  stop.int3_pending = words.take("pending_int3");
}

void print(Line& line, WaitStatus, const observed::EventStop& stop) {
  line.address("pc", raw(stop.pc));
  if (stop.int3_pending) line.word("pending_int3");
  if (stop.memory_hidden) line.word("memory_hidden");
}
void parse(Words& words, WaitStatus& status, observed::EventStop& stop) {
  status = event_status(kStopEvent);
  stop.pc = words.number<Address>("pc");
  stop.int3_pending = words.take("pending_int3");
  stop.memory_hidden = words.take("memory_hidden");
}

template <EventKind K>
void print(Line& line, WaitStatus, const observed::NewTask<K>& task) {
  line.number("child", raw(task.birth.child)).number("tgid", raw(task.birth.tgid));
  line.text("memory", memory_word(task.birth.memory));
}
template <EventKind K>
void parse(Words& words, WaitStatus& status, observed::NewTask<K>& task) {
  status = event_status(K == EventKind::event_fork ? 1 : K == EventKind::event_vfork ? 2 : 3);
  task.message = words.number<Tid>("child");
  task.birth = {task.message, words.number<Tid>("tgid"), MemorySharing::unknown};
  for (const auto sharing : {MemorySharing::copied, MemorySharing::shared})
    if (memory_word(sharing) == words.text("memory")) task.birth.memory = sharing;
}

void print(Line& line, WaitStatus, const observed::EventVforkDone& done) { line.number("child", raw(done.child)); }
void parse(Words& words, WaitStatus& status, observed::EventVforkDone& done) {
  status = event_status(5);
  done.child = words.number<Tid>("child");
}

void print(Line& line, const ExecDetail& program) {
  line.number("image", raw(program.image)).address("bias", raw(program.bias));
  line.text("path", program.path)
      .text("argv", program.argv)
      .text("cwd", program.cwd)
      .text("no_follow", program.no_follow);
  if (program.trap_blocked) line.word("trap_blocked");
  if (program.trap_ignored) line.word("trap_ignored");
}
ExecDetail parse_program(Words& words) {
  ExecDetail program;
  program.image = words.number<ImageId>("image");
  program.bias = words.number<LoadBias>("bias");
  program.path = words.text("path");
  program.argv = words.text("argv");
  program.cwd = words.text("cwd");
  program.trap_blocked = words.take("trap_blocked");
  program.trap_ignored = words.take("trap_ignored");
  program.no_follow = words.text("no_follow");
  return program;
}

void print(Line& line, WaitStatus, const observed::EventExec& exec) {
  line.number("former", raw(exec.former));
  print(line, exec.program);
  print(line, exec.placed);
}
void parse(Words& words, WaitStatus& status, observed::EventExec& exec) {
  status = event_status(4);
  exec.former = words.number<Tid>("former");
  exec.program = parse_program(words);
  exec.placed = parse_placed(words);
}

void print(Line& line, WaitStatus, const observed::Attached& found) {
  line.number("process", raw(found.process));
  line.number("parent", raw(found.parent));
}
void parse(Words& words, WaitStatus&, observed::Attached& found) {
  found.process = words.number<Tid>("process");
  found.parent = words.number<Tid>("parent");
}

void print(Line& line, WaitStatus, const observed::Surveyed& survey) {
  print(line, survey.program);
  print(line, survey.placed);
  if (survey.annex != AnnexId{}) line.number("annex", raw(survey.annex));
}
void parse(Words& words, WaitStatus&, observed::Surveyed& survey) {
  survey.program = parse_program(words);
  survey.placed = parse_placed(words);
  if (words.has("annex")) survey.annex = words.number<AnnexId>("annex");
}

template <EventKind K>
void print(Line&, WaitStatus, const observed::WithMessage<K>&) {}
template <EventKind K>
void parse(Words&, WaitStatus& status, observed::WithMessage<K>&) {
  status = event_status(K == EventKind::event_exit ? 6 : 7);
}

void print(Line& line, WaitStatus, const observed::TimerRang& rang) { line.word(timer_word(rang.timer)); }
void parse(Words& words, WaitStatus&, observed::TimerRang& rang) { rang.timer = parse_timer(words); }

void print(Line& line, WaitStatus, const observed::RecorderSignal& signal) {
  line.signal(signal.siginfo.signo);
  print(line, signal.siginfo);
  if (signal.repeated) line.word("repeated");
}
void parse(Words& words, WaitStatus&, observed::RecorderSignal& signal) {
  signal.siginfo = parse_siginfo(words, signal_number(words.next()));
  signal.repeated = words.take("repeated");
}

void print(Line& line, WaitStatus, const observed::RecordingFailed& failed) { line.word(error_word(failed.error)); }
void parse(Words& words, WaitStatus&, observed::RecordingFailed& failed) { failed.error = error_number(words.next()); }

}  // namespace

std::string to_text(WaitStatus end) { return (end.signaled() ? "signaled " : "exited ") + end_words(end); }

std::string to_text(const Observation& observation) {
  Line line;
  if (observation.tid != Tid{}) line.word(std::to_string(raw(observation.tid)));
  line.word(name_of(observation.kind()));
  std::visit([&](const auto& what) { print(line, observation.status, what); }, observation.what);
  if (observation.in_annex) line.word("in_annex");
  print(line, observation.flagged);
  print(line, observation.counted);
  return line.take();
}

Observation parse_observation(std::string_view text) {
  Words words(text);
  Observation observation;
  if (words.next_is_number()) observation.tid = Tid{static_cast<std::int32_t>(integer(words.next()))};
  const auto kind = std::find_if(kEventKinds.begin(), kEventKinds.end(),
                                 [name = words.next()](const EventKindName& entry) { return entry.name == name; });
  const auto what = kind == kEventKinds.end() ? std::nullopt : observation_of(kind->kind);
  if (!what) words.fail("is no observation");
  observation.what = *what;
  std::visit([&](auto& of_kind) { parse(words, observation.status, of_kind); }, observation.what);
  observation.in_annex = words.take("in_annex");
  observation.flagged = parse_flagged(words);
  observation.counted = parse_counted(words);
  if (auto* const exec = std::get_if<observed::EventExec>(&observation.what); exec && exec->former == Tid{})
    exec->former = observation.tid;  // it was the leader itself
  return observation;
}

}  // namespace recount::scenario

#include "tests/support/scenario_parse.hpp"

#include <charconv>
#include <map>
#include <stdexcept>
#include <vector>

#include "replay/text/scenario_words.hpp"

namespace recount::scenario {
namespace {

std::int64_t integer(std::string_view text) {
  const bool is_hex = text.starts_with("0x");
  const std::string_view digits = is_hex ? text.substr(2) : text;
  std::uint64_t value = 0;
  const bool minus = digits.starts_with('-');
  const char* const first = digits.data() + (minus ? 1 : 0);
  const char* const last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(first, last, value, is_hex ? 16 : 10);
  if (error != std::errc{} || end != last) throw std::invalid_argument("not a number: " + std::string(text));
  return minus ? -static_cast<std::int64_t>(value) : static_cast<std::int64_t>(value);
}

constexpr int kSignalMax = 64, kErrorMax = 4095;  // errno(3): the highest that the kernel returns

int signal_number(std::string_view word) {
  for (int signal = 0; signal <= kSignalMax; ++signal)
    if (signal_word(signal) == word) return signal;
  return static_cast<int>(integer(word));
}

// What a Line of the printing half was: bare words in order, and values by key.
class Words {
 public:
  explicit Words(std::string_view line) : line_(line) {
    for (std::size_t at = 0; at < line.size();) {
      const std::size_t start = line.find_first_not_of(' ', at);
      if (start == std::string_view::npos) break;
      at = std::min(line.find(' ', start), line.size());
      add(line.substr(start, at - start));
    }
  }

  bool next_is_number() const {
    return next_ < bare_.size() && bare_[next_].find_first_not_of("0123456789") == std::string_view::npos;
  }
  std::string_view next() {
    if (next_ == bare_.size()) fail("ends too early");
    return bare_[next_++];
  }
  bool take(std::string_view word) {
    const bool there = next_ < bare_.size() && bare_[next_] == word;
    if (there) ++next_;
    return there;
  }
  std::int64_t number(const std::string& key) const {
    const auto found = values_.find(key);
    return found == values_.end() ? 0 : integer(found->second.back());
  }
  std::string text(const std::string& key) const {
    const auto found = values_.find(key);
    return found == values_.end() ? std::string() : unescaped(found->second.back());
  }
  std::vector<std::string_view> all(const std::string& key) const {
    const auto found = values_.find(key);
    return found == values_.end() ? std::vector<std::string_view>() : found->second;
  }
  bool has(const std::string& key) const { return values_.contains(key); }
  std::vector<ImageAddress> addresses(const std::string& key) const {
    std::vector<ImageAddress> all;
    if (const auto found = values_.find(key); found != values_.end())
      for (const auto text : found->second) all.push_back(ImageAddress{static_cast<std::uint64_t>(integer(text))});
    return all;
  }
  [[noreturn]] void fail(const std::string& why) const {
    throw std::invalid_argument("\"" + std::string(line_) + "\" " + why);
  }

 private:
  void add(std::string_view word) {
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos)
      bare_.push_back(word);
    else
      values_[std::string(word.substr(0, equals))].push_back(word.substr(equals + 1));
  }
  static std::string unescaped(std::string_view value) {
    std::string out;
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (value[i] != '\\') {
        out += value[i];
        continue;
      }
      out += static_cast<char>(integer("0x" + std::string(value.substr(i + 1, 2))));
      i += 2;
    }
    return out;
  }

  std::string_view line_;
  std::vector<std::string_view> bare_;
  std::map<std::string, std::vector<std::string_view>> values_;
  std::size_t next_ = 0;
};

// 3@0x5000: an image and its load bias.
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

// 3@0x1010+0x5000: the probe, where the line begins in the image, and the load bias.
std::vector<Reached> parse_reached(const Words& words) {
  std::vector<Reached> reached;
  for (const std::string_view text : words.all("reached")) {
    const std::size_t at = text.find('@'), plus = text.find('+');
    if (at == std::string_view::npos || plus == std::string_view::npos) words.fail("has a line that is nowhere");
    reached.push_back({ProbeId{static_cast<std::uint32_t>(integer(text.substr(0, at)))},
                       ImageAddress{static_cast<std::uint64_t>(integer(text.substr(at + 1, plus - at - 1)))},
                       LoadBias{static_cast<std::uint64_t>(integer(text.substr(plus + 1)))},
                       ExecId{static_cast<std::uint32_t>(words.number("under"))}});
  }
  return reached;
}

// loader@0x100: what it hears of, and where.
Watch parse_watch(const Words& words, std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos) words.fail("has a watch that is nowhere");
  Watch watch;
  for (const WatchKind kind : {WatchKind::loader, WatchKind::sigaction, WatchKind::sigmask, WatchKind::sigreturn,
                               WatchKind::clone, WatchKind::syscall})
    if (watch_word(kind) == text.substr(0, at)) watch.kind = kind;
  watch.address = ImageAddress{static_cast<std::uint64_t>(integer(text.substr(at + 1)))};
  return watch;
}

CallDetail parse_call(Words& words) {
  CallDetail call;
  call.number = static_cast<std::uint32_t>(words.number("call"));
  call.first = static_cast<std::uint64_t>(words.number("first"));
  call.has_new = words.take("new");
  call.mask = static_cast<std::uint64_t>(words.number("mask"));
  call.handler = static_cast<std::uint64_t>(words.number("handler"));
  call.flags = static_cast<std::uint64_t>(words.number("flags"));
  return call;
}

SigInfo parse_siginfo(const Words& words, int signal) {
  SigInfo info;
  info.signo = signal;
  const std::string code = words.text("code");
  info.code = code == "kernel" ? kSiKernel : code == "user" ? kSiUser : static_cast<std::int32_t>(words.number("code"));
  info.error = static_cast<std::int32_t>(words.number("errno"));
  info.pid = static_cast<std::int32_t>(words.number("pid"));
  info.uid = static_cast<std::uint32_t>(words.number("uid"));
  info.status = static_cast<std::int32_t>(words.number("status"));
  info.value = static_cast<std::uint64_t>(words.number("value"));
  info.address = static_cast<std::uint64_t>(words.number("address"));
  return info;
}

void parse_birth(const Words& words, Observation& observation) {
  const std::string memory = words.text("memory");
  Birth& birth = observation.birth;
  birth.child = Tid{static_cast<std::int32_t>(words.number("child"))};
  birth.tgid = Tid{static_cast<std::int32_t>(words.number("tgid"))};
  for (const auto sharing : {MemorySharing::copied, MemorySharing::shared})
    if (memory_word(sharing) == memory) birth.memory = sharing;
  observation.value = static_cast<std::uint64_t>(raw(birth.child));
}

void parse_exec(Words& words, Observation& observation) {
  observation.value = words.has("former") ? static_cast<std::uint64_t>(words.number("former"))
                                          : static_cast<std::uint64_t>(raw(observation.tid));
  observation.exec.image = ImageId{static_cast<std::uint32_t>(words.number("image"))};
  observation.exec.bias = LoadBias{static_cast<std::uint64_t>(words.number("bias"))};
  observation.exec.path = words.text("path");
  observation.exec.argv = words.text("argv");
  observation.exec.cwd = words.text("cwd");
  observation.exec.trap_blocked = words.take("trap_blocked");
  observation.exec.trap_ignored = words.take("trap_ignored");
  observation.exec.no_follow = words.text("no_follow");
  observation.placed = parse_placed(words);
}

int ptrace_event(EventKind kind) {
  switch (kind) {
    case EventKind::event_fork: return 1;
    case EventKind::event_vfork: return 2;
    case EventKind::event_clone: return 3;
    case EventKind::event_exec: return 4;
    case EventKind::event_vfork_done: return 5;
    case EventKind::event_exit: return 6;
    case EventKind::event_seccomp: return 7;
    default: return 0;
  }
}

WaitStatus parse_end(Words& words, EventKind kind) {
  if (kind == EventKind::exited) return WaitStatus::for_exit(static_cast<int>(integer(words.next())));
  const int signal = signal_number(words.next());
  return WaitStatus::for_death(signal, words.take("core"));
}

Timer parse_timer(Words& words) {
  const std::string_view word = words.next();
  for (const auto timer : {Timer::timeout, Timer::orphans, Timer::claim, Timer::stop})
    if (timer_word(timer) == word) return timer;
  words.fail("names no timer");
}

void parse_stop(Words& words, Observation& observation) {
  const int signal = observation.kind == EventKind::event_stop ? signals::kTrap : signal_number(words.next());
  observation.status = WaitStatus::for_stop(signal, observation.kind == EventKind::signal_delivery_stop ? 0 : 128);
  observation.pc = Address{static_cast<std::uint64_t>(words.number("pc"))};
  if (words.has("code")) observation.siginfo = parse_siginfo(words, signal);
  observation.call = parse_call(words);
  observation.copied = ProbeId{static_cast<std::uint32_t>(words.number("copied"))};
  observation.ends_init = words.take("ends_init");
  observation.reached = parse_reached(words);
  observation.placed = parse_placed(words);
  const bool trap_stop = observation.kind != EventKind::signal_delivery_stop;
  if (trap_stop && words.take("pending_int3")) observation.value = 1;
}

void parse_detail(Words& words, Observation& observation) {
  switch (observation.kind) {
    case EventKind::exited:
    case EventKind::signaled:
      observation.status = parse_end(words, observation.kind);
      observation.usage = {words.number("user_us"), words.number("system_us"), words.number("max_rss_kib")};
      return;
    case EventKind::signal_delivery_stop:
    case EventKind::group_stop:
    case EventKind::event_stop: return parse_stop(words, observation);
    case EventKind::timer: observation.value = raw(parse_timer(words)); return;
    case EventKind::recorder_signal:
      observation.siginfo = parse_siginfo(words, signal_number(words.next()));
      observation.repeated = words.take("repeated");
      return;
    case EventKind::recording_failed:
      observation.value = static_cast<std::uint64_t>(error_number(words.next()));
      return;
    case EventKind::continued: observation.status = WaitStatus(0xffff); return;
    case EventKind::spawned:
    case EventKind::echild: return;
    case EventKind::event_exec: parse_exec(words, observation); break;
    case EventKind::event_fork:
    case EventKind::event_vfork:
    case EventKind::event_clone: parse_birth(words, observation); break;
    case EventKind::syscall_stop: observation.status = WaitStatus::for_stop(signals::kTrap | 0x80); return;
    case EventKind::event_vfork_done: observation.value = static_cast<std::uint64_t>(words.number("child")); break;
    default: break;
  }
  observation.status = WaitStatus::for_stop(signals::kTrap, ptrace_event(observation.kind));
}

}  // namespace

int error_number(std::string_view word) {
  for (int error = 1; error <= kErrorMax; ++error)
    if (error_word(error) == word) return error;
  throw std::invalid_argument("no error: " + std::string(word));
}

Observation parse_observation(std::string_view line) {
  Words words(line);
  Observation observation;
  if (words.next_is_number()) observation.tid = Tid{static_cast<std::int32_t>(integer(words.next()))};
  const std::string_view name = words.next();
  for (const auto& entry : kEventKinds)
    if (entry.name == name && !is_action(entry.kind)) observation.kind = entry.kind;
  if (observation.kind == EventKind{}) words.fail("is no observation");
  parse_detail(words, observation);
  return observation;
}

Rules parse_rules(std::string_view line) {
  Words words(line);
  if (!words.take("rules")) words.fail("is no line of rules");
  Rules rules;
  if (words.has("timeout_ns")) rules.timeout_ns = words.number("timeout_ns");
  if (words.has("orphan_grace_ns")) rules.orphan_grace_ns = words.number("orphan_grace_ns");
  if (words.has("claim_grace_ns")) rules.claim_grace_ns = words.number("claim_grace_ns");
  rules.wait_root = words.take("wait_root");
  for (const Scope scope : {Scope::run, Scope::fork})
    if (words.take("scope_" + std::string(name_of(scope)))) rules.scope = scope;
  return rules;
}

ProbeTable parse_image(std::string_view line) {
  Words words(line);
  if (!words.take("image")) words.fail("defines no image");
  ProbeTable image;
  image.image = ImageId{static_cast<std::uint32_t>(integer(words.next()))};
  image.first = ProbeId{static_cast<std::uint32_t>(words.number("first"))};
  image.addresses = words.addresses("probe");
  image.own_int3 = words.addresses("own_int3");
  image.first_watch = WatchId{static_cast<std::uint32_t>(words.number("first_watch"))};
  for (const auto text : words.all("watch")) image.watches.push_back(parse_watch(words, text));
  return image;
}

}  // namespace recount::scenario

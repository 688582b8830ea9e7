// Actions, facts, rules and images as lines of a scenario; the last two are read as well.
#include "replay/text/scenario_line.hpp"

namespace recount::scenario {
namespace {

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

// loader@0x100: what it hears of, and where.
Watch parse_watch(const Words& words, std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos) words.fail("has a watch that is nowhere");
  Watch watch;
  for (auto number = static_cast<std::uint8_t>(kWatchKindFirst); number <= static_cast<std::uint8_t>(kWatchKindLast);
       ++number)
    if (watch_word(WatchKind{number}) == text.substr(0, at)) watch.kind = WatchKind{number};
  watch.address = ImageAddress{static_cast<std::uint64_t>(integer(text.substr(at + 1)))};
  return watch;
}

}  // namespace

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
  if (fact.kind == FactKind::let_go) line.number("tracer", raw(fact.parent));
  line.number("probe", raw(fact.probe));
  if (fact.line_at) line.address("line_at", raw(*fact.line_at));
  if (fact.is_late) line.word("late");
  line.number("watch", raw(fact.watch)).number("way", bits_of(fact.way));
  line.number("exec", raw(fact.exec)).number("fd", fact.fd).number("bytes", fact.bytes).signal(fact.signal);
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
  if (!rules.plants) line.word("safe");
  if (!rules.shares_own_stops) line.word("own_stops_alone");
  if (!rules.looks_at_the_killed) line.word("kills_blindly");
  if (!rules.takes_out_jumps) line.word("keeps_jumps");
  if (!rules.makes_way) line.word("makes_no_way");
  if (!rules.waits_listening) line.word("waits_parked");
  if (!rules.minds_other_threads) line.word("trap_alone");
  if (!rules.looks_at_orphans) line.word("adopts_blindly");
  if (!rules.gives_up_int3) line.word("tries_for_ever");
  if (!rules.owes_ignored_trap) line.word("ignores_at_once");
  if (rules.count_limit != usual.count_limit) line.number("count_limit", static_cast<std::int64_t>(rules.count_limit));
  if (rules.scope != usual.scope) line.word("scope_" + std::string(name_of(rules.scope)));
  return line.take();
}

std::string to_text(const ProbeTable& image) {
  Line line;
  line.word("image").word(std::to_string(raw(image.image))).number("first", raw(image.first));
  for (const ImageAddress address : image.addresses) line.address("probe", raw(address));
  for (const ImageAddress address : image.own_int3) line.address("own_int3", raw(address));
  for (const ImageAddress address : image.counted) line.address("counted", raw(address));
  for (const ImageAddress address : image.flagged) line.address("flagged", raw(address));
  if (image.traces) line.word("traces");
  line.number("first_watch", raw(image.first_watch));
  for (const Watch& watch : image.watches)
    line.text("watch", std::string(watch_word(watch.kind)) + "@" + hex(raw(watch.address)));
  return line.take();
}

int error_number(std::string_view word) {
  for (int error = 1; error <= kErrorMax; ++error)
    if (error_word(error) == word) return error;
  throw std::invalid_argument("no error: " + std::string(word));
}

Rules parse_rules(std::string_view line) {
  Words words(line);
  if (!words.take("rules")) words.fail("is no line of rules");
  Rules rules;
  if (words.has("timeout_ns")) rules.timeout_ns = words.number("timeout_ns");
  if (words.has("orphan_grace_ns")) rules.orphan_grace_ns = words.number("orphan_grace_ns");
  if (words.has("claim_grace_ns")) rules.claim_grace_ns = words.number("claim_grace_ns");
  if (words.has("count_limit")) rules.count_limit = static_cast<std::uint64_t>(words.number("count_limit"));
  rules.wait_root = words.take("wait_root");
  rules.plants = !words.take("safe");
  rules.shares_own_stops = !words.take("own_stops_alone");
  rules.looks_at_the_killed = !words.take("kills_blindly");
  rules.takes_out_jumps = !words.take("keeps_jumps");
  rules.makes_way = !words.take("makes_no_way");
  rules.waits_listening = !words.take("waits_parked");
  rules.minds_other_threads = !words.take("trap_alone");
  rules.looks_at_orphans = !words.take("adopts_blindly");
  rules.gives_up_int3 = !words.take("tries_for_ever");
  rules.owes_ignored_trap = !words.take("ignores_at_once");
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
  image.counted = words.addresses("counted");
  image.flagged = words.addresses("flagged");
  image.traces = words.take("traces");
  image.first_watch = WatchId{static_cast<std::uint32_t>(words.number("first_watch"))};
  for (const auto text : words.all("watch")) image.watches.push_back(parse_watch(words, text));
  return image;
}

}  // namespace recount::scenario

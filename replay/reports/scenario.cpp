#include "replay/reports/scenario.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "replay/log/dictionary.hpp"
#include "replay/text/scenario_text.hpp"
#include "replay/text/text.hpp"
#include "schema/log/event_codec.hpp"
#include "schema/machine/agenda.hpp"
#include "schema/vocabulary/operands.hpp"

namespace recount::scenario {
namespace {

using Tables = std::map<ImageId, std::shared_ptr<const ProbeTable>>;

// An observation, and the actions that the log has beneath it.
struct Moment {
  Seq seq = 0;
  Observation observation;
  std::vector<TraceEvent> actions;
};

// Null if it is no stop for a SIGTRAP.
const observed::SignalDeliveryStop* trap_in(const Observation& seen) {
  return seen.status.stop_signal() == signals::kTrap ? seen.as<observed::SignalDeliveryStop>() : nullptr;
}

// Rows of the log, an observation at a time.
class MomentReader {
 public:
  MomentReader(const LogFile& log, const RunRecord& run, Seq to)
      : rows_(log.database(), run.first_seq), last_(std::min(to, run.last_seq)), more_(rows_.next(row_)) {}

  bool next(Moment& moment) {
    if (!more_ || row_.seq > last_) return false;
    moment = {row_.seq, row_.observation() ? *row_.observation() : Observation{}, {}};
    utid_ = row_.utid;
    while ((more_ = rows_.next(row_)) && row_.action()) moment.actions.push_back(row_);
    return true;
  }
  Utid utid() const { return utid_; }  // of the moment

 private:
  EventReader rows_;
  Seq last_;
  TraceEvent row_;
  Utid utid_{};
  bool more_;
};

// Who and what the part speaks of.
class Part {
 public:
  Part(const LogFile& log, const RunRecord& run, Seq from, Seq to) : from_(from), processes_(task_processes(log)) {
    read_parents(log);
    MomentReader reader(log, run, to);
    for (Moment moment; reader.next(moment);) {
      if (moment.seq < from) continue;
      if (const auto* const trap = trap_in(moment.observation)) traps_.insert(raw(trap->pc));
      need(upid_of(reader.utid()));
    }
    need(run.before.upid + 1);  // the root
    for (const auto& [upid, tid] : born_)
      if (needed_.count(upid) != 0) needed_tids_.insert(tid);
  }

  bool needs(const Moment& moment, Utid utid) {
    if (moment.seq >= from_ || moment.observation.tid == Tid{}) return true;
    const std::uint32_t upid = upid_of(utid);
    if (upid != 0 && needed_.count(upid) == 0) return false;
    return !is_quiet_hit(moment) && !bears_a_stranger(moment.observation);
  }

 private:
  void read_parents(const LogFile& log) {
    Statement row(log.database(), "SELECT tid, upid, parent_upid FROM trace_birth");
    while (row.step()) {
      const auto upid = static_cast<std::uint32_t>(row.integer(1));
      if (row.integer(2) != 0) parents_[upid] = static_cast<std::uint32_t>(row.integer(2));
      born_.emplace_back(upid, static_cast<std::int32_t>(row.integer(0)));
    }
  }
  std::uint32_t upid_of(Utid utid) const {
    const auto found = processes_.find(raw(utid));
    return found == processes_.end() ? 0 : found->second;
  }
  void need(std::uint32_t upid) {
    while (upid != 0 && needed_.insert(upid).second) {
      const auto parent = parents_.find(upid);
      upid = parent == parents_.end() ? 0 : parent->second;
    }
  }
  bool bears_a_stranger(const Observation& seen) const {
    if (const Birth* const birth = birth_in(seen)) return needed_tids_.count(raw(birth->child)) == 0;
    const auto* const done = seen.as<observed::EventVforkDone>();
    return done && needed_tids_.count(raw(done->child)) == 0;
  }
  bool is_quiet_hit(const Moment& moment) const {
    const auto* const trap = trap_in(moment.observation);
    if (!trap || !trap->placed.empty() || traps_.count(raw(trap->pc)) != 0) return false;
    bool puts_back = false, passes_on = false;
    for (const TraceEvent& row : moment.actions) {
      puts_back = puts_back || row.kind() == EventKind::lift || row.kind() == EventKind::mend;
      passes_on = passes_on || signal_of(*row.action()) != 0 || row.error != 0;
    }
    return puts_back && !passes_on;
  }

  Seq from_;
  std::unordered_map<std::uint32_t, std::uint32_t> processes_, parents_;
  std::vector<std::pair<std::uint32_t, std::int32_t>> born_;  // upid, tid
  std::unordered_set<std::int32_t> needed_tids_;
  std::unordered_set<std::uint64_t> traps_;
  std::unordered_set<std::uint32_t> needed_;
};

std::vector<Moment> all_moments(const LogFile& log, const RunRecord& run, Seq to) {
  std::vector<Moment> moments;
  MomentReader reader(log, run, to);
  for (Moment moment; reader.next(moment);) moments.push_back(std::move(moment));
  return moments;
}

std::vector<Moment> needed_moments(const LogFile& log, const RunRecord& run, Seq from, Seq to) {
  Part part(log, run, from, to);
  std::vector<Moment> moments;
  MomentReader reader(log, run, to);
  for (Moment moment; reader.next(moment);)
    if (part.needs(moment, reader.utid())) moments.push_back(std::move(moment));
  return moments;
}

// Which action of the log a machine's answer is, if ids are not counted.
bool is_like(const Action& a, const Action& b) {
  return a.what.index() == b.what.index() && a.tid == b.tid && signal_of(a) == signal_of(b) &&
         stored_in(a, Column::address) == stored_in(b, Column::address);
}

// Steps a machine through moments. `told` hears of each observation before it is stepped, `answered`
// of each action and its errno.
template <typename Told, typename Answered, typename Meant>
void play(Machine& machine, const std::vector<Moment>& moments, Told told, Answered answered, Meant meant) {
  Agenda agenda(machine);
  Seq seq = 0;
  for (const Moment& moment : moments) {
    told(++seq, moment);
    std::vector<TraceEvent> rows = moment.actions;
    meant(agenda.observe(seq, moment.observation));
    while (!agenda.empty()) {
      const Action action = agenda.next();
      const auto row = std::find_if(rows.begin(), rows.end(),
                                    [&](const TraceEvent& event) { return is_like(*event.action(), action); });
      const std::int32_t error = row == rows.end() ? 0 : row->error;
      if (row != rows.end()) rows.erase(row);
      ++seq;
      answered(action, error);
      meant(agenda.performed(error));
    }
  }
}

const auto kNothing = [](const auto&...) {};

// The images of the moments, with what the moments come to of their probes and watches.
class SmallTables {
 public:
  SmallTables(const LogFile& log, const RunRecord& run, const std::vector<Moment>& moments) {
    for (const Moment& moment : moments) {
      const ExecDetail* const program = program_in(moment.observation);
      if (program) define(log, program->image);
      for (const Placed placed : placed_in(moment.observation)) define(log, placed.image);
    }
    look(run, moments);
    for (const auto& [image, table] : whole_) small_[image] = reduced(*table);
  }
  const Tables& small() const { return small_; }
  ProbeId renamed(ProbeId probe) const {
    const auto found = names_.find(probe);
    return found == names_.end() ? ProbeId{} : found->second;
  }

 private:
  void define(const LogFile& log, ImageId image) {
    if (image == ImageId{} || whole_.count(image) != 0) return;
    if (auto table = probe_table(log, image)) whole_[image] = std::move(table);
  }

  // As far as they can be played: what can not is told by the writer.
  void look(const RunRecord& run, const std::vector<Moment>& moments) try {
    Machine machine(run.rules);
    for (const auto& [image, table] : whole_) machine.define_image(table);
    play(
        machine, moments,
        [&](Seq, const Moment& moment) {
          const auto* const trap = trap_in(moment.observation);
          if (trap && trap->copied != ProbeId{}) probes_.insert(trap->copied);
          const auto thread = machine.threads().find(moment.observation.tid);
          if (!trap || thread == machine.threads().end() || !thread->second.process) return;
          const Int3 int3 = machine.int3_of(thread->second, trap->pc);
          if (int3.probe) probes_.insert(int3.probe->probe);
        },
        [&](const Action& action, int) { note(action); }, kNothing);
  } catch (const InvariantError&) {
  }
  void note(const Action& action) {
    if (const auto probe = id_of<ProbeId>(action)) probes_.insert(*probe);
    if (const auto watch = id_of<WatchId>(action)) watches_.insert(*watch);
  }

  // An image that has any keeps one at least: the machine plants it for that.
  std::shared_ptr<const ProbeTable> reduced(const ProbeTable& table) {
    auto small = std::make_shared<ProbeTable>();
    small->image = table.image;
    small->first = ProbeId{next_probe_};
    small->first_watch = WatchId{next_watch_};
    small->traces = table.traces;
    for (std::size_t i = 0; i < table.addresses.size(); ++i) {
      const ProbeId old{raw(table.first) + static_cast<std::uint32_t>(i)};
      const bool only = i + 1 == table.addresses.size() && small->addresses.empty();
      if (probes_.count(old) == 0 && !only) continue;
      names_[old] = ProbeId{next_probe_++};
      small->addresses.push_back(table.addresses[i]);
      if (std::binary_search(table.own_int3.begin(), table.own_int3.end(), table.addresses[i]))
        small->own_int3.push_back(table.addresses[i]);
    }
    for (std::size_t i = 0; i < table.watches.size(); ++i) {
      const bool used = watches_.count(WatchId{raw(table.first_watch) + static_cast<std::uint32_t>(i)}) != 0;
      if (!used && table.watches[i].kind != WatchKind::loader &&
          !(i + 1 == table.watches.size() && small->watches.empty() && table.addresses.empty()))
        continue;
      small->watches.push_back(table.watches[i]);
      ++next_watch_;
    }
    if (small->watches.empty()) small->first_watch = WatchId{};
    if (small->addresses.empty()) small->first = ProbeId{};
    return small;
  }

  Tables whole_, small_;
  std::set<ProbeId> probes_;
  std::set<WatchId> watches_;
  std::map<ProbeId, ProbeId> names_;
  std::uint32_t next_probe_ = 1, next_watch_ = 1;
};

// What the log has beneath an observation, where that is not what was answered.
std::string other_answer(const Moment& moment, const std::vector<std::pair<Action, int>>& answers) {
  const bool same = std::equal(moment.actions.begin(), moment.actions.end(), answers.begin(), answers.end(),
                               [](const TraceEvent& row, const std::pair<Action, int>& answer) {
                                 return is_like(*row.action(), answer.first) && row.error == answer.second;
                               });
  if (same) return {};
  std::string text = "# Event " + std::to_string(moment.seq) + ": the log has ";
  for (const TraceEvent& row : moment.actions)
    text += (&row == &moment.actions.front() ? "" : "; ") + to_text(*row.action()) +
            (row.error != 0 ? " !" + error_word(row.error) : "");
  return text + (moment.actions.empty() ? "no answer" : "");
}

class Writer {
 public:
  Writer(const LogFile& log, const RunRecord& run, std::vector<Moment> moments, Seq from, Seq to)
      : run_(run), moments_(std::move(moments)), tables_(log, run, moments_), from_(from), to_(to) {
    for (Moment& moment : moments_) {
      auto* const stop = std::get_if<observed::SignalDeliveryStop>(&moment.observation.what);
      if (stop && stop->copied != ProbeId{}) stop->copied = tables_.renamed(stop->copied);
    }
  }

  // Whether all answers are as the log has them.
  bool write() {
    head();
    Machine machine(run_.rules);
    for (const auto& [image, table] : tables_.small()) {
      printer_.image(*table);
      machine.define_image(table);
    }
    printer_.line("");
    try {
      play(
          machine, moments_, [this](Seq seq, const Moment& moment) { told(seq, moment); },
          [this](const Action& action, int error) { answered(action, error); },
          [this](const Step& step) {
            for (const Fact& fact : step.facts) printer_.fact(fact);
          });
      settle();
    } catch (const InvariantError& error) {
      printer_.broken(error.what());
      is_faithful_ = false;
    }
    printer_.outcome(machine);
    return is_faithful_;
  }
  const std::string& text() const { return printer_.text(); }

 private:
  void head() {
    const std::string what = shell_quoted(words_of(run_.argv));
    printer_.line("# Events " + std::to_string(from_) + " to " + std::to_string(to_) + " of the run of " +
                  (what.empty() ? "an unnamed program" : what) + ".");
    if (run_.rules.timeout_ns != 0 || to_text(run_.rules) != "rules") printer_.rules(run_.rules);
  }
  void told(Seq seq, const Moment& moment) {
    settle();
    if (moment.seq >= from_ && (!current_ || current_->seq < from_) && from_ > run_.first_seq)
      printer_.line("# From event " + std::to_string(moment.seq) + " on:");
    current_ = &moment;
    printer_.observation(seq, moment.observation);
  }
  void answered(const Action& action, int error) {
    answers_.emplace_back(action, error);
    printer_.action(action, error);
  }
  void settle() {
    if (current_)
      if (const std::string other = other_answer(*current_, answers_); !other.empty()) {
        printer_.line(other);
        is_faithful_ = false;
      }
    answers_.clear();
  }

  const RunRecord& run_;
  std::vector<Moment> moments_;
  SmallTables tables_;
  Seq from_, to_;
  Printer printer_;
  const Moment* current_ = nullptr;
  std::vector<std::pair<Action, int>> answers_;
  bool is_faithful_ = true;
};

}  // namespace

std::string of(const LogFile& log, Seq from, Seq to) {
  const RunRecord& run = log.run_at(from);
  if (from > run.first_seq) {
    Writer part(log, run, needed_moments(log, run, from, to), from, to);
    if (part.write()) return part.text();
  }
  Writer whole(log, run, all_moments(log, run, to), from, to);
  whole.write();
  return whole.text();
}

}  // namespace recount::scenario

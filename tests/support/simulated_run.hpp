// One seed, from the first fork to the last end: the machine against the simulated kernel, judged
// after each step.
//
//   Run run(seed);
//   run.play();               // a Failure says which promise was broken
//   run.transcript();         // what happened, as a scenario that can be kept in tests/scenarios
//
// Beside what the kernel itself does not let pass (simulated_kernel.hpp):
//
//   - each stop that was reported is answered within the step, or held because nobody has told
//   whose child it is
//   - the machine's threads and processes are the kernel's: who, whose child, with which status
//   they ended
//   - ids are never given twice; who was born ends once, or is let go
//   - a hit is of the line that was run, by who ran it, under the exec that runs there; each line
//   once a memory; a line
//     that had a probe is not run unseen
//   - the byte of a hit is put back; whom a timeout is to kill is killed
//   - the run ends
//   - the same observations and results make another machine do the same
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "schema/machine/agenda.hpp"
#include "tests/support/simulated_kernel.hpp"

namespace recount::simulated {

class Run {
 public:
  explicit Run(std::uint64_t seed);
  void play();

  // The parts of play(), for a driver that asks the kernel itself (simulated_tracees.hpp).
  Kernel& kernel() { return kernel_; }
  Observation next();  // what happens next
  const Plan& plan() const { return plan_; }
  const Agenda& agenda() const { return agenda_; }
  void happened(const Observation& observation);
  int perform();          // the next action that is owed: 0 or an errno
  bool answered() const;  // all that was owed was done; whether the run is over
  void over();

  std::string transcript() const;
  std::size_t rows() const { return rows_.size(); }
  void count(std::map<std::string, std::uint64_t>& situations) const;  // how often what happened

 private:
  // What went into the machine, and what came out.
  struct Row {
    std::variant<Observation, Action> what;
    int error = 0;
    Seq seq = 0;
    std::vector<Action> actions;
    std::vector<Fact> facts;
    const Observation* observation() const { return std::get_if<Observation>(&what); }
    const Action* action() const { return std::get_if<Action>(&what); }
  };

  static void count(const Observation& observation, std::map<std::string, std::uint64_t>& situations);
  void judge(const Observation& observation, const Step& step);
  void judge_identity(const Observation& observation, Utid utid);
  void judge_fact(const Observation& observation, const Fact& fact);
  void judge_birth(const Observation& observation, const Fact& fact);
  void judge_thread_end(const Observation& observation, const Fact& fact);
  void judge_process_end(const Fact& fact);
  void judge_hit(const Fact& fact);
  void judge_answers() const;
  void judge_bytes() const;
  void judge_threads() const;
  void judge_end() const;
  void replay() const;
  const Task& task_of(Utid utid) const;
  int group_of(Upid upid) const;
  [[noreturn]] static void fail(const std::string& what) { throw Failure(what); }

  Plan plan_;
  Kernel kernel_;
  Machine machine_;
  Agenda agenda_{machine_};
  Observation last_;
  std::vector<Row> rows_;
  std::map<int, Utid> utids_;  // by serial of the task
  std::map<Utid, int> serials_;
  std::map<int, Upid> upids_;  // by serial of the group
  std::map<Upid, int> groups_;
  std::map<int, ExecId> execs_;  // by the kernel's
  std::map<ExecId, Placed> placed_;
  ExecId last_exec_{};
  std::set<Upid> misjudged_;  // threads that were adopted as if they were processes
  std::set<Utid> born_, ended_;
  std::set<Upid> over_;
  bool not_seized_ = false;  // the root could not be traced: nothing was recorded
  bool lost_ = false;        // wait4 knew nobody any more
};

}  // namespace recount::simulated

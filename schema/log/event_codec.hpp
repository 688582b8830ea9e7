// TraceEvents as rows, both ways. The one place that knows which column holds which member.
//
//   EventWriter writer(database);  writer.write(event, facts);     // within a transaction of the caller's
//   EventReader reader(database);  while (reader.next(event)) ...  // in seq order; memory does not grow
//
// Reading what was written gives the same event, but for what the machine does not look at: the path, argv, cwd and
// environment of an exec, the bytes of an output, the siginfo of a delivered signal beyond its code, and the usage of an end are read by whoever shows them.
#pragma once

#include <memory>
#include <vector>

#include "schema/log/sqlite.hpp"
#include "schema/vocabulary/event.hpp"

namespace recount {

class EventWriter {
 public:
  explicit EventWriter(const Database& database);
  // `facts` are those of the step that the event, an observation, led to: births are rows of their own.
  void write(const TraceEvent& event, const std::vector<Fact>& facts);

 private:
  void write_action(const TraceEvent& event, const Action& action);
  template <typename Any>
  void write_columns(const Any& any);
  // What stands in tables of its own. Of most kinds the row of trace_event says it all.
  template <EventKind K>
  void write_more(const TraceEvent&, const Plain<K>&) {}
  template <EventKind K>
  void write_more(const TraceEvent&, const observed::WithMessage<K>&) {}
  template <EventKind K>
  void write_more(const TraceEvent& event, const observed::NewTask<K>& task);
  template <EventKind K>
  void write_more(const TraceEvent& event, const observed::End<K>& end);
  void write_more(const TraceEvent&, const observed::GroupStop&) {}
  void write_more(const TraceEvent& event, const observed::EventStop& stop);
  void write_more(const TraceEvent& event, const observed::SyscallStop& stop);
  void write_more(const TraceEvent&, const observed::EventVforkDone&) {}
  void write_more(const TraceEvent&, const observed::TimerRang&) {}
  void write_more(const TraceEvent&, const observed::RecordingFailed&) {}
  void write_more(const TraceEvent&, const observed::Attached&) {}
  void write_more(const TraceEvent& event, const observed::EventExec& observed);
  void write_more(const TraceEvent& event, const observed::Surveyed& survey);
  void write_program(const TraceEvent& event, const ExecDetail& program);
  void write_more(const TraceEvent& event, const observed::SignalDeliveryStop& stop);
  void write_more(const TraceEvent& event, const observed::RecorderSignal& signal);
  void write_siginfo(Seq seq, const SigInfo& info);
  void write_births(Seq seq, const std::vector<Fact>& facts);
  void write_call(Seq seq, const CallDetail& call);
  void write_output(Seq seq, const Written& output);
  void write_placed(Seq seq, const std::vector<Placed>& placed);
  void write_reached(Seq seq, const std::vector<Reached>& reached);

  Statement event_;
  Statement birth_;
  Statement new_task_;
  Statement exec_;
  Statement trap_state_;
  Statement call_;
  Statement output_;
  Statement way_;
  Statement copied_;
  Statement placed_;
  Statement reached_;
  Statement flag_;
  Statement count_;
  Statement in_annex_;
  Statement hidden_memory_;
  Statement no_follow_;
  Statement exec_env_;
  Statement siginfo_;
  Statement repeated_signal_;
  Statement init_fault_;
  Statement fatal_;
  Statement usage_;
};

class EventReader {
 public:
  explicit EventReader(const Database& database, Seq first = 1);
  bool next(TraceEvent& event);

 private:
  template <typename Any>
  bool read_columns(Any& any);
  template <EventKind K>
  void read_more(Seq, Plain<K>&) {}
  template <EventKind K>
  void read_more(Seq, observed::WithMessage<K>&) {}
  template <EventKind K>
  void read_more(Seq seq, observed::NewTask<K>& task);
  template <EventKind K>
  void read_more(Seq seq, observed::End<K>& end);
  void read_more(Seq, observed::GroupStop&) {}
  void read_more(Seq seq, observed::EventStop& stop);
  void read_more(Seq seq, observed::SyscallStop& stop);
  void read_more(Seq, observed::EventVforkDone&) {}
  void read_more(Seq, observed::TimerRang&) {}
  void read_more(Seq, observed::RecordingFailed&) {}
  void read_more(Seq, observed::Attached&) {}
  void read_more(Seq seq, observed::EventExec& exec);
  void read_more(Seq seq, observed::Surveyed& survey);
  void read_program(Seq seq, ExecDetail& program);
  void read_more(Seq seq, observed::SignalDeliveryStop& stop);
  void read_more(Seq seq, observed::RecorderSignal& signal);
  void read_siginfo(Seq seq, SigInfo& info);
  void read_placed(Seq seq, std::vector<Placed>& placed);
  void read_reached(Seq seq, std::vector<Reached>& reached);
  void read_flags(Seq seq, Observation& observation);
  void read_call(Seq seq, CallDetail& call);
  // The detail row of `seq`, if there is one: both are read in seq order, side by side.
  static bool advance_to(Statement& rows, bool& more, Seq seq);

  Statement event_;
  Statement new_task_;
  Statement exec_;
  std::unique_ptr<Statement> trap_state_;  // null, as the next three: an older log
  std::unique_ptr<Statement> call_;
  std::unique_ptr<Statement> output_;  // likewise
  std::unique_ptr<Statement> way_;     // likewise
  std::unique_ptr<Statement> copied_;
  std::unique_ptr<Statement> placed_;
  std::unique_ptr<Statement> reached_;
  std::unique_ptr<Statement> flag_;
  std::unique_ptr<Statement> count_;
  std::unique_ptr<Statement> in_annex_;
  std::unique_ptr<Statement> hidden_memory_;
  std::unique_ptr<Statement> no_follow_;
  Statement siginfo_;
  std::unique_ptr<Statement> repeated_signal_;  // null: an older log
  std::unique_ptr<Statement> init_fault_;       // null: an older log
  std::unique_ptr<Statement> fatal_;            // likewise
  Statement usage_;
  bool more_new_tasks_;
  bool more_execs_;
  bool more_trap_states_;
  bool more_calls_;
  bool more_outputs_;
  bool more_ways_;
  bool more_copied_;
  bool more_placed_;
  bool more_reached_;
  bool more_flags_;
  bool more_counts_;
  bool more_in_annex_;
  bool more_hidden_memory_;
  bool more_no_follows_;
  bool more_siginfos_;
  bool more_repeated_signals_;
  bool more_init_faults_;
  bool more_fatals_;
  bool more_usages_;
};

}  // namespace recount

// Attaches the machine to tracees: wait, observe, step, perform, write down; until the machine says that it is over.
//
// The order within one step is the log's order: the observation gets its number before the machine sees it, each action
// gets its own once it was performed, with its result. All rows of a step reach the writer together, before the next wait.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "schema/machine/agenda.hpp"
#include "schema/machine/stopped_time.hpp"
#include "schema/shared/source_filter.hpp"
#include "tracer/base/clock.hpp"
#include "tracer/log/log_writer.hpp"
#include "tracer/log/output_budget.hpp"
#include "tracer/log/output_file.hpp"
#include "tracer/log/source_keeper.hpp"
#include "tracer/tracees.hpp"
#include "tracer/tracing_programs.hpp"

namespace recount {

class Recorder {
 public:
  struct Setup {
    bool coverage = true;
    SourceFilter sources;  // an image of theirs that has no probes is worth a notice
    bool quiet = false;    // say only what is lost
    bool verbose = false;
    bool keep_sources = true;
    KeptOutput output = KeptOutput::none;
    std::uint64_t output_limit = 0;
    bool attached = false;               // that processes are let go is what was asked for
    std::vector<std::string> also = {};  // what else is read in the end: also.hpp
  };
  // `machine` has seen nothing yet. All of these outlive this.
  Recorder(const Setup& setup, Machine& machine, Tracees& tracees, OutputFile& file, LogWriter& log);

  void run();  // returns when there is nothing left to trace

  struct Outcome {
    bool started = false;  // the program was exec'ed
    int seize_error = 0;   // or why it could not be traced
    bool timed_out = false;
    bool let_go = false;  // processes run on, untraced
    WaitStatus status;    // the program's end
    Seq events = 0;
    std::uint32_t processes = 0;
    std::uint32_t not_followed = 0;  // execs of programs that --no-follow names
    std::uint32_t instrumented_images = 0;
    std::int64_t duration_ns = 0;
    std::vector<Diagnostic> untold;  // about images: for the end
    std::string broken;              // an invariant that did not hold; empty if all is well
  };
  const Outcome& outcome() const noexcept { return outcome_; }

 private:
  void record(const Observation& observation);
  void read_also();
  void perform_owed();
  static Seq shown_at(const TraceEvent& event);
  void note_not_seized(Tid tid, int error);
  void note_step(const Step& step);
  void note_stuck(const Fact& fact);
  void note_let_go(const Fact& fact);
  void drop_output(const std::vector<Seq>& rows);
  void note_made_way(const Fact& fact, const std::string& name);
  void note_tracer(Tid tid, const Step& step);
  void note_time_spent(const Observation& observation);
  void note_not_followed(const std::string& name);
  Upid process_of(Tid tid) const;
  ExecId program_ended(const Observation& observation) const;
  void note_tracing(const Observation& observation, ExecId begun, ExecId ended);
  void note_image(const std::shared_ptr<const StoredImage>& image);
  bool is_first_by_go(const std::string& path);
  void note_untold(Diagnostic diagnostic);
  void diagnose(const std::string& severity, const std::string& key, const std::string& message,
                const std::string& remedy);
  void diagnose(Diagnostic diagnostic);  // now
  Observation next_observation();
  std::int64_t now_ns() const { return monotonic_ns() - start_ns_; }

  const Setup& setup_;
  Tracees& tracees_;
  OutputFile& file_;
  LogWriter& log_;
  const std::int64_t start_ns_;
  SourceKeeper sources_;
  Machine& machine_;
  StoppedTime stopped_;
  Agenda agenda_;
  std::map<ImageId, std::shared_ptr<const StoredImage>> images_;
  std::vector<LogItem> items_;
  TracingPrograms tracing_programs_;
  OutputBudget output_;
  ExecDetail last_exec_;  // of a program that --no-follow names
  bool log_failure_told_ = false;
  bool copied_text_told_ = false;
  std::set<Upid> stuck_told_;
  Outcome outcome_;
  bool told_of_go_ = false;
};

}  // namespace recount

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <new>

#include "schema/log/sqlite.hpp"
#include "tracer/base/error.hpp"
#include "tracer/base/memory_reserve.hpp"
#include "tracer/base/secret.hpp"
#include "tracer/live_tracees.hpp"
#include "tracer/log/diagnostic.hpp"
#include "tracer/log/packed_log.hpp"
#include "tracer/log/run_tags.hpp"
#include "tracer/options.hpp"
#include "tracer/process/proc_file.hpp"
#include "tracer/program.hpp"
#include "tracer/recorder.hpp"
#include "tracer/start_signals.hpp"
#include "tracer/stop/attachment.hpp"

namespace recount {
namespace {

int exit_status(const Recorder::Outcome& outcome) {
  if (outcome.timed_out) return kExitTimeout;
  return outcome.status.signaled() ? 128 + outcome.status.term_signal() : outcome.status.exit_code();
}

std::string name_of_subject(const Options& options) {
  return options.process == Tid{} ? options.command.front() : "process " + std::to_string(raw(options.process));
}

[[noreturn]] void not_attached(const Options& options, const Recorder::Outcome& outcome) {
  const std::string name = name_of_subject(options);
  if (outcome.seize_error != 0 && outcome.seize_error != ESRCH)
    throw RecordError("cannot attach to " + name + ": " + why_not_seized(options.process, outcome.seize_error));
  if (outcome.let_go)
    throw RecordError(name +
                      " was let go before all its threads stood still, and nothing was recorded; one that waits for a "
                      "vfork child or a device may need a second try");
  throw RecordError("cannot attach to " + name + ": it ended before all its threads stood still");
}

[[noreturn]] void not_started(const Options& options, const Recorder::Outcome& outcome, int exec_error) {
  if (options.process != Tid{}) not_attached(options, outcome);
  const std::string& name = options.command.front();
  if (outcome.seize_error != 0)
    throw RecordError(
        "cannot trace " + name + ": " + ::strerror(outcome.seize_error) +
        "; allow ptrace: in a container --cap-add=SYS_PTRACE, else see /proc/sys/kernel/yama/ptrace_scope");
  if (exec_error == ENOENT)
    throw RecordError("cannot start " + name + ": its interpreter is missing; see its '#!' line, or readelf -l",
                      kExitNotFound);
  if (exec_error != 0) throw RecordError("cannot start " + name + ": " + ::strerror(exec_error), kExitCannotRun);
  throw RecordError("cannot start " + name + ": it was killed before it began");
}

// `log`: where it is by now.
void say_end(const Options& options, const Recorder::Outcome& outcome, const std::string& log, bool whole,
             const std::string& failure) {
  if (!outcome.broken.empty()) return say("internal error: " + outcome.broken + "; the log up to there is " + log);
  if (!whole) return say("the log " + log + " is incomplete: " + failure + "; the program was not disturbed");
  if (outcome.timed_out) return say("killed after --timeout; the log is complete: " + log);
  if (outcome.let_go && options.process != Tid{} && options.quiet) return;
  if (outcome.let_go && options.process != Tid{})
    return say(name_of_subject(options) + " was let go and runs on, " + std::to_string(outcome.events) +
               " events; the log is " + log);
  if (outcome.let_go) return say("processes were let go and run on, with every probe lifted; the log is " + log);
  if (options.quiet) return;
  const std::string not_followed =
      outcome.not_followed == 0 ? "" : " (" + std::to_string(outcome.not_followed) + " not followed)";
  say(std::to_string(outcome.processes) + (outcome.processes == 1 ? " process" : " processes") + not_followed + ", " +
      std::to_string(outcome.events) + " events; the log is " + log);
}

// At a file's limit (ulimit -f) write(2) says EFBIG then, and does not end the recorder (SIGXFSZ). The program has it as it was.
class FileSizeSignalIgnored {
 public:
  FileSizeSignalIgnored() noexcept {
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGXFSZ, &ignore, &before_);
  }
  ~FileSizeSignalIgnored() { ::sigaction(SIGXFSZ, &before_, nullptr); }
  FileSizeSignalIgnored(const FileSizeSignalIgnored&) = delete;
  FileSizeSignalIgnored& operator=(const FileSizeSignalIgnored&) = delete;

 private:
  struct sigaction before_ {};
};

std::unique_ptr<LogWriter> create(const Options& options, OutputFile& file, const RunInfo& run) {
  const FileSizeSignalIgnored ignored;
  try {
    file.fill(empty_log(run));
    file.publish();
    return std::make_unique<LogWriter>(options.output);
  } catch (const SqliteError& error) {
    throw RecordError("cannot write the log " + options.output + ": " + error.reason +
                      "; choose another place with -o FILE");
  }
}

Tags tags_for(const Options& options) {
  Tags tags = run_tags(options.source_roots.front(), environment_variable);
  if (options.kept_output != KeptOutput::none)
    tags["recount.output"] = options.kept_output == KeptOutput::all ? "all" : "failed";
  for (const auto& [key, value] : options.tags) tags[key] = value;
  return tags;
}

// The last moment at which nothing has run: what came up so far ends the recording.
void check_start(const Options& options, const StartSignals& signals) {
  signals.check();
  if (MemoryReserve::is_used())
    throw RecordError("cannot record " + name_of_subject(options) +
                      ": there is not enough memory; raise the limit (ulimit -v), or end other programs");
}

// Of a program of ours, with what to do about it.
bool tells_why(const Recorder::Outcome& outcome) {
  return std::any_of(outcome.untold.begin(), outcome.untold.end(),
                     [](const Diagnostic& d) { return d.key == "image-not-instrumented" && !d.remedy.empty(); });
}

// A process that runs has no program that could be missing.
std::string program_of(const Options& options) {
  return options.process == Tid{} ? find_program(options.command.front()) : std::string();
}

// Those of a process may be gone: it can write over them.
std::vector<std::string> command_of(Tid process) {
  check_attachable(process);
  const std::vector<std::string> words = read_proc_words(process, "cmdline");
  return words.empty() ? std::vector<std::string>{read_proc_link(process, "exe")} : words;
}

std::optional<SourceFilter> counted_of(const Options& options) {
  if (!options.counts) return std::nullopt;
  return SourceFilter(options.source_roots, options.count_globs, {});
}

// Of a log that is whole. One that can't be packed is a log all the same.
std::string packed(PackedLog& log, bool whole) {
  if (!log.is_wanted() || !whole) return log.plain();
  const std::string failure = log.finish();
  if (failure.empty()) return log.path();
  say("the log could not be packed as " + log.path() + ": " + failure);
  return log.plain();
}

int record(const Options& options, PackedLog& place, const StartSignals& signals) {
  const RunInfo run{options.mask_arguments ? masked(options.command) : options.command,
                    options.source_roots,
                    options.coverage,
                    options.probes_per,
                    options.counts,
                    options.rules,
                    tags_for(options),
                    options.tests};
  const SourceFilter sources(options.source_roots, options.includes, options.excludes, options.map);
  const bool keeps_output = options.kept_output != KeptOutput::none;
  const LiveTracees::Setup subject{
      options.process,
      options.tree,
      program_of(options),
      options.command,
      options.rules,
      options.coverage,
      {options.coverage ? sources : SourceFilter({}, {}, {}, options.map), DebugFolders(options.debug_dirs),
       options.probes_per, options.subject_text, keeps_output, options.cache, options.process == Tid{},
       options.branches, options.flags, counted_of(options)},
      NoFollow(options.no_follow),
      options.env,
      options.mask_arguments,
      keeps_output ? options.output_limit : 0,
      options.awake};
  const Recorder::Setup setup{options.coverage,     sources,
                              options.quiet,        options.verbose,
                              options.keep_sources, options.kept_output,
                              options.output_limit, options.process != Tid{},
                              options.also};
  OutputFile file(options.output, options.force);
  const std::unique_ptr<LogWriter> writer = create(options, file, run);
  LogWriter& log = *writer;
  Machine machine(options.rules);
  Waiter waiter;  // from here on no signal ends the recorder
  LiveTracees tracees(subject, machine, waiter);
  check_start(options, signals);
  Recorder recorder(setup, machine, tracees, file, log);
  recorder.run();
  const Recorder::Outcome& outcome = recorder.outcome();
  const std::string status = outcome.broken.empty() ? "complete" : "aborted";
  const bool written = log.finish({status, outcome.duration_ns, outcome.events});
  const bool whole = written && file.is_still_there();
  if (!outcome.started && outcome.broken.empty()) not_started(options, outcome, tracees.exec_error());
  for (const Diagnostic& diagnostic : outcome.untold) tell(diagnostic, options.quiet, options.verbose);
  const bool any_followed = outcome.not_followed < outcome.processes;
  if (options.coverage && outcome.instrumented_images == 0 && any_followed && !options.quiet)
    say("no coverage: no program with debug information of sources under " + options.source_roots.front() + " was run" +
        (tells_why(outcome) ? "" : "; compile with -g, or name the sources with --source-root"));
  const bool passed = whole && outcome.broken.empty() && !outcome.let_go && exit_status(outcome) == 0;
  if (passed && !options.keeps_passed && file.discard()) {
    if (!options.quiet) say("the program ended with 0, so its log is not kept (--keep failed)");
    return 0;
  }
  const std::string path = packed(place, whole && outcome.broken.empty());
  say_end(options, outcome, path, whole, written ? "it was removed or replaced while it was written" : log.failure());
  return outcome.broken.empty() ? exit_status(outcome) : kExitFailure;
}

// A standard stream that was closed is a number that the next open(2) takes: our messages would end up in the log. What
// fills the gap closes on exec, so the program finds the stream as closed as it would be without us.
void fill_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(stream, F_GETFD) < 0 && ::open("/dev/null", O_RDWR | O_CLOEXEC) < 0)
      throw RecordError("a standard stream is closed, and /dev/null cannot stand in for it");
}

// What was asked for is the answer's purpose: one that nobody got is a failure.
int answer(const std::string& text) {
  errno = 0;
  std::cout << text << std::flush;
  if (!std::cout) throw RecordError(std::string("cannot write to the standard output: ") + ::strerror(errno));
  return 0;
}

int run(int argc, char** argv) {
  const StartSignals signals;
  fill_standard_streams();
  Options options = parse_options(argc, argv);
  switch (options.ask) {
    case Options::Ask::help: return answer(help_text());
    case Options::Ask::version: return answer("recount-record " RECOUNT_VERSION "\n");
    case Options::Ask::completion: return answer(completion_text(options.completion));
    case Options::Ask::run: break;
  }
  if (options.process != Tid{}) options.command = command_of(options.process);
  PackedLog place(options.output, options.force);
  options.output = place.plain();
  return record(options, place, signals);
}

}  // namespace
}  // namespace recount

int main(int argc, char** argv) {
  try {
    static const recount::MemoryReserve reserve;  // also for what is said at the end
    return recount::run(argc, argv);
  } catch (const recount::RecordError& error) {
    recount::say(error.what());
    return error.exit_status;
  } catch (const recount::Interrupted& end) {
    recount::say(std::string("ended by SIG") + ::sigabbrev_np(end.signal) + " before the program was started");
    recount::die_of(end.signal);
  } catch (const std::bad_alloc&) {
    recount::say("there is not enough memory; raise the limit (ulimit -v), or end other programs");
    return recount::kExitFailure;
  } catch (const std::exception& error) {
    recount::say(error.what());
    return recount::kExitFailure;
  }
}

// export: a run in the forms that other tools open.
//
//   chrome     Trace Event Format, its JSON object form: Perfetto, chrome://tracing, speedscope. A "process" is a process
//              by its upid and a "thread" a thread by its utid, since the kernel uses pids again.
//   otlp-json  OpenTelemetry Protocol 1.x, ExportTraceServiceRequest in its JSON encoding (ids are hexadecimal, 64-bit
//              numbers are strings): a span for each exec, and one for each process, until the process ends: what it
//              execs is within what it ran before.
//   otlp-logs  ExportLogsServiceRequest: a record for each line that a program wrote, with the span that wrote it.
//
// All write as they go; their memory is that of the history.
#pragma once

#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "replay/recount/history.hpp"

namespace recount {

// A stretch of a process's life in which it ran one program.
struct Stretch {
  const ProcessRecord* process = nullptr;
  const ExecRecord* exec = nullptr;  // null: the program is its parent's
  std::int64_t start_ns = 0, end_ns = 0;
  bool is_last = false;  // the process ended with it, or was not seen to end
};

struct ExportedRun {
  const LogFile& log;
  const RunRecord& run;
  const History& history;
  std::int64_t end_ns;                 // of what was not seen to end
  std::map<Upid, std::string> tests;   // the names of the processes that are tests
  std::int64_t begins_ns = 0;          // after the first of all runs that are exported
  std::uint32_t processes_before = 0;  // of the other runs
  std::uint32_t threads_before = 0;
};

// What its tests are called, by their processes.
std::map<Upid, std::string> tests_of(const LogFile& log);

// In order of the process's execs; at least one, whose parts before the first exec are its own.
std::vector<Stretch> stretches_of(const ExportedRun& run, const ProcessRecord& process);
// "cc1plus", "cc1plus (fork)": for people, as UTF-8.
std::string name_of(const ExportedRun& run, const Stretch& stretch);

// Elements of the array that the format consists of; the first of them without a comma before it.
void write_chrome(std::ostream& out, const ExportedRun& run, bool is_first);
void write_otlp(std::ostream& out, const ExportedRun& run, bool is_first);
void write_otlp_logs(std::ostream& out, const ExportedRun& run, bool is_first);

}  // namespace recount

// export: a run in the forms that other tools open.
//
//   chrome     Trace Event Format, its JSON object form: Perfetto, chrome://tracing, speedscope. A "process" is a process
//              by its upid and a "thread" a thread by its utid, since the kernel uses pids again.
//   otlp-json  OpenTelemetry Protocol 1.x, ExportTraceServiceRequest in its JSON encoding (ids are hexadecimal, 64-bit
//              numbers are strings): a span for each exec, and one for each process that ran its parent's program.
//   otlp-logs  ExportLogsServiceRequest: a record for each line that a program wrote, with the span that wrote it.
//
// All write as they go; their memory is that of the history.
#pragma once

#include <ostream>

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
  std::int64_t end_ns;  // of what was not seen to end
};

// In order of the process's execs; at least one, whose parts before the first exec are its own.
std::vector<Stretch> stretches_of(const ExportedRun& run, const ProcessRecord& process);
// "cc1plus", "cc1plus (fork)": for people, as UTF-8.
std::string name_of(const ExportedRun& run, const Stretch& stretch);

void write_chrome(std::ostream& out, const ExportedRun& run);
void write_otlp(std::ostream& out, const ExportedRun& run);
void write_otlp_logs(std::ostream& out, const ExportedRun& run);

}  // namespace recount

// Logs of runs that have a little of everything, made without a kernel.
#pragma once

#include <string>
#include <vector>

#include "tests/support/log_builder.hpp"

namespace recount::test {

// Forks, vforks, threads, a child that reports before its parent, one whose parent is late, execs,
// one of them by a thread that is not the leader, hits, late hits, the program's own int3, signals,
// deaths. The root exits with 3.
void write_eventful_log(const std::string& path);

// The root ends, what it left behind is let go.
void write_orphans_log(const std::string& path);

// The kernel knows no tracee any more although some have not reported their end.
void write_lost_log(const std::string& path);

// Execs beneath forks beneath forks, most of them without an exec of their own.
void write_family_log(const std::string& path);

// Threads whose makers tell so late that they were taken for processes, with children of their own.
void write_late_threads_log(const std::string& path);

struct SampleLog {
  const char* name;
  void (*write)(const std::string& path);
};
const std::vector<SampleLog>& sample_logs();

}  // namespace recount::test

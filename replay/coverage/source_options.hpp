// The options about sources that the coverage reports share: which files, under which names, and
// whether the marks in them count.
#pragma once

#include "replay/command/command.hpp"
#include "replay/coverage/coverage_report.hpp"

namespace recount {

void add_source_options(OptionTable& options);
SourceSelection source_selection(const ParsedOptions& options);  // throws UsageError

void warn_of_idle_globs(const LogFile& log, const SourceSelection& selection);  // on stderr

// Unless there is --no-markers: drops the lines that the sources' own marks take out.
void drop_marked_lines(CoverageReport& report, const ParsedOptions& options);

// On stderr: files of the report whose text neither the log nor the disk has; what the report says of them, nobody can look at.
void warn_of_missing(const LogFile& log, const SourceSelection& selection, const CoverageReport& report);

// On stderr: the texts that came from the disk, since no log has them.
void warn_of_disk(const SourceText& sources);

}  // namespace recount

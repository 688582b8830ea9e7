// The options about sources that the coverage reports share: which files, under which names, and
// whether the marks in them count.
#pragma once

#include "replay/command/command.hpp"
#include "replay/coverage/coverage_report.hpp"

namespace recount {

void add_source_options(OptionTable& options);
SourceSelection source_selection(const ParsedOptions& options);  // throws UsageError

// --map alone, for reports of more than one log.
void add_map_option(OptionTable& options);
PathMap map_option(const ParsedOptions& options);  // throws UsageError

// On stderr: globs, and rules of --map, that fit no file of the log.
void warn_of_idle_globs(const LogFile& log, const SourceSelection& selection);
void warn_of_idle_maps(const LogFile& log, const ParsedOptions& options);

// Drops the lines that --exclude-line and --exclude-function take out and, unless there is --no-markers, those that the sources'
// own marks do.
void drop_excluded_lines(CoverageReport& report, const ParsedOptions& options);

// On stderr: files that had several texts, and the runs whose lines are left out for that.
void warn_of_texts(const LogFile& log, const SourceSelection& selection, const CoverageReport& report);

// On stderr: files of the report whose text neither the log nor the disk has; what the report says of them, nobody can look at.
void warn_of_missing(const LogFile& log, const SourceSelection& selection, const CoverageReport& report);

// On stderr: the texts that came from the disk, since no log has them.
void warn_of_disk(const SourceText& sources);

}  // namespace recount

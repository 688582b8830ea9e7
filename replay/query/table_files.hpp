// The views of logs as files of rows, for engines that hold many runs: one file for each view and run.
//
//   DIR/process/date=2026-11-28/repo=parser/0b5f5c0e-....jsonl
//
// Each row is a JSON object: `date` (UTC, of the run's start), `repository`, `branch` and `commit` (of the run's tags; null without
// one), and then the columns of the view, run_uuid first. One that is called like one of these has the view's name before its own:
// branch_branch. The same log gives the same rows under the same names, so that loading it
// twice changes nothing where rows replace equal ones. A view without rows has an empty file.
//
// A file appears whole or not at all. Throws FileError and UsageError.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "replay/log/log_file.hpp"
#include "replay/query/view_text.hpp"

namespace recount {

// What a row has before the columns of its view.
inline constexpr std::array<std::string_view, 4> kRunColumns{"date", "repository", "branch", "commit"};

// What a column of a view is called in its table.
std::string table_column(const std::string& view, const std::string& column);

// What a run's tags call it; "" where they do not. The repository by its tag, else by the last part of its address; the job by
// the pipeline's task, else by the pipeline.
std::string tag_of(const RunRecord& run, const char* key);
std::string repository_of(const RunRecord& run);
std::string job_of(const RunRecord& run);

// The promised views that `names` has, a list with commas; all of them for "all".
std::vector<const ViewText*> views_named(const std::string& names);

void write_table_files(const LogFile& log, const std::vector<const ViewText*>& views, const std::string& folder,
                       bool gzip);  // .jsonl.gz

}  // namespace recount

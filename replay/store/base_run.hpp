// The run of a store that a log is compared with.
//
//   const BaseRun base = base_run(store, log.run(), BaseRun::With::lines);
//   for (const auto& [path, file] : files_of(store, base)) ...
//
// It is the newest good run of the log's repository, branch and job, as far as the log's tags name them, and never the log's own. If the
// branch has none, it is that of the branch that it is to be merged into (the tag vcs.ref.base.name), or else of main or
// master. Throws FileError where there is none.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "replay/command/command.hpp"
#include "replay/store/store.hpp"

namespace recount {

struct BaseRun {
  enum class With { lines, anything };
  std::string id, uuid, log, started, repository, branch, commit;  // "": it isn't known
  std::string asked_branch;  // what narrowed the runs to it: "" if the log does not name its branch
};

BaseRun base_run(const Store& store, const RunRecord& run, BaseRun::With with);
// What narrows a question to the runs that count: ?1 is the question's own, ?2 the log's run, then its repository, a branch, and its job.
std::vector<std::string> narrowed_to(const RunRecord& run, const std::string& branch, const std::string& first);

std::string text_of(const BaseRun& run);  // "the run of 2026-11-28 10:00:00, main, commit 4f2a..."
Json json_of(const BaseRun& run);

std::map<std::string, RunDigest::File> files_of(const Store& store, const BaseRun& run);  // by stored_path()

}  // namespace recount

#include "replay/store/base_run.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "replay/query/table_files.hpp"
#include "replay/store/store_text.hpp"

namespace recount {
namespace {

std::string cell_of(const Rows& rows, std::size_t column) { return std::string(rows.bytes(column)); }

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

std::string in_place(const std::string& repository, const std::string& branch, const std::string& job) {
  std::string text;
  if (!repository.empty()) text += " of repository " + repository;
  if (!branch.empty()) text += (text.empty() ? " of branch " : ", branch ") + branch;
  if (!job.empty()) text += (text.empty() ? " of job " : ", job ") + job;
  return text;
}

// The log's own, and the one that it is to be merged into: a branch's first run is compared with that.
std::vector<std::string> branches_of(const RunRecord& run) {
  const std::string own = tag_of(run, "vcs.ref.head.name"), base = tag_of(run, "vcs.ref.base.name");
  std::vector<std::string> branches{own};
  if (own.empty()) return branches;
  if (base.empty())
    branches.insert(branches.end(), {"main", "master"});
  else
    branches.push_back(base);
  branches.erase(std::remove(branches.begin() + 1, branches.end(), own), branches.end());
  return branches;
}

}  // namespace

std::vector<std::string> narrowed_to(const RunRecord& run, const std::string& branch, const std::string& first) {
  return {first, run.uuid, repository_of(run), branch, job_of(run)};
}

BaseRun base_run(const Store& store, const RunRecord& run, BaseRun::With with) {
  const std::string lines = with == BaseRun::With::lines ? " with lines" : "";
  const std::vector<std::string> branches = branches_of(run);
  for (const std::string& branch : branches) {
    Rows rows = store.ask(store_question("base-run"), narrowed_to(run, branch, lines));
    if (rows.next())
      return {cell_of(rows, 0), cell_of(rows, 1), cell_of(rows, 2), cell_of(rows, 3),
              cell_of(rows, 4), cell_of(rows, 5), cell_of(rows, 6), branch};
  }
  std::string others;
  for (std::size_t i = 1; i < branches.size(); ++i) others += ", nor one of branch " + branches[i];
  throw FileError(store.path(), "has no other good run" + in_place(repository_of(run), branches.front(), job_of(run)) +
                                    lines + others + "; add one, or compare with the log of another");
}

std::string text_of(const BaseRun& run) {
  std::string text = "the run of " + run.started;
  if (!run.branch.empty()) text += ", " + run.branch;
  if (!run.commit.empty()) text += ", commit " + run.commit.substr(0, 12);
  return text + ", " + run.log;
}

Json json_of(const BaseRun& run) {
  return {{"run_uuid", run.uuid},          {"log", run.log},
          {"started", run.started},        {"repository", or_null(run.repository)},
          {"branch", or_null(run.branch)}, {"commit", or_null(run.commit)}};
}

std::map<std::string, RunDigest::File> files_of(const Store& store, const BaseRun& run) {
  std::map<std::string, RunDigest::File> files;
  Rows rows = store.ask(store_question("files-of-run"), {run.id});
  while (rows.next())
    files[cell_of(rows, 0)] = {rows.integer(1), rows.integer(2), cell_of(rows, 3), unpacked_lines(rows.bytes(4)),
                               unpacked_lines(rows.bytes(5))};
  return files;
}

}  // namespace recount

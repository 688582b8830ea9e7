// What a git work tree has checked out: gitrepository-layout(5), read from its files; and, by `git status`, whether tracked
// files differ from that.
//
// Nothing is written: no index is refreshed, no lock taken (--no-optional-locks). Nothing is fetched: no transport is allowed, and no
// program that the repository configures is asked (core.fsmonitor). git is given a second; what it has not said by then,
// or can't say because it is not installed or distrusts the folder's owner, is unknown.
#pragma once

#include <optional>
#include <string>

namespace recount {

struct GitState {
  std::string revision;       // empty: unknown, or nothing is committed yet
  std::string branch;         // empty: none is checked out
  std::optional<bool> dirty;  // tracked files were changed
};

GitState git_state(const std::string& folder);  // of the work tree around it

}  // namespace recount

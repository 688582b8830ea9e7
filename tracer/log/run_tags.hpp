// What a run is called elsewhere, as tags: keys and values.
//
//   git        the work tree of the sources:  vcs.ref.head.revision, vcs.ref.head.name, recount.vcs.dirty (true, false)
//   machine    user.name, user.id, recount.host.cpus (those that the run may use: sched_getaffinity(2))
//   CI         what GitHub Actions, GitLab CI, Jenkins, Buildkite, CircleCI, Azure Pipelines and Bitbucket Pipelines say in
//              the environment
//   traceparent  of the environment: W3C Trace Context, as OpenTelemetry hands it to processes in TRACEPARENT
//
// Keys are those of OpenTelemetry's semantic conventions where they have one (registry groups vcs, cicd, user). What is not known
// has no tag. A URL loses the user and the password in it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "tracer/log/git_state.hpp"

namespace recount {

using Tags = std::map<std::string, std::string>;
using Variables = std::function<std::optional<std::string>(const std::string& name)>;

std::optional<std::string> environment_variable(const std::string& name);

Tags ci_tags(const Variables& variable);

// Of all, what the work tree has checked out goes before what the CI says of it.
Tags run_tags(const std::string& source_root, const Variables& variable);

}  // namespace recount

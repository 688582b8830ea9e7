#include "tracer/log/run_tags.hpp"

#include <pwd.h>
#include <sched.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "tracer/base/secret.hpp"

namespace recount {
namespace {

// A tag and what it is made of: $NAME or ${NAME} stands for a variable; where one is missing or empty, there is no tag. Of several
// lines for a key the first that has all counts.
struct Rule {
  const char* key;
  const char* text;
};

struct Service {
  const char* sign;  // the variable that only this one sets
  std::vector<Rule> rules;
};

// Names from the services' own lists of predefined variables.
const std::vector<Service> kServices{
    {"GITHUB_ACTIONS",
     {{"cicd.pipeline.name", "$GITHUB_WORKFLOW"},
      {"cicd.pipeline.run.id", "$GITHUB_RUN_ID"},
      {"cicd.pipeline.run.url.full", "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"},
      {"cicd.pipeline.task.name", "$GITHUB_JOB"},
      {"cicd.worker.name", "$RUNNER_NAME"},
      {"vcs.ref.head.revision", "$GITHUB_SHA"},
      {"vcs.ref.head.name", "$GITHUB_HEAD_REF"},
      {"vcs.ref.head.name", "$GITHUB_REF_NAME"},
      {"vcs.ref.base.name", "$GITHUB_BASE_REF"},
      {"vcs.repository.url.full", "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY"},
      {"recount.cicd.attempt", "$GITHUB_RUN_ATTEMPT"}}},
    {"GITLAB_CI",
     {{"cicd.pipeline.name", "$CI_PIPELINE_NAME"},
      {"cicd.pipeline.run.id", "$CI_PIPELINE_ID"},
      {"cicd.pipeline.run.url.full", "$CI_PIPELINE_URL"},
      {"cicd.pipeline.task.name", "$CI_JOB_NAME"},
      {"cicd.pipeline.task.run.id", "$CI_JOB_ID"},
      {"cicd.pipeline.task.run.url.full", "$CI_JOB_URL"},
      {"cicd.worker.id", "$CI_RUNNER_ID"},
      {"cicd.worker.name", "$CI_RUNNER_DESCRIPTION"},
      {"vcs.ref.head.revision", "$CI_COMMIT_SHA"},
      {"vcs.ref.head.name", "$CI_COMMIT_REF_NAME"},
      {"vcs.ref.base.name", "$CI_MERGE_REQUEST_TARGET_BRANCH_NAME"},
      {"vcs.change.id", "$CI_MERGE_REQUEST_IID"},
      {"vcs.repository.url.full", "$CI_PROJECT_URL"}}},
    {"JENKINS_URL",
     {{"cicd.pipeline.name", "$JOB_NAME"},
      {"cicd.pipeline.run.id", "$BUILD_ID"},
      {"cicd.pipeline.run.url.full", "$BUILD_URL"},
      {"cicd.pipeline.task.name", "$STAGE_NAME"},
      {"cicd.worker.name", "$NODE_NAME"},
      {"vcs.ref.head.revision", "$GIT_COMMIT"},
      {"vcs.ref.head.name", "$CHANGE_BRANCH"},
      {"vcs.ref.head.name", "$BRANCH_NAME"},
      {"vcs.ref.head.name", "$GIT_BRANCH"},
      {"vcs.ref.base.name", "$CHANGE_TARGET"},
      {"vcs.change.id", "$CHANGE_ID"},
      {"vcs.repository.url.full", "$GIT_URL"}}},
    {"BUILDKITE",
     {{"cicd.pipeline.name", "$BUILDKITE_PIPELINE_SLUG"},
      {"cicd.pipeline.run.id", "$BUILDKITE_BUILD_ID"},
      {"cicd.pipeline.run.url.full", "$BUILDKITE_BUILD_URL"},
      {"cicd.pipeline.task.name", "$BUILDKITE_LABEL"},
      {"cicd.pipeline.task.run.id", "$BUILDKITE_JOB_ID"},
      {"cicd.pipeline.task.run.url.full", "$BUILDKITE_BUILD_URL#$BUILDKITE_JOB_ID"},
      {"cicd.worker.id", "$BUILDKITE_AGENT_ID"},
      {"cicd.worker.name", "$BUILDKITE_AGENT_NAME"},
      {"vcs.ref.head.revision", "$BUILDKITE_COMMIT"},
      {"vcs.ref.head.name", "$BUILDKITE_BRANCH"},
      {"vcs.ref.base.name", "$BUILDKITE_PULL_REQUEST_BASE_BRANCH"},
      {"vcs.repository.url.full", "$BUILDKITE_REPO"}}},
    {"CIRCLECI",
     {{"cicd.pipeline.run.id", "$CIRCLE_WORKFLOW_ID"},
      {"cicd.pipeline.task.name", "$CIRCLE_JOB"},
      {"cicd.pipeline.task.run.id", "$CIRCLE_WORKFLOW_JOB_ID"},
      {"cicd.pipeline.task.run.url.full", "$CIRCLE_BUILD_URL"},
      {"vcs.ref.head.revision", "$CIRCLE_SHA1"},
      {"vcs.ref.head.name", "$CIRCLE_BRANCH"},
      {"vcs.ref.head.name", "$CIRCLE_TAG"},
      {"vcs.repository.url.full", "$CIRCLE_REPOSITORY_URL"}}},
    {"TF_BUILD",
     {{"cicd.pipeline.name", "$BUILD_DEFINITIONNAME"},
      {"cicd.pipeline.run.id", "$BUILD_BUILDID"},
      {"cicd.pipeline.run.url.full",
       "${SYSTEM_TEAMFOUNDATIONCOLLECTIONURI}$SYSTEM_TEAMPROJECT/_build/results?buildId=$BUILD_BUILDID"},
      {"cicd.pipeline.task.name", "$SYSTEM_JOBDISPLAYNAME"},
      {"cicd.pipeline.task.run.id", "$SYSTEM_JOBID"},
      {"cicd.worker.name", "$AGENT_NAME"},
      {"vcs.ref.head.revision", "$BUILD_SOURCEVERSION"},
      {"vcs.ref.head.name", "$BUILD_SOURCEBRANCHNAME"},
      {"vcs.ref.base.name", "$SYSTEM_PULLREQUEST_TARGETBRANCHNAME"},
      {"vcs.change.id", "$SYSTEM_PULLREQUEST_PULLREQUESTID"},
      {"vcs.repository.url.full", "$BUILD_REPOSITORY_URI"}}},
    {"BITBUCKET_BUILD_NUMBER",
     {{"cicd.pipeline.run.id", "$BITBUCKET_PIPELINE_UUID"},
      {"cicd.pipeline.task.run.id", "$BITBUCKET_STEP_UUID"},
      {"vcs.ref.head.revision", "$BITBUCKET_COMMIT"},
      {"vcs.ref.head.name", "$BITBUCKET_BRANCH"},
      {"vcs.ref.base.name", "$BITBUCKET_PR_DESTINATION_BRANCH"},
      {"vcs.change.id", "$BITBUCKET_PR_ID"},
      {"vcs.repository.url.full", "$BITBUCKET_GIT_HTTP_ORIGIN"}}}};

std::optional<std::string> filled(std::string_view text, const Variables& variable) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '$') {
      out += text[at++];
      continue;
    }
    const bool braced = text.substr(at + 1, 1) == "{";
    const std::size_t begin = at + (braced ? 2 : 1);
    const std::size_t end =
        std::min(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789", begin), text.size());
    const auto value = variable(std::string(text.substr(begin, end - begin)));
    if (!value || value->empty()) return std::nullopt;
    out += *value;
    at = end + (braced ? 1 : 0);
  }
  return out;
}

Tags tags_of(const Service& service, const Variables& variable) {
  Tags tags;
  for (const Rule& rule : service.rules)
    if (const auto value = filled(rule.text, variable)) tags.try_emplace(rule.key, without_user(*value));
  return tags;
}

// Without asking a directory service: getpwuid(3) may wait for a network.
std::string user_name() {
  const std::unique_ptr<FILE, int (*)(FILE*)> users(std::fopen("/etc/passwd", "re"), &std::fclose);
  while (users)
    if (const passwd* const user = ::fgetpwent(users.get()); !user)
      break;
    else if (user->pw_uid == ::geteuid())
      return user->pw_name;
  return {};
}

void add_machine(Tags& tags, const Variables& variable) {
  cpu_set_t cpus;
  if (::sched_getaffinity(0, sizeof cpus, &cpus) == 0) tags["recount.host.cpus"] = std::to_string(CPU_COUNT(&cpus));
  tags["user.id"] = std::to_string(::geteuid());
  if (const std::string name = user_name(); !name.empty()) tags["user.name"] = name;
  if (const auto parent = variable("TRACEPARENT"); parent && !parent->empty()) tags["traceparent"] = *parent;
}

void add_git(Tags& tags, const GitState& git) {
  if (!git.revision.empty()) tags["vcs.ref.head.revision"] = git.revision;
  if (!git.branch.empty()) tags["vcs.ref.head.name"] = git.branch;
  if (git.dirty) tags["recount.vcs.dirty"] = *git.dirty ? "true" : "false";
}

}  // namespace

std::optional<std::string> environment_variable(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  return value ? std::optional<std::string>(value) : std::nullopt;
}

Tags ci_tags(const Variables& variable) {
  for (const Service& service : kServices)
    if (const auto sign = variable(service.sign); sign && !sign->empty()) return tags_of(service, variable);
  return {};
}

Tags run_tags(const std::string& source_root, const Variables& variable) {
  Tags tags = ci_tags(variable);
  add_git(tags, git_state(source_root));
  add_machine(tags, variable);
  return tags;
}

}  // namespace recount

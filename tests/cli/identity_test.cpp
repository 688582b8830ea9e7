// What a run is called, where it ran, and what its programs had in their environments; and what may not be in a log.
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/consumer.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"
#include "tracer/base/secret.hpp"
#include "tracer/log/run_tags.hpp"
#include "tracer/stop/environment.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::json;

// --- secrets ---

TEST_CASE("a name tells a secret, wherever the word stands in it", "[secret]") {
  for (const char* name : {"GITHUB_TOKEN", "token", "AWS_SECRET_ACCESS_KEY", "MYSQL_PWD", "PGPASSWORD", "DB_PASS",
                           "NPM_AUTH", "GOOGLE_APPLICATION_CREDENTIALS", "SigningKey", "SENTRY_DSN",
                           "SLACK_WEBHOOK_URL", "GH_PAT", "DB_PW", "CARD_PIN", "MFA_OTP", "PG_LOGIN", "pin"})
    CHECK(is_secret_name(name));
  for (const char* name : {"PATH", "PWD", "OLDPWD", "LANG", "CFLAGS", "PYTEST_CURRENT_TEST", "GTEST_FILTER",
                           "MAKELEVEL", "LOGNAME", "SPIN", "DRAPIN"})
    CHECK_FALSE(is_secret_name(name));
}

TEST_CASE("a value tells a secret by its beginning, its place in a URL, or its looks", "[secret]") {
  // Put together here, so that nobody takes this file for a leak.
  const std::string tail = "0123456789abcdefghij";
  for (const std::string& value : std::vector<std::string>{
           "ghp_" + tail, "a glpat-" + tail + " b", "sk-" + tail, "AKIA" + std::string("IOSFODNN7EXAMPLE"),
           "https://me:" + tail + "@host/x", "postgres://u:p@db", "-----BEGIN RSA " + std::string("PRIVATE KEY-----"),
           "-Dx=" + std::string("aB3dE5gH7jK9mN1pQ3sT5vW7"), std::string("0123456789abcdef0123456789abcdef")}) {
    INFO(value);
    CHECK(looks_secret(value));
  }
  for (const char* value :
       {"", "/usr/bin:/usr/local/bin", "-O2 -g -fdebug-prefix-map=/home/builder/MyVeryLongProjectName2Release=.",
        "AllTests.ThatAreNamedLikeThisOne/WithParameter12AndMore3", "https://host/me@there", "https://git@host/x.git",
        "00000000-0000-4000", "target/debug/deps/one_test-0123456789abcdef",
        "/nix/store/0c5b8wlv2ghj7rjlxr4gq7bqhw3g9gdd-bash"}) {
    INFO(value);
    CHECK_FALSE(looks_secret(value));
  }
}

TEST_CASE("a value tells a secret by what stands before it", "[secret]") {
  for (const char* value : {"-O2 -DAPI_TOKEN=hunter22", "w -j4 -- DB_PASSWORD=hunter22", "--password=hunter22",
                            "-u me:hunter22", "--user me:hunter22", "-ume:hunter22", "--proxy-user=me:hunter22",
                            "--token hunter22", "https://hunter22@host/x", "-H 'Authorization: Bearer hunter22'",
                            "https://host/x?api_key=hunter22", "a=b=https://me:hunter22@host/?c=d"}) {
    INFO(value);
    CHECK(looks_secret(value));
    for (const std::string& word : masked({value})) CHECK(word.find("hunter22") == std::string::npos);
  }
  for (const char* value : {" -j4 --jobserver-auth=3,4 -- V=1", "-DWITH_KEYRING=ON", "ssh://me@host/x", "-u", "--token",
                            "-u root", "--gtest_filter=Token*.Auth", "-fdebug-prefix-map=/a=."}) {
    INFO(value);
    CHECK_FALSE(looks_secret(value));
  }
}

TEST_CASE("the arguments of a command keep all but their secrets", "[secret]") {
  using Words = std::vector<std::string>;
  CHECK(masked({"curl", "-u", "me:hunter22", "-o", "x", "https://host"}) ==
        Words{"curl", "-u", "me:***", "-o", "x", "https://host"});
  CHECK(masked({"sh", "-c", "PGPASSWORD=hunter22 psql; echo done"}) ==
        Words{"sh", "-c", "PGPASSWORD=*** psql; echo done"});
  CHECK(masked({"deploy", "--token", "hunter22", "--", "a b"}) == Words{"deploy", "--token", "***", "--", "a b"});
  CHECK(masked({"git", "clone", "https://me:hunter22@host/x"}) == Words{"git", "clone", "https://***@host/x"});
  CHECK(masked({"make", "-j4", "", "all"}) == Words{"make", "-j4", "", "all"});
}

TEST_CASE("a URL loses its user, anything else nothing", "[secret]") {
  CHECK(without_user("https://u:p@host/a@b") == "https://host/a@b");
  CHECK(without_user("https://u@host") == "https://host");
  CHECK(without_user("https://host/a@b") == "https://host/a@b");
  CHECK(without_user("git@host:a/b.git") == "git@host:a/b.git");
}

// --- environments ---

std::string block(const std::vector<std::string>& entries) {
  std::string text;
  for (const std::string& entry : entries) text += entry + '\0';
  return text;
}

std::string told(const std::vector<EnvChange>& changes) {
  std::string text;
  for (const EnvChange& change : changes)
    text += std::string(1, "?+~-"[static_cast<int>(change.kind)]) + change.name + "=" + change.value.value_or("NULL") +
            (change.redacted ? "!" : "") + " ";
  return text;
}

TEST_CASE("an environment is told as a difference to what its process had before", "[environment]") {
  Environments environments(EnvMode::safe);
  const std::string first = block({"PATH=/bin", "_=/bin/a", "COLOUR=red", "MY_TOKEN=x", "LANG="});
  CHECK(told(environments.began(Tid{1}, first)) == "+COLOUR=NULL +LANG= +MY_TOKEN=NULL! +PATH=/bin ");
  environments.born(Tid{1}, Tid{2});
  CHECK(told(environments.began(Tid{2}, block({"PATH=/usr/bin", "_=/bin/b", "MY_TOKEN=y", "LANG=", "LC_ALL=C"}))) ==
        "+LC_ALL=C ~MY_TOKEN=NULL! ~PATH=/usr/bin -COLOUR=NULL ");
  CHECK(told(environments.began(Tid{1}, first)) == "");
  environments.ended(Tid{1});
  CHECK(told(environments.began(Tid{1}, block({"PATH=/bin"}))) == "+PATH=/bin ");
}

TEST_CASE("each mode keeps its values, and none keeps secrets", "[environment]") {
  const std::string all = block({"A=1", "CFLAGS=-DT=ghp_0123456789abcdefghij", "PATH=/bin"});
  CHECK(told(Environments(EnvMode::all).began(Tid{1}, all)) == "+A=1 +CFLAGS=NULL! +PATH=/bin ");
  CHECK(told(Environments(EnvMode::safe).began(Tid{1}, all)) == "+A=NULL +CFLAGS=NULL! +PATH=/bin ");
}

TEST_CASE("an environment is read up to its limit, and a value, too", "[environment]") {
  Environments environments(EnvMode::all);
  const std::string long_value(Environments::kValueMax + 1, 'x');
  const auto changes = environments.began(Tid{1}, block({"no sign", "=C:=x", "A=" + long_value, "A=second",
                                                         "B=" + std::string(Environments::kBytesMax, 'y'), "C=never"}));
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].name == "A");
  CHECK(changes[0].value == std::string(Environments::kValueMax, 'x') + "...");
}

// --- tags ---

Variables variables(const std::map<std::string, std::string>& all) {
  return [all](const std::string& name) {
    const auto found = all.find(name);
    return found == all.end() ? std::nullopt : std::optional<std::string>(found->second);
  };
}

TEST_CASE("the CI's environment becomes tags, without what it does not say", "[tags]") {
  CHECK(ci_tags(variables({})).empty());
  CHECK(ci_tags(variables({{"GITHUB_ACTIONS", "true"},
                           {"GITHUB_WORKFLOW", "CI"},
                           {"GITHUB_RUN_ID", "7"},
                           {"GITHUB_SERVER_URL", "https://github.com"},
                           {"GITHUB_REPOSITORY", "a/b"},
                           {"GITHUB_SHA", "5ha"},
                           {"GITHUB_HEAD_REF", ""},
                           {"GITHUB_REF_NAME", "main"},
                           {"BUILDKITE_COMMIT", "other"}})) ==
        Tags{{"cicd.pipeline.name", "CI"},
             {"cicd.pipeline.run.id", "7"},
             {"cicd.pipeline.run.url.full", "https://github.com/a/b/actions/runs/7"},
             {"vcs.ref.head.name", "main"},
             {"vcs.ref.head.revision", "5ha"},
             {"vcs.repository.url.full", "https://github.com/a/b"}});
  CHECK(ci_tags(variables({{"TF_BUILD", "True"},
                           {"BUILD_BUILDID", "9"},
                           {"SYSTEM_TEAMFOUNDATIONCOLLECTIONURI", "https://dev.azure.com/o/"},
                           {"SYSTEM_TEAMPROJECT", "p"}})) ==
        Tags{{"cicd.pipeline.run.id", "9"},
             {"cicd.pipeline.run.url.full", "https://dev.azure.com/o/p/_build/results?buildId=9"}});
  CHECK(ci_tags(variables({{"JENKINS_URL", "x"}, {"GIT_URL", "https://u:p@h/r.git"}, {"STAGE_NAME", "Test"}})) ==
        Tags{{"cicd.pipeline.task.name", "Test"}, {"vcs.repository.url.full", "https://h/r.git"}});
}

const std::vector<std::string> kNoCi{
    "GITHUB_ACTIONS=", "GITLAB_CI=", "JENKINS_URL=", "BUILDKITE=", "CIRCLECI=", "TF_BUILD=", "BITBUCKET_BUILD_NUMBER="};

std::string recorded(const TemporaryFolder& folder, const Words& options, std::vector<std::string> environment = {},
                     const Words& program = {"true"}) {
  environment.insert(environment.begin(), kNoCi.begin(), kNoCi.end());
  const Words all = Words{"--force", "-o", "run.db"} + options + Words{"--"} + program;
  const Ending ending = run({.arguments = in_folder(folder.path(), recorder(all)), .environment = environment});
  INFO(ending.errors);
  REQUIRE(ending.status() == 0);
  CHECK_THAT(ending.errors, !ContainsSubstring("distrust"));
  return folder.file("run.db");
}

std::string tag(const std::string& log, const std::string& key) {
  const auto rows = query(log, "SELECT value FROM run_tag WHERE key = " + quoted(key));
  return rows.empty() ? "none" : rows.at(0).at(0);
}

TEST_CASE("git's commit, branch and changes are tags, and the work tree stays as it was", "[tags][git]") {
  if (!have("git")) return;
  const TemporaryFolder folder;
  const auto git = [&](const Words& arguments) {
    return consume(Words{"git", "-c", "user.name=a", "-c", "user.email=a@b"} + arguments, folder.path());
  };
  fs::create_directory(folder.path() / "sub");
  git({"init", "-q", "-b", "topic/one", "."});
  CHECK(tag(recorded(folder, {}), "vcs.ref.head.revision") == "none");
  write(folder.path() / "sub/a.txt", "1\n");
  git({"add", "sub"});
  git({"commit", "-q", "-m", "one"});
  std::string revision = git({"rev-parse", "HEAD"});
  revision.pop_back();
  write(folder.path() / "sub/a.txt", "1\n");  // the same text, a new time: git would like to note that
  const std::string index = contents_of(folder.path() / ".git/index");
  std::string log = recorded(folder, {"--source-root", "sub"});
  CHECK(tag(log, "vcs.ref.head.revision") == revision);
  CHECK(tag(log, "vcs.ref.head.name") == "topic/one");
  CHECK(tag(log, "recount.vcs.dirty") == "false");
  CHECK(contents_of(folder.path() / ".git/index") == index);

  git({"pack-refs", "--all"});
  git({"worktree", "add", "-q", "--detach", "linked"});
  write(folder.path() / "linked/sub/a.txt", "2\n");
  log = recorded(folder, {"--source-root", "linked"},
                 {"GITLAB_CI=1", "CI_COMMIT_SHA=other", "CI_COMMIT_REF_NAME=main", "GIT_DIR=/nowhere"});
  CHECK(tag(log, "vcs.ref.head.revision") == revision);
  CHECK(tag(log, "vcs.ref.head.name") == "main");
  CHECK(tag(log, "recount.vcs.dirty") == "true");
  CHECK(tag(recorded(folder, {}), "vcs.ref.head.revision") == revision);
}

TEST_CASE("where git fails or hangs, whether the tree was changed is unknown", "[tags][git]") {
  const TemporaryFolder folder;
  const std::string revision(40, 'a');
  fs::create_directories(folder.path() / ".git/refs/heads");
  write(folder.path() / ".git/HEAD", "ref: refs/heads/main\n");
  write(folder.path() / ".git/refs/heads/main", revision + "\n");
  fs::create_directory(folder.path() / "bin");
  for (const char* const script : {"#!/bin/sh\necho distrust >&2\nexit 128\n", "#!/bin/sh\nsleep 3600\n"}) {
    write(folder.path() / "bin/git", script, 0755);
    const std::string log = recorded(folder, {}, {"PATH=" + (folder.path() / "bin").string() + ":/usr/bin:/bin"});
    CHECK(tag(log, "vcs.ref.head.revision") == revision);
    CHECK(tag(log, "recount.vcs.dirty") == "none");
  }
}

TEST_CASE("--tag goes before all else, and the last of a key counts", "[tags]") {
  const TemporaryFolder folder;
  const std::string log =
      recorded(folder, {"--tag", "a=1", "--tag=a=b=c", "--tag", "user.name=somebody", "--tag", "empty="},
               {"GITLAB_CI=1", "CI_JOB_ID=5"});
  CHECK(tag(log, "a") == "b=c");
  CHECK(tag(log, "user.name") == "somebody");
  CHECK(tag(log, "user.id") == std::to_string(::geteuid()));
  CHECK(tag(log, "empty").empty());
  CHECK(tag(log, "cicd.pipeline.task.run.id") == "5");
  check_refused(folder, {"--tag", "nothing", "--", "true"}, 125, "KEY=VALUE");
  check_refused(folder, {"--tag", "=x", "--", "true"}, 125, "KEY=VALUE");
  check_refused(folder, {"--env", "some", "--", "true"}, 125, "all, safe or none");
}

TEST_CASE("tags are shown, exported, and stay with their run in a merged log", "[tags]") {
  const TemporaryFolder folder;
  const std::string trace = "0af7651916cd43dd8448eb211c80319c", span = "b7ad6b7169203331";
  const auto replay = [&](const Words& arguments) {
    const Ending ending = run({.arguments = Words{RECOUNT_REPLAY} + arguments});
    INFO(ending.errors);
    REQUIRE(ending.status() == 0);
    return ending.output;
  };
  const auto root_of = [&](const std::string& log) {
    const Json spans = Json::parse(replay({"export", "--format", "otlp-json", log}))["resourceSpans"][0];
    return spans["scopeSpans"][0]["spans"][0];
  };
  const std::string log = recorded(folder, {"--tag", "a=\x1b[31m", "--tag", "service.name=shop"},
                                   {"TRACEPARENT=00-" + trace + "-" + span + "-01"});
  CHECK(tag(log, "traceparent") == "00-" + trace + "-" + span + "-01");
  CHECK_THAT(replay({log}), ContainsSubstring("a                  \\x1b[31m\n"));
  CHECK(Json::parse(replay({log, "--format", "json"}))["run"]["tags"]["service.name"] == "shop");
  CHECK(root_of(log)["traceId"] == trace);
  CHECK(root_of(log)["parentSpanId"] == span);
  const std::string exported = replay({"export", "--format", "otlp-json", log});
  CHECK_THAT(exported, ContainsSubstring(R"({"key":"service.name","value":{"stringValue":"shop"}})"));
  CHECK(exported.find("service.name") == exported.rfind("service.name"));

  fs::rename(log, folder.path() / "first.db");
  const std::string other =
      recorded(folder, {"--tag", "b=2"}, {"TRACEPARENT=00-" + std::string(32, '0') + "-" + span + "-01"});
  CHECK_FALSE(root_of(other).contains("parentSpanId"));
  const std::string both = folder.file("both.db"), again = folder.file("again.db");
  replay({"merge", "-o", both, folder.file("first.db"), other});
  replay({"merge", "-o", again, both, other});
  for (const std::string& merged : {both, again})
    CHECK(query(merged,
                "SELECT r.rowid, t.value FROM run_tag t JOIN trace_run r ON r.run_uuid = t.run_uuid "
                "WHERE t.key IN ('b', 'service.name') ORDER BY 1") == std::vector<Row>{{"1", "shop"}, {"2", "2"}});
  CHECK(query(both, "SELECT run_uuid, name, value FROM exec_env WHERE name = 'TRACEPARENT'").size() == 2);
}

TEST_CASE("the log has what each exec changed in its environment", "[environment]") {
  const TemporaryFolder folder;
  const Words program{"/bin/sh", "-c", "unset LC_TIME; LC_ALL=C COLOUR=blue MY_KEY=k env env LC_ALL=D true"};
  const std::string changed =
      "SELECT v.name, v.change, v.value, v.redacted FROM exec_env v WHERE v.exec_id > 1 ORDER BY v.exec_id, v.name";
  const std::vector<std::string> given{"LC_TIME=C", "PUBLIC=yes", "MY_KEY="};
  CHECK(query(recorded(folder, {}, given, program), changed) == std::vector<Row>{{"COLOUR", "set", "null", "0"},
                                                                                 {"LC_ALL", "set", "C", "0"},
                                                                                 {"LC_TIME", "unset", "null", "0"},
                                                                                 {"MY_KEY", "changed", "null", "1"},
                                                                                 {"LC_ALL", "changed", "D", "0"}});
  const std::string all = recorded(folder, {"--env", "all"}, given, program);
  CHECK(value(all, "SELECT value FROM exec_env WHERE name = 'COLOUR'") == "blue");
  CHECK(value(all, "SELECT value FROM exec_env WHERE exec_id = 1 AND name = 'PUBLIC'") == "yes");
  CHECK(value(all, "SELECT COUNT(*) FROM exec_env WHERE name = 'MY_KEY' AND value IS NULL AND redacted") == "2");
  CHECK(value(recorded(folder, {"--env", "none"}, given, program), "SELECT COUNT(*) FROM exec_env") == "0");
}

}  // namespace
}  // namespace recount::test

// The recipes for CI in tools/ci: their YAML is read, and their shell steps run on a small project, one of whose tests fails.
#include <nlohmann/json.hpp>
#include <regex>

#include "tests/support/catch.hpp"
#include "tests/support/consumer.hpp"
#include "tests/support/record_cli.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::json;

Json recipe(const std::string& name) {
  return Json::parse(
      consume({"python3", "-c", "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))",
               std::string(RECOUNT_SOURCES) + "/tools/ci/" + name}));
}

// A git repository with a project in it; the last commit adds a function that no test calls.
class Project {
 public:
  Project() {
    write(path("CMakeLists.txt"),
          "cmake_minimum_required(VERSION 3.20)\nproject(p C)\nenable_testing()\nadd_executable(t t.c)\n"
          "add_test(NAME fine COMMAND t 0)\nadd_test(NAME broken COMMAND t 1)\n");
    write(path("t.c"), "#include <stdlib.h>\nint main(int n, char** v) {\n  return n > 1 ? atoi(v[1]) : 0;\n}\n");
    write(path("bin/recount-record"), "#!/bin/sh\nexec " RECOUNT_RECORD " \"$@\"\n", 0755);
    write(path("bin/recount-replay"), "#!/bin/sh\nexec " RECOUNT_REPLAY " \"$@\"\n", 0755);
    const std::string git = "git -c user.name=a -c user.email=a@b ";
    shell("git init -q . && git add CMakeLists.txt t.c && " + git +
              "commit -qm one && git update-ref refs/remotes/origin/main HEAD && "
              "printf 'int unused(void) {\\n  return 4;\\n}\\n' >>t.c && " +
              git + "commit -qam two",
          0);
  }

  std::string shell(const std::string& script, int status) const {
    const Ending ending = run({.arguments = in_folder(folder_.path(), {"bash", "-eo", "pipefail", "-c", script}),
                               .environment = {"PATH=" + path("bin") + ":/usr/local/bin:/usr/bin:/bin",
                                               "GITHUB_STEP_SUMMARY=" + path("summary.md"), "GITHUB_BASE_REF=main"}});
    INFO(script << '\n' << ending.output << ending.errors);
    REQUIRE(ending.status() == status);
    return ending.output;
  }
  std::string path(const std::string& name) const { return folder_.file(name); }

 private:
  struct Folder : TemporaryFolder {
    Folder() { fs::create_directory(file("bin")); }
  } folder_;
};

TEST_CASE("the recipe for GitHub Actions records, keeps, sums up and annotates", "[ci]") {
  if (!have_module("yaml") || !have("ctest") || !have("git")) return;
  const Project project;
  std::string annotations;
  bool keeps = false;
  const Json read = recipe("github-actions.yml");
  for (const Json& step : read["jobs"]["test"]["steps"]) {
    const std::string name = step.value("name", ""), when = step.value("if", "");
    if (step.value("uses", "").starts_with("actions/upload-artifact"))
      keeps = when == "always()" && step["with"]["path"] == "run.db";
    if (!step.contains("run") || name.starts_with("Install")) continue;
    annotations = project.shell(step["run"], name == "Test" ? 8 : 0);  // 8: a test of ctest's failed
    CHECK((name == "Build" || name == "Test" || when.starts_with("always()")));
  }
  CHECK(keeps);
  CHECK_THAT(annotations, ContainsSubstring("::warning") && ContainsSubstring("t.c"));
  const std::string summary = contents_of(project.path("summary.md"));
  CHECK_THAT(summary,
             ContainsSubstring("exit code 8") && ContainsSubstring("### 2 of ") && ContainsSubstring("### Coverage: "));
}

TEST_CASE("the recipe for GitLab CI records, keeps and reports", "[ci]") {
  if (!have_module("yaml") || !have("ctest") || !have("git") || !have("xmllint")) return;
  const Project project;
  const Json job = recipe("gitlab-ci.yml")["recorded tests"];
  const auto script = [](const Json& lines) {
    std::string text;
    for (const Json& line : lines) text += line.get<std::string>() + "\n";
    return text;
  };
  project.shell(script(job["script"]), 8);
  const std::string output = project.shell(script(job["after_script"]), 0);
  const std::string coverage = job["coverage"];
  std::smatch match;
  REQUIRE(std::regex_search(output, match, std::regex(coverage.substr(1, coverage.size() - 2))));
  CHECK(std::stod(match[1]) > 40);
  CHECK(job["artifacts"]["when"] == "always");
  for (const Json& report :
       {job["artifacts"]["reports"]["junit"], job["artifacts"]["reports"]["coverage_report"]["path"]})
    consume({"xmllint", "--nonet", "--noout", "--dropdtd", project.path(report.get<std::string>())});
  CHECK(fs::exists(project.path("run.db")));
}

}  // namespace
}  // namespace recount::test

#include "tests/support/store_team.hpp"

#include <signal.h>

#include "tests/support/catch.hpp"
#include "tests/support/log_builder.hpp"
#include "tests/support/query.hpp"
#include "tests/support/recording.hpp"

namespace recount::test {
namespace {

void write_run(const std::string& path, const RunSpec& run) {
  {
    LogBuilder log(path);
    const ImageId image = log.image("/src/any", {{0x10, "/src/lib/a.c", {3}, "f"}, {0x20, "/src/lib/a.c", {4}, "g"}},
                                    LogBuilder::Output::seen);
    log.spawned(100);
    log.exec(100, R"(["./all_tests"])", image);
    for (int i = 1; i <= run.lines_hit; ++i) log.hit(100, 0x10 * static_cast<unsigned>(i));
    bool failed = !run.failure.empty();
    for (const TestLine& test : run.tests) {
      log.wrote(100, 1, "[ RUN      ] " + test.name + "\n");
      log.wrote(
          100, 1,
          (test.passes ? "[       OK ] " : "[  FAILED  ] ") + test.name + " (" + std::to_string(test.ms) + " ms)\n");
      failed = failed || !test.passes;
    }
    if (run.failure == "SIGSEGV")
      log.killed(100, SIGSEGV);
    else
      log.exited(100, failed ? 1 : 0);
    log.echild();
    log.finish();
  }
  const std::string start = std::to_string(1'000'000'000'000'000'000 + std::int64_t{run.number} * 86'400'000'000'000);
  tamper(path, "UPDATE trace_run SET run_uuid = 'run-" + std::to_string(run.number) + "-" + run.branch +
                   "', start_unix_ns = " + start + ", source_roots = '[\"/src\"]'");
  tamper(path,
         "INSERT INTO trace_run_tag (key, value) VALUES ('vcs.repository.name', 'parser'), ('vcs.ref.head.name', '" +
             run.branch + "'), ('vcs.ref.head.revision', '" + run.commit + "'), ('cicd.pipeline.name', 'ci')");
  if (run.text.empty()) return;
  tamper(path, "INSERT INTO trace_source VALUES (" + quoted("hash of " + run.text) + ", " +
                   std::to_string(run.text.size()) + ", CAST(" + quoted(run.text) + " AS BLOB))");
  tamper(path, "INSERT INTO trace_file_source VALUES (1, 1, " + quoted("hash of " + run.text) + ", 0, NULL)");
}

}  // namespace

std::string Team::log(const RunSpec& run) const {
  const std::string path = folder.file("run-" + std::to_string(run.number) + "-" + run.branch + ".db");
  write_run(path, run);
  return path;
}

Ending Team::add(const Words& logs) const {
  Words words{"store", "add", store};
  words.insert(words.end(), logs.begin(), logs.end());
  return replay(words);
}

void Team::add(const RunSpec& run) const {
  const Ending ending = add(Words{log(run)});
  INFO(ending.errors);
  REQUIRE(ending.status() == 0);
}

nlohmann::json Team::ask(Words question) const {
  question.insert(question.begin() + 1, store);
  question.insert(question.end(), {"--format", "json"});
  const Ending ending = replay(question);
  INFO(ending.errors);
  REQUIRE(ending.status() == 0);
  return nlohmann::json::parse(ending.output);
}
}  // namespace recount::test

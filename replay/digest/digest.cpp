#include "replay/digest/digest.hpp"

#include "replay/command/command.hpp"
#include "replay/coverage/coverage_report.hpp"
#include "replay/log/text_choice.hpp"
#include "replay/query/table_files.hpp"
#include "replay/recount/failures.hpp"
#include "replay/reports/failure_story.hpp"
#include "replay/tests/test_list.hpp"

namespace recount {
namespace {

void take_run(const RunRecord& run, RunDigest& digest) {
  digest.uuid = run.uuid;
  digest.argv = run.argv;
  digest.hostname = run.hostname;
  digest.start_unix_ns = run.start_unix_ns;
  digest.duration_ns = run.duration_ns;
  digest.repository = repository_of(run);
  digest.branch = tag_of(run, "vcs.ref.head.name");
  digest.commit = tag_of(run, "vcs.ref.head.revision");
  digest.job = job_of(run);
}

void take_end(const LogFile& log, const History& history, RunDigest& digest) {
  const ProcessRecord* const root = history.root_of(log.run());
  const bool ended = root && root->end_ns;
  digest.processes = static_cast<std::int64_t>(history.processes().size());
  digest.outcome = !ended ? "unfinished" : root->ended_well() ? "passed" : "failed";
  digest.ending = ended ? ending_of(Paint(false), log, Names(log), *root) : "the log ends before the run";
}

void take_failures(const LogFile& log, const LastLines& last, const Sources& sources, RunDigest& digest) {
  Stories stories(log, last, sources);
  for (const Failure& failure : failures_of(last.history())) {
    ++digest.failed;
    const bool is_of_the_run = failure.group == Failure::Group::test || failure.group == Failure::Group::reached;
    if (is_of_the_run && failure.part != Failure::Part::passes_on) ++digest.failures[stories.of(failure).signature];
  }
}

void take_tests(const std::vector<TestRecord>& tests, RunDigest& digest) {
  for (const TestRecord& test : tests)
    digest.tests.push_back({test.test, test.runner, status_of(test), test.duration_ns, test.cpu_us(),
                            static_cast<std::int64_t>(test.processes)});
}

RunDigest::File kept_of(const FileCoverage& file, std::string text) {
  RunDigest::File digest{
      static_cast<std::int64_t>(file.lines.size()), static_cast<std::int64_t>(file.lines_hit), std::move(text), {}, {}};
  if (digest.text.empty()) return digest;
  for (const LineCoverage& line : file.lines) {
    digest.code.push_back(line.line);
    if (line.hits != 0) digest.ran.push_back(line.line);
  }
  return digest;
}

void take_coverage(const LogFile& log, const Coverage& coverage, RunDigest& digest) {
  const std::string root = source_root(log.runs());
  const TextChoice texts(log, {});
  for (const FileCoverage& file : coverage.files()) {
    RunDigest::File& kept = digest.files[stored_path(root, file.file)];
    kept = kept_of(file, texts.hash_of(file.file));
    digest.lines += kept.lines, digest.lines_hit += kept.hit;
  }
}

}  // namespace

RunDigest digest_of(const LogFile& log) {
  RunDigest digest;
  digest.log = log.path();
  take_run(log.run(), digest);
  const Sources sources(log);
  Coverage coverage(log);
  LastLines last(log, sources, &coverage);
  Recount(log).run(&last);
  take_end(log, last.history(), digest);
  take_failures(log, last, sources, digest);
  take_coverage(log, coverage, digest);
  std::vector<SaidTest> said = said_tests_of(log, last.history());
  QuerySession session(log, {}, kTestViews);
  std::vector<TestRecord> tests = tests_of(session);
  add_said_tests(std::move(said), log, tests);
  take_tests(tests, digest);
  return digest;
}

}  // namespace recount

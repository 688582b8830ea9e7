// Logs that were merged: the one that comes out answers for all of them, by its views and by the
// fold, and nothing is lost, counted twice or taken for another's.
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "replay/log/merge.hpp"
#include "replay/log/merge_tables.hpp"
#include "schema/log/log_format.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/log_builder.hpp"
#include "tests/support/sample_logs.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/views_comparison.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;

std::string bytes_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

Ending replay(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), RECOUNT_REPLAY);
  return run({.arguments = arguments});
}

// One log of each sample, each with a run_uuid of its own.
struct Samples {
  Samples() {
    for (const SampleLog& sample : sample_logs()) {
      const std::string path = folder.file(std::string(sample.name) + ".db");
      sample.write(path);
      tamper(path, "UPDATE trace_run SET run_uuid = '" + std::string(sample.name) + "'");
      paths.push_back(path);
    }
  }
  std::string file(const std::string& name) const { return folder.file(name); }

  TemporaryFolder folder;
  std::vector<std::string> paths;
};

std::vector<std::string> merge(const std::vector<std::string>& paths, const std::string& to) {
  Merger merger(to);
  for (const std::string& path : paths) merger.add(LogFile(path));
  return merger.remarks();
}

std::string total(const std::vector<std::string>& paths, const std::string& sql) {
  std::int64_t sum = 0;
  for (const std::string& path : paths) sum += std::stoll(ask(path, sql).at(0));
  return std::to_string(sum) + "|";
}

// What a view says of a run, without the ids, which are shifted.
Rows of_run(const std::string& path, const std::string& uuid, const std::string& columns, const std::string& view,
            const std::string& order) {
  return ask(path, "SELECT " + columns + " FROM " + view + " WHERE run_uuid = '" + uuid + "' ORDER BY " + order);
}

TEST_CASE("the views of a merged log and its fold say the same") {
  const Samples samples;
  const std::string all = samples.file("all.db");
  CHECK(merge(samples.paths, all).empty());
  const Folded folded(all);
  CHECK((folded.verdict.divergence ? folded.verdict.divergence->what : "") == "");
  CHECK(folded.verdict.sealed);
  CHECK(folded.verdict.runs.size() == samples.paths.size());
  check_equal(all);
}

TEST_CASE("a merged log says of each run what the run's own log says") {
  const Samples samples;
  const std::string all = samples.file("all.db");
  merge(samples.paths, all);
  const std::vector<std::array<std::string, 3>> views{
      {"run", "argv, cwd, start_unix_ns, duration_ns, status, exit_code, term_signal, events", "1"},
      {"process",
       "pid, created_by, start_ns, end_ns, exit_code, term_signal, core_dumped, user_us, path, "
       "argv",
       "upid"},
      {"process_tree", "depth, pid", "sort_key"},
      {"process_ancestor", "distance", "upid, distance"},
      {"thread", "tid, start_ns, end_ns", "utid"},
      {"exec", "time_ns, path, argv, cwd", "exec_id"},
      {"signal", "time_ns, tid, signal, signal_name, sender_pid, fatal", "seq"},
      {"output", "time_ns, fd, bytes, text, head", "seq"},
      {"image", "path, build_id, instrumented, probes, reason", "path"},
      {"hit", "time_ns, address, file, line, function", "seq, file, line"},
      {"event", "time_ns, kind, tid, status, signal, address, result, error, detail", "seq"},
      {"diagnostic", "time_ns, severity, key, message, remedy", "time_ns"}};
  for (std::size_t i = 0; i < samples.paths.size(); ++i) {
    const std::string uuid = sample_logs()[i].name;
    for (const auto& [view, columns, order] : views) {
      INFO(uuid << ", " << view);
      CHECK(of_run(all, uuid, columns, view, order) == of_run(samples.paths[i], uuid, columns, view, order));
    }
  }
}

TEST_CASE("hits are added up, processes counted over all runs, and an image of all runs is one") {
  const TemporaryFolder folder;
  for (const char* name : {"a", "b", "c"}) {
    write_eventful_log(folder.file(name));
    tamper(folder.file(name), std::string("UPDATE trace_run SET run_uuid = '") + name + "'");
  }
  const std::string all = folder.file("all");
  merge({folder.file("a"), folder.file("b"), folder.file("c")}, all);
  CHECK(ask(all,
            "SELECT file, line, probes, probes_hit, hits, processes, first_seq "
            "FROM line_coverage ORDER BY 1, 2") ==
        ask(folder.file("a"),
            "SELECT file, line, probes, probes_hit, 3 * hits, 3 * processes, first_seq "
            "FROM line_coverage ORDER BY 1, 2"));
  CHECK(ask(all, "SELECT file, function, line, hits FROM function_coverage ORDER BY 1, 2, 3") ==
        ask(folder.file("a"), "SELECT file, function, line, 3 * hits FROM function_coverage ORDER BY 1, 2, 3"));
  CHECK(ask(all, "SELECT file, lines, lines_hit, percent FROM file_coverage") ==
        ask(folder.file("a"), "SELECT file, lines, lines_hit, percent FROM file_coverage"));
  CHECK(ask(all, "SELECT DISTINCT run_uuid FROM line_coverage") == Rows{"null|"});
  CHECK(ask(all, "SELECT count(*) FROM trace_image") == ask(folder.file("a"), "SELECT count(*) FROM trace_image"));
  CHECK(ask(all, "SELECT count(*) FROM image") ==
        Rows{total({folder.file("a"), folder.file("b"), folder.file("c")}, "SELECT count(*) FROM image")});
  CHECK(ask(all,
            "SELECT count(*) FROM hit h JOIN image i ON i.image_id = h.image_id AND "
            "i.run_uuid = h.run_uuid") == ask(all, "SELECT count(*) FROM hit"));
  check_equal(all);
}

TEST_CASE("an image with the same build id but other probes stays another image") {
  const TemporaryFolder folder;
  for (const char* name : {"a", "b"}) write_family_log(folder.file(name));
  tamper(folder.file("b"),
         "UPDATE trace_run SET run_uuid = 'b'; "
         "UPDATE trace_probe_line SET line = line + 100 WHERE line = 10");
  merge({folder.file("a"), folder.file("b")}, folder.file("all"));
  CHECK(ask(folder.file("all"), "SELECT count(*) FROM trace_image") == Rows{"2|"});
  CHECK(ask(folder.file("all"),
            "SELECT line, probes FROM line_coverage WHERE line IN (10, 110) "
            "ORDER BY line") == Rows{"10|1|", "110|1|"});
  check_equal(folder.file("all"));
}

TEST_CASE("an image of which only one log says that it traces is two, for the machine asks") {
  const TemporaryFolder folder;
  for (const char* name : {"a", "b"}) write_family_log(folder.file(name));
  tamper(folder.file("a"), "ALTER TABLE trace_image DROP COLUMN traces");
  tamper(folder.file("b"), "UPDATE trace_run SET run_uuid = 'b'; UPDATE trace_image SET traces = 1");
  merge({folder.file("a"), folder.file("b")}, folder.file("all"));
  CHECK(ask(folder.file("all"), "SELECT total(traces), count(*) FROM trace_image") == Rows{"1.0|2|"});
  check_equal(folder.file("all"));
}

TEST_CASE("merging again what was merged gives the same") {
  const Samples samples;
  merge(samples.paths, samples.file("at once.db"));
  merge({samples.paths[0], samples.paths[1]}, samples.file("first.db"));
  merge({samples.paths[3], samples.paths[4]}, samples.file("last.db"));
  merge({samples.file("first.db"), samples.paths[2], samples.file("last.db")}, samples.file("again.db"));
  const std::string views[]{"run",           "process",           "thread",     "exec", "signal", "hit", "event",
                            "line_coverage", "function_coverage", "diagnostic", "image"};
  for (const std::string& view : views) {
    INFO(view);
    Rows once = ask(samples.file("at once.db"), "SELECT * FROM " + view);
    Rows again = ask(samples.file("again.db"), "SELECT * FROM " + view);
    std::sort(once.begin(), once.end());
    std::sort(again.begin(), again.end());
    CHECK(once == again);
  }
  check_equal(samples.file("again.db"));
}

TEST_CASE("a run that is there already counts once, and that is said") {
  const Samples samples;
  merge({samples.paths[0], samples.paths[1]}, samples.file("two.db"));
  const auto remarks = merge({samples.paths[1], samples.file("two.db"), samples.paths[1]}, samples.file("all.db"));
  REQUIRE(remarks.size() == 2);
  CHECK_THAT(remarks[0], ContainsSubstring("two.db") && ContainsSubstring("counts once"));
  CHECK(ask(samples.file("all.db"), "SELECT count(*) FROM run") == Rows{"2|"});
  CHECK(ask(samples.file("all.db"), "SELECT count(*) FROM event") ==
        Rows{total({samples.paths[0], samples.paths[1]}, "SELECT count(*) FROM event")});
  check_equal(samples.file("all.db"));
}

TEST_CASE("logs that were cut anywhere are merged as far as they go") {
  const Samples samples;
  const std::string cut_log = samples.paths[0];
  for (Seq last = Folded(cut_log).verdict.last_seq - 1; last < 1000; last -= 7) {
    INFO("up to event " << last);
    cut(cut_log, last);
    const std::string all = samples.file("all.db");
    const auto remarks = merge({samples.paths[1], cut_log, samples.paths[4]}, all);
    REQUIRE(remarks.size() == 1);
    CHECK_THAT(remarks[0], ContainsSubstring("after event " + std::to_string(last)));
    const Verdict verdict = Folded(all).verdict;
    CHECK((verdict.divergence ? verdict.divergence->what : "") == "");
    CHECK_FALSE(verdict.sealed);
    CHECK(verdict.runs.at(2).sealed);
    check_equal(all);
    std::filesystem::remove(all);
    if (last < 7) break;
  }
}

TEST_CASE("verify names the run of a merged log in which something was changed") {
  const Samples samples;
  tamper(samples.paths[1], "UPDATE trace_event SET value = 7 WHERE seq = 20");
  const std::string all = samples.file("all.db");
  merge({samples.paths[0], samples.paths[1], samples.paths[2]}, all);
  const Verdict alone = Folded(samples.paths[1]).verdict;
  const Verdict verdict = Folded(all).verdict;
  REQUIRE(alone.divergence);
  REQUIRE(verdict.runs.size() == 3);
  CHECK(verdict.runs[0].agrees());
  REQUIRE(verdict.runs[1].divergence);
  CHECK(verdict.runs[1].divergence->seq == alone.divergence->seq + Folded(samples.paths[0]).verdict.last_seq);
  CHECK(verdict.runs[2].agrees());
  CHECK(replay({"verify", all}).status() == 1);
}

TEST_CASE("verify says a line of each of several logs, under its own name") {
  const Samples samples;
  const std::string good = samples.paths[0], changed = samples.paths[1], broken = samples.file("broken.db");
  tamper(changed, "UPDATE trace_event SET value = 7 WHERE seq = 20");
  std::ofstream(broken) << "no log";
  const Ending two = replay({"verify", good, samples.paths[2]});
  CHECK(two.status() == 0);
  CHECK(std::count(two.output.begin(), two.output.end(), '\n') == 3);
  CHECK_THAT(two.output, Catch::Matchers::StartsWith(good + ": all ") &&
                             Catch::Matchers::EndsWith("\n2 logs: 2 agree with the machine\n"));
  CHECK(replay({"verify", good, changed}).status() == 1);
  const Ending all = replay({"verify", broken, changed, good});
  CHECK(all.status() == 2);
  CHECK_THAT(all.output, Catch::Matchers::StartsWith(broken + ": is no log"));
  CHECK_THAT(all.output, Catch::Matchers::ContainsSubstring("\n" + changed + ": ") &&
                             Catch::Matchers::ContainsSubstring("\n" + good + ": all "));
  CHECK_THAT(all.output, Catch::Matchers::EndsWith("3 logs: 1 agree with the machine, 1 differs, 1 cannot be read\n"));
  const auto json = nlohmann::json::parse(replay({"verify", "--format", "json", broken, good}).output);
  CHECK((json.at("agrees") == false && json.at("logs").size() == 2));
  CHECK((json["logs"][0].at("agrees").is_null() && json["logs"][1].at("agrees") == true &&
         json["logs"][1].at("log") == good));
}

TEST_CASE("a summary of many runs is one screen, and names those that did not end well") {
  const TemporaryFolder folder;
  std::vector<std::string> words{"summary"};
  for (int run = 0; run < 30; ++run) {
    words.push_back(folder.file(std::to_string(run) + ".db"));
    {
      LogBuilder log(words.back());
      log.spawned(100);
      log.exec(100, R"(["./suite","part)" + std::to_string(run) + "\"]");
      log.exited(100, run == 7 ? 3 : 0);
      log.echild();
      log.finish();
    }
    tamper(words.back(), "UPDATE trace_run SET run_uuid = 'run-" + std::to_string(run) +
                             "', argv = '[\"./suite\",\"part" + std::to_string(run) + "\"]'");
  }
  const std::string said = replay(words).output;
  CHECK(std::count(said.begin(), said.end(), '\n') < 24);
  CHECK_THAT(said, Catch::Matchers::StartsWith("30 runs, 1 did not end well\n  exit code 3 after "));
  CHECK_THAT(said, ContainsSubstring(": ./suite part7\n") && !ContainsSubstring("part8"));
  CHECK_THAT(said, ContainsSubstring("the logs: 30 agree with the machine and are complete\n"));
}

TEST_CASE("a row that is missing at the end of a run is missed in the merged log, too") {
  const Samples samples;
  const std::string all = samples.file("all.db");
  merge({samples.paths[0], samples.paths[1]}, all);
  const Seq last = Folded(samples.paths[0]).verdict.last_seq;
  tamper(all, "DELETE FROM trace_event WHERE seq = " + std::to_string(last));
  const Verdict verdict = Folded(all).verdict;
  REQUIRE(verdict.divergence);
  CHECK(verdict.divergence->seq == last);
}

TEST_CASE("every table of the schema has its place in a merged log") {
  const TemporaryFolder folder;
  Database database(folder.file("log"), Database::Mode::create);
  database.run(std::string(kTablesSql));
  std::vector<std::string> known;
  for (const RowsOf rows : {RowsOf::run, RowsOf::image, RowsOf::probe, RowsOf::all, RowsOf::merger})
    for (const std::string& table : tables_of(rows)) known.push_back(table + "|");
  std::sort(known.begin(), known.end());
  Rows there = ask(folder.file("log"), "SELECT name FROM sqlite_master WHERE type = 'table'");
  std::sort(there.begin(), there.end());
  CHECK(there == known);
}

TEST_CASE("merge leaves its inputs and what is there alone") {
  const Samples samples;
  const std::string all = samples.file("all.db");
  const std::string before = bytes_of(samples.paths[0]);
  std::ofstream(all) << "precious";
  const Ending refused = replay({"merge", "-o", all, samples.paths[0], samples.paths[1]});
  CHECK(refused.status() == 2);
  CHECK_THAT(refused.errors, ContainsSubstring("is there already") && ContainsSubstring("--force"));
  CHECK(bytes_of(all) == "precious");
  CHECK(replay({"merge", "--force", "-o", all, samples.paths[0], samples.paths[1]}).status() == 0);
  CHECK(ask(all, "SELECT count(*) FROM run") == Rows{"2|"});
  const Ending itself = replay({"merge", "--force", "-o", samples.paths[0], samples.paths[0], all});
  CHECK(itself.status() == 2);
  CHECK_THAT(itself.errors, ContainsSubstring("not changed"));
  CHECK(bytes_of(samples.paths[0]) == before);
  CHECK(replay({"merge", samples.paths[0]}).status() == 2);
}

TEST_CASE("merge never takes the place of what is no ordinary file, even with --force") {
  const Samples samples;
  REQUIRE(mkfifo(samples.file("fifo").c_str(), 0600) == 0);
  std::filesystem::create_directory(samples.file("folder"));
  std::filesystem::create_symlink(samples.file("fifo"), samples.file("link"));
  for (const char* const name : {"fifo", "folder", "link"}) {
    const auto before = std::filesystem::symlink_status(samples.file(name)).type();
    const Ending ending = replay({"merge", "--force", "-o", samples.file(name), samples.paths[0], samples.paths[1]});
    CHECK(ending.status() == 2);
    CHECK_THAT(ending.errors, ContainsSubstring("no ordinary file"));
    CHECK(std::filesystem::symlink_status(samples.file(name)).type() == before);
  }
}

TEST_CASE("a merge that fails leaves no file") {
  const Samples samples;
  std::ofstream(samples.file("no log")) << "text";
  const Ending ending = replay({"merge", "-o", samples.file("all.db"), samples.paths[0], samples.file("no log")});
  CHECK(ending.status() == 2);
  CHECK_THAT(ending.errors, ContainsSubstring("no log"));
  for (const auto& entry : std::filesystem::directory_iterator(samples.folder.path()))
    CHECK_THAT(entry.path().filename().string(), !Catch::Matchers::StartsWith("all.db"));
}

TEST_CASE("a timeline of a merged log is refused: its runs are shown one by one, from their own logs") {
  const Samples samples;
  const std::string all = samples.file("all.db");
  merge({samples.paths[0], samples.paths[1]}, all);
  for (const std::string format : {"chrome", "otlp-json", "otlp-logs"}) {
    const Ending ending = replay({"export", "--format", format, "-o", samples.file("out"), all});
    CHECK(ending.status() == 2);
    CHECK_THAT(ending.errors, ContainsSubstring("is a merged log, and a timeline shows its runs one by one"));
    CHECK_FALSE(std::filesystem::exists(samples.file("out")));
  }
}

TEST_CASE("a log's path may have any character") {
  const Samples samples;
  const std::string odd = samples.file("a?b#c%41 'd'\n.db");
  std::filesystem::rename(samples.paths[0], odd);
  CHECK(merge({odd, samples.paths[1]}, samples.file("all.db")).empty());
  CHECK(ask(samples.file("all.db"), "SELECT count(*) FROM run") == Rows{"2|"});
}

TEST_CASE("each command says of several logs what it says of the log that they were merged into") {
  const Samples samples;
  const std::string all = samples.file("all.db");
  merge(samples.paths, all);
  for (const std::string command : {"summary", "tree", "coverage", "events", "state", "export"})
    for (const std::string format : {"text", "json"}) {
      INFO(command << " --format " << format);
      std::vector<std::string> several{command, "--format", format};
      several.insert(several.end(), samples.paths.begin(), samples.paths.end());
      const Ending merged = replay({command, "--format", format, all});
      const Ending together = replay(several);
      CHECK(together.errors == "");
      CHECK(together.status() == merged.status());
      std::string said = together.output, names;
      for (const std::string& path : samples.paths) names += (names.empty() ? "" : " ") + path;
      for (std::size_t at; (at = said.find(names)) != std::string::npos;) said.replace(at, names.size(), all);
      CHECK(said == merged.output);
    }
}

}  // namespace
}  // namespace recount::test

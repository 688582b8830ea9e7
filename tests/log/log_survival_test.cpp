// What becomes of a log, and of the program, when things go wrong around them: the recorder is
// killed, the disk is full, the log or its folder is taken away, nothing can be written where the
// log is read.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/background.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/query.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

Words operator+(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::string program(const std::string& name) { return std::string(RECOUNT_PROGRAMS) + "/" + name + "-O0"; }

Words recorder(const std::string& log, const Words& command) {
  return Words{RECOUNT_RECORD, "-q", "-o", log, "--source-root", RECOUNT_PROGRAM_SOURCES, "--"} + command;
}

Ending replay(const std::string& command, const std::string& log) {
  return run({.arguments = {RECOUNT_REPLAY, command, log}});
}

Ending sqlite3(const std::string& log, const std::string& sql) { return run({.arguments = {"sqlite3", log, sql}}); }

std::string last_line(const std::string& text) {
  std::istringstream stream(text);
  std::string last;
  for (std::string line; std::getline(stream, line);) last = line;
  return last;
}

// --- the recorder is killed ---

// Forks, vforks, execs, threads and probes, round after round, and a word at the end of each. It
// never ends by itself, so that who is gone was killed.
constexpr int kRounds = 25;

Words busy_command() {
  const Words round{program("fork_plain"),         "", program("fork_exec"),  program("greet"),
                    program("threads_same_lines"), "", program("vfork_exec"), program("greet"),
                    program("thread_exec"),        ""};
  Words command{"sh", "-c",
                R"(while [ $# -gt 0 ]; do "$1" ${2:+"$2"} >/dev/null; echo round; shift 2; done; sleep 1000)", "sh"};
  for (int i = 0; i < kRounds; i++) {
    const auto at = static_cast<std::size_t>(i) * 2 % round.size();
    command.push_back(round[at]);
    command.push_back(round[at + 1]);
  }
  return command;
}

int rounds_of(const std::string& output) { return static_cast<int>(std::count(output.begin(), output.end(), '\n')); }

// Half of them as anybody would look, half with the analyzer first: either must be able to bring
// the file back to its last commit.
void check_opens(const std::string& log, bool sqlite_first) {
  if (!sqlite_first) REQUIRE(replay("verify", log).status() == 0);
  const Ending check = sqlite3(log, "PRAGMA integrity_check");
  INFO(check.errors);
  CHECK(check.output == "ok\n");
}

void check_cut_log(const std::string& log, bool sqlite_first) {
  check_opens(log, sqlite_first);
  CHECK(value(log, "PRAGMA integrity_check") == "ok");
  CHECK(value(log, "SELECT status FROM run") == "running");
  for (const char* command : {"verify", "summary"}) {
    const Ending ending = replay(command, log);
    INFO(command << ": " << ending.errors);
    CHECK(ending.status() == 0);
    CHECK_THAT(ending.output, ContainsSubstring("the log was cut short"));
  }
  CHECK(value(log, "SELECT count(*) = coalesce(max(seq), 0) FROM trace_event") == "1");
  CHECK(value(log, "SELECT count(*) >= 0 FROM line_coverage") == "1");
}

void check_nobody_is_left(Background& recording) {
  const Remains remains = recording.remains();
  CHECK(remains.running == 0);
  CHECK(remains.killed_by_trap == 0);
}

TEST_CASE("a program that kills its tracer ends with it, and the log stays", "[survival][kill]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  Background recording({.arguments = recorder(log, {program("kills_tracer")})});
  const Ending ending = recording.wait();
  CHECK(ending.output == "my tracer is my parent\n");
  CHECK(ending.signal == SIGKILL);
  check_nobody_is_left(recording);
  check_cut_log(log, false);
}

TEST_CASE("a log survives its recorder, killed at any of 50 moments", "[survival][kill]") {
  constexpr int kMoments = 50;
  int with_events = 0;
  for (int moment = 0; moment < kMoments; moment++) {
    const TemporaryFolder folder;
    const std::string log = folder.file("run.db");
    INFO("moment " << moment << ", log " << log);
    Background recording({.arguments = recorder(log, busy_command())});
    REQUIRE(comes_true([&] { return fs::exists(log); }));
    REQUIRE(comes_true([&] { return rounds_of(recording.output()) >= moment * kRounds / 55; }));
    nap(std::chrono::microseconds{moment * 397 % 11'000});
    recording.send(SIGKILL);
    recording.wait();
    check_nobody_is_left(recording);
    REQUIRE(fs::exists(log));
    check_cut_log(log, moment % 2 == 0);
    if (value(log, "SELECT count(*) > 0 FROM event") == "1") with_events++;
  }
  CHECK(with_events >= kMoments / 4);
}

TEST_CASE("a recorder killed as it begins leaves a whole log or none", "[survival][kill]") {
  for (int moment = 0; moment < 20; moment++) {
    const TemporaryFolder folder;
    const std::string log = folder.file("run.db");
    INFO("moment " << moment << ", log " << log);
    Background recording({.arguments = recorder(log, busy_command())});
    nap(std::chrono::milliseconds{moment});
    recording.send(SIGKILL);
    recording.wait();
    check_nobody_is_left(recording);
    if (fs::exists(log)) check_cut_log(log, moment % 2 == 0);
  }
}

// --- the disk is full ---

// How a command is run in a mount namespace of its own; empty: it can't be had here.
Words own_mounts() {
  for (const Words& unshare : {Words{"unshare", "-m"}, Words{"unshare", "-Urm"}}) {
    const Words trial = unshare + Words{"mount", "-t", "tmpfs", "tmpfs", "/mnt"};
    if (run({.arguments = trial}).status() == 0) return unshare;
  }
  WARN("not checked: no file system can be mounted here");
  return {};
}

const std::string kManyEvents = R"(i=0; while [ $i -lt 12 ]; do "$0"; i=$((i+1)); done; echo done >&2; exit 5)";

// Records on a disk of that size, and saves what is on it at the end.
Ending record_on_disk(const Words& unshare, const std::string& size, const fs::path& disk, const fs::path& saved) {
  const std::string script = R"(size=$1 disk=$2 saved=$3; shift 3
    mount -t tmpfs -o size="$size" tmpfs "$disk" || exit 99
    "$@"; status=$?
    cp "$disk"/* "$saved"; exit $status)";
  const Words command{"sh", "-c", kManyEvents, program("fork_many")};
  return run({.arguments = unshare + Words{"sh", "-c", script, "sh", size, disk, saved} +
                           recorder((disk / "run.db").string(), command)});
}

void check_full_disk(const Words& unshare, const std::string& size, const Ending& untraced) {
  const TemporaryFolder folder;
  const fs::path disk = folder.path() / "disk";
  const fs::path saved = folder.path() / "saved";
  fs::create_directory(disk);
  fs::create_directory(saved);
  const Ending traced = record_on_disk(unshare, size, disk, saved);
  INFO(traced.errors);
  CHECK(traced.output == untraced.output);
  CHECK(traced.status() == untraced.status());
  CHECK(traced.left_running == 0);
  CHECK_THAT(traced.errors, StartsWith(untraced.errors));
  CHECK_THAT(last_line(traced.errors), StartsWith("recount-record: ") && ContainsSubstring("incomplete") &&
                                           ContainsSubstring("full") && ContainsSubstring("run.db"));
  const std::string log = (saved / "run.db").string();
  const Ending verify = replay("verify", log);
  INFO(verify.output << verify.errors);
  CHECK(verify.status() == 0);
  CHECK_THAT(verify.output, ContainsSubstring("cut short"));
  CHECK_THAT(replay("summary", log).output, ContainsSubstring("cut short"));
  CHECK(value(log, "PRAGMA integrity_check") == "ok");
  CHECK(value(log, "SELECT status FROM run") != "complete");
}

TEST_CASE("a full disk cuts the log and leaves the program alone", "[survival][disk]") {
  const Words unshare = own_mounts();
  if (unshare.empty()) return;
  const Ending untraced = run({.arguments = {"sh", "-c", kManyEvents, program("fork_many")}});
  REQUIRE(untraced.status() == 5);
  for (const char* size : {"300k", "400k", "500k", "700k", "1000k"}) {  // an empty log takes 230k
    DYNAMIC_SECTION(size) { check_full_disk(unshare, size, untraced); }
  }
}

TEST_CASE("a disk without room for a log is said before anything runs", "[survival][disk]") {
  const Words unshare = own_mounts();
  if (unshare.empty()) return;
  const TemporaryFolder folder;
  const fs::path disk = folder.path() / "disk";
  const fs::path saved = folder.path() / "saved";
  fs::create_directory(disk);
  fs::create_directory(saved);
  const Ending ending = record_on_disk(unshare, "40k", disk, saved);
  CHECK(ending.status() == 125);
  CHECK(ending.output.empty());
  CHECK_THAT(ending.errors, StartsWith("recount-record: ") && ContainsSubstring("run.db") &&
                                ContainsSubstring("full") && !ContainsSubstring(".new-"));
  CHECK(fs::is_empty(saved));
}

// --- the log is taken away ---

// Enough events for several commits on either side of the deed, and pauses for those by time.
std::string script_with(const std::string& deed) {
  const std::string many = R"(i=0; while [ $i -lt 60 ]; do /bin/true; i=$((i+1)); done; )";
  return many + "sleep 0.3; " + deed + "; sleep 0.3; " + many + R"("$0"; echo done; exit 6)";
}

void check_taken_away(const std::string& deed) {
  const TemporaryFolder folder;
  fs::create_directory(folder.path() / "logs");
  const std::string log = folder.file("logs/run.db");
  const std::string script = "cd '" + folder.path().string() + "'; " + script_with(deed);
  const Ending ending = run({.arguments = recorder(log, {"sh", "-c", script, program("fork_plain")})});
  const Ending untraced = run({.arguments = {program("fork_plain")}});
  INFO(ending.errors);
  CHECK(ending.output == untraced.output + "done\n");
  CHECK(ending.status() == 6);
  CHECK(ending.left_running == 0);
  CHECK_THAT(last_line(ending.errors),
             StartsWith("recount-record: ") && ContainsSubstring("incomplete") && ContainsSubstring("run.db"));
}

TEST_CASE("a log that is taken away while it is written does not disturb the program", "[survival][gone]") {
  SECTION("the file is deleted") { check_taken_away("rm logs/run.db"); }
  SECTION("the folder is deleted") { check_taken_away("rm -r logs"); }
  SECTION("another file takes its place") { check_taken_away("echo other >logs/other; mv logs/other logs/run.db"); }
}

TEST_CASE("a log whose folder is renamed meanwhile is whole in its new place", "[survival][gone]") {
  const TemporaryFolder folder;
  fs::create_directory(folder.path() / "logs");
  const std::string script = "cd '" + folder.path().string() + "'; " + script_with("mv logs elsewhere");
  const Ending ending =
      run({.arguments = recorder(folder.file("logs/run.db"), {"sh", "-c", script, program("greet")})});
  CHECK(ending.status() == 6);
  CHECK(ending.left_running == 0);
  const std::string log = folder.file("elsewhere/run.db");
  CHECK(sqlite3(log, "PRAGMA integrity_check").output == "ok\n");
  const Ending verify = replay("verify", log);
  CHECK(verify.status() == 0);
  // It is whole, or the last line says that something is wrong with it.
  const bool is_whole = verify.output.find("complete") != std::string::npos;
  CHECK((is_whole || last_line(ending.errors).find("run.db") != std::string::npos));
}

// --- nothing can be written where the log lies ---

void check_readable(const Words& with, const std::string& log) {
  for (const char* command : {"verify", "summary", "tree", "coverage", "events"}) {
    INFO(command);
    const Ending ending = run({.arguments = with + Words{RECOUNT_REPLAY, command, log}});
    INFO(ending.errors);
    CHECK(ending.status() == 0);
    CHECK(ending.errors.empty());
  }
  const Ending ending = run({.arguments = with + Words{"sqlite3", log, "SELECT status FROM run"}});
  CHECK(ending.output == "complete\n");
}

// Runs what follows it where the folder can't be written; empty: not to be had here.
Words read_only_mount(const std::string& folder) {
  const Words unshare = own_mounts();
  if (unshare.empty()) return {};
  const std::string script = R"(mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" || exit 99
    ! touch "$0/new" 2>/dev/null || exit 98
    exec "$@")";
  return unshare + Words{"sh", "-c", script, folder};
}

TEST_CASE("a finished log is one file that opens where nothing can be written", "[survival][read-only]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  REQUIRE(run({.arguments = recorder(log, {program("fork_plain")})}).status() == 0);
  CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator{}) == 1);
  const bool is_root = geteuid() == 0;  // may write anywhere, but not on a read-only mount
  const Words mount = is_root ? read_only_mount(folder.path().string()) : Words{};
  if (is_root && mount.empty()) return;
  chmod(log.c_str(), 0444);
  chmod(folder.path().c_str(), 0555);
  check_readable(mount, log);
  chmod(folder.path().c_str(), 0755);
}

}  // namespace
}  // namespace recount::test

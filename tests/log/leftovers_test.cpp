// What stays beside a log, and what does not: of recorders that were told to end before they began, of those that were killed, and
// of those that live.
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "tests/support/background.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;

Ending record_quietly(const std::string& log, const Words& options = {}) {
  return record(options + Words{"-q", "-o", log, "--no-coverage", "--", "sh", "-c", "exit 5"});
}

class Locked {  // as a recorder that lives has a lock on what is its own
 public:
  explicit Locked(const std::string& path) : file_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    struct flock lock {};
    lock.l_type = F_RDLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = 0x40000000 + 4096;
    lock.l_len = 1;
    REQUIRE(fcntl(file_, F_OFD_SETLK, &lock) == 0);
  }
  ~Locked() { close(file_); }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

 private:
  int file_;
};

TEST_CASE("drafts of recorders that were killed go, those of living ones stay", "[leftovers]") {
  const TemporaryFolder folder;
  for (const char* name : {"run.db.new-17", "run.db.new-17-journal", "run.db.new-18-journal", "run.db.new-19",
                           "run.db.replaced-20-journal", "run.db.new-x", "other.db.new-17", "run.db.new-17.txt"})
    write(folder.file(name), "draft\n");
  const Locked living(folder.file("run.db.new-19"));
  CHECK(record_quietly(folder.file("run.db")).status() == 5);
  std::string left;
  for (const auto& [path, text] : all_files(folder.path())) left += fs::path(path).filename().string() + " ";
  CHECK(left == "other.db.new-17 run.db run.db.new-17.txt run.db.new-19 run.db.new-x ");
}

TEST_CASE("what a killed recorder had put aside comes back, with its journal", "[leftovers]") {
  const TemporaryFolder folder;
  write(folder.file("run.db.replaced-17"), "the log before\n");
  write(folder.file("run.db.replaced-17-journal"), "its journal\n");
  const Ending ending = record_quietly(folder.file("run.db"));
  CHECK(ending.status() == 125);
  CHECK_THAT(ending.errors, ContainsSubstring("exists already"));
  CHECK(contents_of(folder.file("run.db")) == "the log before\n");
  CHECK(contents_of(folder.file("run.db-journal")) == "its journal\n");
  CHECK(all_files(folder.path()).size() == 2);
  CHECK(record_quietly(folder.file("run.db"), {"--force"}).status() == 5);
  CHECK(all_files(folder.path()).size() == 1);
}

TEST_CASE("what a living recorder has put aside is its own", "[leftovers]") {
  const TemporaryFolder folder;
  write(folder.file("run.db.replaced-17"), "the log before\n");
  const Locked living(folder.file("run.db.replaced-17"));
  CHECK(record_quietly(folder.file("run.db")).status() == 5);
  CHECK(contents_of(folder.file("run.db.replaced-17")) == "the log before\n");
}

TEST_CASE("an older log that was put aside does not replace a newer one", "[leftovers]") {
  const TemporaryFolder folder;
  REQUIRE(record_quietly(folder.file("run.db")).status() == 5);
  const std::string newer = contents_of(folder.file("run.db"));
  write(folder.file("run.db.replaced-17"), "the log before\n");
  CHECK(record_quietly(folder.file("run.db")).status() == 125);
  CHECK(contents_of(folder.file("run.db")) == newer);
  CHECK(record({"--force", "-q", "-o", folder.file("run.db"), "--", folder.file("missing")}).status() == 127);
  CHECK(contents_of(folder.file("run.db.replaced-17")) == "the log before\n");
  CHECK(record_quietly(folder.file("run.db"), {"--force"}).status() == 5);
  CHECK(all_files(folder.path()).size() == 1);
}

#ifdef RECOUNT_FAULTS
// Just before each call that changes a file, up to the first that the program's own rows cause.
TEST_CASE("a signal before the program is started leaves everything as it was", "[leftovers][signal]") {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) {
    int ended = 0;
    for (int point = 1; point <= 16; ++point) {
      const TemporaryFolder folder;
      write(folder.file("run.db"), "the log before\n");
      write(folder.file("run.db-journal"), "its journal\n");
      const auto before = all_files(folder.path());
      const Ending ending =
          run({.arguments = recorder({"--force", "-o", folder.file("run.db"), "--no-coverage", "--", "sh", "-c",
                                      "trap '' TERM INT HUP QUIT; echo out; exit 3"}),
               .environment = {"LD_PRELOAD=" RECOUNT_FAULTS, "RECOUNT_FAULT_FOLDER=" + folder.path().string(),
                               "RECOUNT_FAULT=signal" + std::to_string(signal) + ":" + std::to_string(point)}});
      INFO("signal " << signal << ", point " << point << ": " << ending.errors);
      if (ending.signal == 0) {
        CHECK((ending.status() == 3 || ending.status() == 128 + signal));
        continue;
      }
      ++ended;
      CHECK(ending.signal == signal);
      CHECK(ending.output.empty());
      CHECK_THAT(ending.errors, ContainsSubstring("before the program was started"));
      CHECK(all_files(folder.path()) == before);
    }
    CHECK(ended >= 4);
  }
}

TEST_CASE("a signal that was ignored when the recorder was started stays ignored", "[leftovers][signal]") {
  const TemporaryFolder folder;
  const Ending ending = run({.arguments = Words{"sh", "-c", R"(trap '' HUP; exec "$@")", "sh"} +
                                          recorder({"-q", "-o", folder.file("run.db"), "--", "sh", "-c", "exit 3"}),
                             .environment = {"LD_PRELOAD=" RECOUNT_FAULTS, "RECOUNT_FAULT=signal1:2",
                                             "RECOUNT_FAULT_FOLDER=" + folder.path().string()}});
  CHECK(ending.status() == 3);
}
#endif

}  // namespace
}  // namespace recount::test

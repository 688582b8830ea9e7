// Logs in packed files: written by recount-record -o run.db.zst, and read as they are.
#include <fcntl.h>
#include <unistd.h>

#include "schema/log/packed_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/record_cli.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/sample_logs.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;

// Packs or unpacks `from` into a new file.
template <typename Move>
std::string moved(const std::string& from, const std::string& to, Move move) {
  const int fd = ::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  std::string trouble;
  try {
    move(from, fd);
  } catch (const PackedFileError& error) {
    trouble = error.what();
  }
  ::close(fd);
  return trouble;
}

std::string packed(const std::string& from, const std::string& to) {
  return moved(from, to, [&](const std::string& path, int fd) { pack(path, *packing_of_name(to), fd); });
}

std::string unpacked(const std::string& from, const std::string& to, std::uint64_t most = 1 << 30) {
  return moved(from, to, [&](const std::string& path, int fd) { unpack(path, *packing_of_name(from), fd, most); });
}

struct PackedSample {
  explicit PackedSample(const std::string& ending) : path(folder.file("run.db" + ending)) {
    write_eventful_log(plain);
    REQUIRE(packed(plain, path).empty());
  }
  TemporaryFolder folder;
  std::string plain = folder.file("run.db"), path;
};

TEST_CASE("what was packed comes out again, whatever its size", "[packed]") {
  const std::string ending = GENERATE(".gz", ".zst");
  const std::size_t size = GENERATE(0, 1, 262'144, 262'145, 3'000'000);
  const TemporaryFolder folder;
  std::string bytes;
  for (std::size_t i = 0; bytes.size() < size; ++i) bytes += static_cast<char>(i * i >> 3);
  write(folder.path() / "a", bytes);
  CHECK(packed(folder.file("a"), folder.file("a" + ending)).empty());
  CHECK(unpacked(folder.file("a" + ending), folder.file("b")).empty());
  CHECK(contents_of(folder.path() / "b") == bytes);
  write(folder.path() / ("two" + ending),
        contents_of(folder.path() / ("a" + ending)) + contents_of(folder.path() / ("a" + ending)));
  CHECK(unpacked(folder.file("two" + ending), folder.file("b")).empty());
  CHECK(contents_of(folder.path() / "b") == bytes + bytes);
}

TEST_CASE("each command reads a packed log as it is", "[packed]") {
  const PackedSample sample(GENERATE(".gz", ".zst"));
  for (const Words& words :
       std::vector<Words>{{"summary"}, {"tree"}, {"coverage"}, {"events"}, {"failures"}, {"tests"}}) {
    INFO(words.front());
    CHECK(replay(words + Words{sample.path}).output == replay(words + Words{sample.plain}).output);
  }
  CHECK(replay({"verify", sample.path}).status() == 0);
  CHECK(replay({"query", sample.path, "SELECT * FROM process"}).output ==
        replay({"query", sample.plain, "SELECT * FROM process"}).output);
  CHECK(replay({"diff", sample.path, sample.plain}).status() == 0);
}

TEST_CASE("a merged log is made of packed ones, and is packed", "[packed]") {
  const PackedSample sample(".zst");
  tamper(sample.plain, "UPDATE trace_run SET run_uuid = 'another'");
  const std::string all = sample.folder.file("all.db.gz");
  CHECK(replay({"merge", "-o", all, sample.path, sample.plain}).status() == 0);
  CHECK(packing_of_bytes(contents_of(all)) == Packing::gzip);
  CHECK_THAT(replay({"verify", all}).output, ContainsSubstring("run 2 of 2"));
}

TEST_CASE("nothing is left of a log that was unpacked", "[packed]") {
  const PackedSample sample(".gz");
  const TemporaryFolder temporary;
  CHECK(
      run({.arguments = {RECOUNT_REPLAY, "tree", sample.path}, .environment = {"TMPDIR=" + temporary.path().string()}})
          .status() == 0);
  CHECK(fs::is_empty(temporary.path()));
}

TEST_CASE("a packed log that was cut short or damaged is named", "[packed]") {
  const PackedSample sample(GENERATE(".gz", ".zst"));
  const std::string bytes = contents_of(sample.path);
  for (std::size_t size = 4; size < bytes.size(); size += bytes.size() / 9) {
    INFO(size);
    write(sample.path, bytes.substr(0, size));
    const Ending ending = replay({"tree", sample.path});
    CHECK(ending.status() == 2);
    CHECK_THAT(ending.errors, ContainsSubstring(sample.path) && ContainsSubstring("was cut short"));
  }
  std::string broken = bytes;
  for (std::size_t i = 20; i < 400; ++i) broken[i] = static_cast<char>(~broken[i]);
  write(sample.path, broken);
  CHECK(replay({"tree", sample.path}).status() == 2);
}

TEST_CASE("a packed file that unpacks to more than any log is refused", "[packed]") {
  const std::string ending = GENERATE(".gz", ".zst");
  const TemporaryFolder folder;
  write(folder.path() / "zeros", std::string(8 << 20, '\0'));
  REQUIRE(packed(folder.file("zeros"), folder.file("zeros" + ending)).empty());
  CHECK_THAT(unpacked(folder.file("zeros" + ending), folder.file("b"), 1 << 20),
             ContainsSubstring("far more than a log"));
  CHECK(fs::file_size(folder.path() / "b") <= 1 << 20);
  CHECK(unpacked(folder.file("zeros" + ending), folder.file("b"), 8 << 20).empty());
  CHECK(unpacked_bytes_max(1000) < 512 << 20);
}

TEST_CASE("a recorder that is asked to packs the log when it is whole", "[packed]") {
  const std::string ending = GENERATE(".gz", ".zst");
  const TemporaryFolder folder;
  const Ending recorded = record_in(folder, {"-o", "run.db" + ending, "--", "true"});
  CHECK(recorded.status() == 0);
  CHECK_THAT(recorded.errors, ContainsSubstring("the log is run.db" + ending));
  CHECK(all_files(folder.path()).size() == 1);
  CHECK(packing_of_bytes(contents_of(folder.path() / ("run.db" + ending))) == packing_of_name(ending));
  CHECK(replay({"verify", folder.file("run.db" + ending)}).status() == 0);
}

TEST_CASE("a packed log replaces another one only if it may", "[packed]") {
  const TemporaryFolder folder;
  write(folder.path() / "run.db.zst", "precious");
  check_refused(folder, {"-o", "run.db.zst", "--", "true"}, 125, "run.db.zst");
  CHECK(record_in(folder, {"--force", "-o", "run.db.zst", "--", "true"}).status() == 0);
  CHECK(replay({"verify", folder.file("run.db.zst")}).status() == 0);
  fs::remove(folder.path() / "run.db.zst");
  write(folder.path() / "run.db", "precious");
  check_refused(folder, {"-o", "run.db.zst", "--", "true"}, 125, "run.db");
}

TEST_CASE("a recorder that is killed leaves the log that is not packed yet", "[packed]") {
  const TemporaryFolder folder;
  const std::string script = "recorder=$PPID; sleep 0.5; kill -9 $recorder";
  record_in(folder, {"-o", "run.db.zst", "--", "sh", "-c", script});
  CHECK_FALSE(fs::exists(folder.path() / "run.db.zst"));
  CHECK_THAT(replay({"verify", folder.file("run.db")}).output, ContainsSubstring("cut short"));
}

}  // namespace
}  // namespace recount::test

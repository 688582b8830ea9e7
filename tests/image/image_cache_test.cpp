// What reading an image found, kept between runs: the same again, never another's, never in the way.
#include "tracer/image/image_cache.hpp"

#include <sys/stat.h>

#include <thread>

#include "tests/support/command.hpp"
#include "tests/support/image_folder.hpp"
#include "tests/support/query.hpp"
#include "tracer/image/image_codec.hpp"

namespace recount::test {
namespace {

UniqueFd open_program(const Folder& folder, const std::string& name = "program") {
  UniqueFd fd(open((folder / name).c_str(), O_RDONLY | O_CLOEXEC));
  REQUIRE(fd);
  return fd;
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  if (fs::exists(folder))
    for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  return files;
}

struct Kept {
  Folder folder;
  fs::path place = folder / "cache/recount";
  ImageCache cache{place.string(), "roots"};
  Image image = read_add(folder, "-g");
  UniqueFd fd = open_program(folder);

  Kept() { cache.keep(fd.get(), DebugInfo::anywhere, image); }
  bool has(const ImageCache& other, DebugInfo where = DebugInfo::anywhere) const {
    return other.find(fd.get(), where).has_value();
  }
};

// Reads through the cache, with a reader that counts how often it is asked.
struct CountedReading {
  explicit CountedReading(const Kept& kept)
      : reader(cached({[this](int fd, const std::string& path, DebugInfo where, const OutlineTold&) {
                         ++times;
                         return read_image(fd, path, {SourceFilter({"/"}, {}, {}), DebugFolders()}, where);
                       },
                       [](int) { return ObjectOutline(); }},
                      kept.cache, 0)) {}
  int times = 0;
  ImageHelper::Reader reader;
  Image read(int fd, const std::string& path) const { return reader.image(fd, path, DebugInfo::anywhere, {}); }
};

TEST_CASE("what is found in the cache is what was kept") {
  const Kept kept;
  const auto found = kept.cache.find(kept.fd.get(), DebugInfo::anywhere);
  REQUIRE(found);
  CHECK(packed(*found) == packed(kept.image));
  CHECK(files_in(kept.place).size() == 1);
}

TEST_CASE("another question is another image") {
  const Kept kept;
  CHECK(kept.has(kept.cache));
  CHECK_FALSE(kept.has(ImageCache(kept.place.string(), "other roots")));
  CHECK_FALSE(kept.has(kept.cache, DebugInfo::by_build_id));
  kept.folder.must_run("cp program stripped && strip stripped");
  CHECK_FALSE(kept.cache.find(open_program(kept.folder, "stripped").get(), DebugInfo::anywhere));
}

TEST_CASE("a copy of a program with a build id is found, of one without it only the file itself") {
  Kept kept;
  kept.folder.must_run("cp program copy");
  CHECK(kept.cache.find(open_program(kept.folder, "copy").get(), DebugInfo::anywhere));
  kept.folder.cc("-O0 -g -Wl,--build-id=none src/add.c -o program");
  kept.fd = open_program(kept.folder);
  kept.cache.keep(kept.fd.get(), DebugInfo::anywhere, kept.folder.read());
  CHECK(kept.has(kept.cache));
  kept.folder.must_run("cp program copy");
  CHECK_FALSE(kept.cache.find(open_program(kept.folder, "copy").get(), DebugInfo::anywhere));
}

TEST_CASE("a program that claims another's build id does not get its probes") {
  const Kept kept;
  std::string bytes = bytes_of(kept.folder / "program");
  const Image& image = kept.image;
  const std::uint64_t at = image.segments[0].offset + raw(image.probes[0].address) - raw(image.segments[0].address);
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  kept.folder.write("liar", bytes);
  CHECK_FALSE(kept.cache.find(open_program(kept.folder, "liar").get(), DebugInfo::anywhere));
}

TEST_CASE("a file that is cut or changed anywhere is not believed") {
  const Kept kept;
  const fs::path file = files_in(kept.place).front();
  const std::string whole = bytes_of(file);
  for (std::size_t i = 0; i < 200; ++i) {
    std::string bytes = whole;
    if (i % 2 == 0)
      bytes.resize(i * whole.size() / 200);
    else
      bytes[i * whole.size() / 200] = static_cast<char>(bytes[i * whole.size() / 200] ^ 0x40);
    std::ofstream(file, std::ios::binary) << bytes;
    CHECK_FALSE(kept.has(kept.cache));
  }
  std::ofstream(file, std::ios::binary) << whole;
  CHECK(kept.has(kept.cache));
}

TEST_CASE("a folder that others may write to is not used") {
  const Kept kept;
  REQUIRE(::chmod(kept.place.c_str(), 0777) == 0);
  CHECK_FALSE(kept.has(kept.cache));
  REQUIRE(::chmod(kept.place.c_str(), 0700) == 0);
  fs::rename(kept.place, kept.folder / "elsewhere");
  fs::create_directory_symlink(kept.folder / "elsewhere", kept.place);
  CHECK_FALSE(kept.has(kept.cache));
}

TEST_CASE("where nothing can be kept, nothing is") {
  const Kept kept;
  kept.folder.write("file", "no folder");
  const ImageCache nowhere((kept.folder / "file/recount").string(), "roots");
  nowhere.keep(kept.fd.get(), DebugInfo::anywhere, kept.image);
  CHECK_FALSE(kept.has(nowhere));
  const ImageCache small((kept.folder / "small").string(), "roots", 100);
  small.keep(kept.fd.get(), DebugInfo::anywhere, kept.image);
  CHECK(files_in(kept.folder / "small").empty());
}

TEST_CASE("what was not used for longest goes first when the folder is full") {
  const Kept kept;
  const std::uint64_t size = fs::file_size(files_in(kept.place).front());
  const std::string place = (kept.folder / "full/recount").string();
  const auto named = [&](int i) { return ImageCache(place, std::to_string(i), 3 * size + size / 2); };
  const auto old = fs::file_time_type::clock::now() - std::chrono::hours(1);
  for (int i = 0; i < 3; ++i) {
    named(i).keep(kept.fd.get(), DebugInfo::anywhere, kept.image);
    for (const fs::path& file : files_in(place))
      if (fs::last_write_time(file) > old + std::chrono::minutes(30))
        fs::last_write_time(file, old + std::chrono::minutes(i));
  }
  CHECK(kept.has(named(0)));  // used: now the newest
  named(3).keep(kept.fd.get(), DebugInfo::anywhere, kept.image);
  CHECK(kept.has(named(0)));
  CHECK_FALSE(kept.has(named(1)));
  CHECK(kept.has(named(2)));
  CHECK(kept.has(named(3)));
}

TEST_CASE("runs side by side share a folder") {
  const Kept kept;
  std::vector<std::thread> runs;
  std::atomic<int> wrong{0};
  for (int run = 0; run < 4; ++run)
    runs.emplace_back([&, run] {
      const ImageCache cache((kept.folder / "shared/recount").string(), std::to_string(run % 2), 20'000);
      for (int i = 0; i < 50; ++i) {
        cache.keep(kept.fd.get(), DebugInfo::anywhere, kept.image);
        const auto found = cache.find(kept.fd.get(), DebugInfo::anywhere);
        if (found && packed(*found) != packed(kept.image)) ++wrong;
      }
    });
  for (std::thread& run : runs) run.join();
  CHECK(wrong == 0);
}

TEST_CASE("an image is read once, and has the name that it is asked for by") {
  const Kept kept;
  fs::remove_all(kept.place);
  const CountedReading reading(kept);
  CHECK(reading.read(kept.fd.get(), "first").path == "first");
  const Image second = reading.read(kept.fd.get(), "second");
  CHECK(second.path == "second");
  CHECK(second.probes.size() == kept.image.probes.size());
  CHECK(reading.times == 1);
}

TEST_CASE("what was read from other files as well is read each time") {
  Kept kept;
  fs::remove_all(kept.place);
  const char* const commands[] = {"-O0 -g -gsplit-dwarf src/add.c -o program", "-O0 src/add.c -o program"};
  for (const char* const command : commands) {
    kept.folder.cc(command);
    const UniqueFd fd = open_program(kept.folder);
    const CountedReading reading(kept);
    reading.read(fd.get(), "program");
    reading.read(fd.get(), "program");
    CHECK(reading.times == 2);
  }
  kept.folder.cc("-O0 -g -Wl,--build-id=none src/add.c -o program");
  kept.folder.must_run(
      "objcopy --only-keep-debug program program.debug && objcopy --strip-debug "
      "--add-gnu-debuglink=program.debug program");
  const UniqueFd fd = open_program(kept.folder);
  const CountedReading reading(kept);
  const std::string name = (kept.folder / "program").string();
  CHECK_FALSE(reading.read(fd.get(), name).probes.empty());
  reading.read(fd.get(), name);
  CHECK(reading.times == 2);
}

TEST_CASE("a debug file with the program's build id is as good as the program") {
  Kept kept;
  fs::remove_all(kept.place);
  kept.folder.must_run(
      "objcopy --only-keep-debug program program.debug && objcopy --strip-debug "
      "--add-gnu-debuglink=program.debug program");
  const UniqueFd fd = open_program(kept.folder);
  const CountedReading reading(kept);
  const std::string name = (kept.folder / "program").string();
  CHECK_FALSE(reading.read(fd.get(), name).probes.empty());
  kept.folder.must_run("rm program.debug");
  CHECK(reading.read(fd.get(), name).probes.size() == kept.image.probes.size());
  CHECK(reading.times == 1);
}

// Large enough to be worth it: 2 ms is what recount-record asks for.
std::string many_functions() {
  std::string text = "static volatile long sum;\n";
  for (int f = 0; f < 3000; ++f) {
    text += "void f" + std::to_string(f) + "(void) {\n";
    for (int i = 0; i < 10; ++i) text += "  sum += " + std::to_string(i) + ";\n";
    text += "}\n";
  }
  return text + "int main(void) {\n  f7();\n  return 0;\n}\n";
}

TEST_CASE("a recording with a cache has the lines of one without it") {
  const Folder folder;
  folder.write("src/many.c", many_functions());
  folder.cc("-O0 -g src/many.c -o program");
  const auto record = [&](const std::string& log, std::vector<std::string> options) {
    std::vector<std::string> words{RECOUNT_RECORD, "-q", "-o", (folder / log).string(), "--source-root", folder.root()};
    words.insert(words.end(), options.begin(), options.end());
    words.push_back((folder / "program").string());
    const Ending ending = run({.arguments = words, .environment = {"XDG_CACHE_HOME=" + (folder / "home").string()}});
    REQUIRE(ending.status() == 0);
    return query((folder / log).string(), "SELECT file, line, probes, hits FROM line_coverage ORDER BY file, line");
  };
  const auto plain = record("plain.db", {"--no-cache"});
  CHECK_FALSE(fs::exists(folder / "home"));
  CHECK(plain.size() > 30'000);
  CHECK(record("first.db", {}) == plain);
  const std::size_t kept = files_in(folder / "home/recount").size();
  CHECK(kept >= 1);
  CHECK(record("second.db", {}) == plain);
  CHECK(record("lines.db", {"--probes=line"}).size() == plain.size());
  CHECK(files_in(folder / "home/recount").size() > kept);
}

}  // namespace
}  // namespace recount::test

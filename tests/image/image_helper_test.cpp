// The process that reads images, with readers that go wrong in the ways in which libelf or libdw could.

#include "tracer/image/image_helper.hpp"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <new>
#include <vector>

#include "tests/support/catch.hpp"
#include "tracer/image/image_codec.hpp"
#include "tracer/stop/waiter.hpp"

using namespace recount;

namespace {

Image sample() {
  Image image;
  image.path = "program";
  image.entry = ImageAddress{0x1040};
  image.segments = {{0x1000, 0x200, ImageAddress{0x1000}}};
  image.linking.has_interpreter = true;
  image.linking.needed = {"libc.so.6", "a library's name"};
  image.watches = {{{ImageAddress{0x1100}, WatchKind::sigaction}, {0x90, 0x55}}};
  image.files = {"/src/a.c", "/src/b.c"};
  image.functions = {{"twice(int)", "_Z5twicei", 1, 7}};
  image.probes = {{ImageAddress{0x1129}, 0x55}, {ImageAddress{0x1130}, 0xcc}};
  image.lines = {{0, 0, 4, ImageLine::kNoFunction}, {1, 1, 8, 0}};
  image.gap = "a part is missing";
  return image;
}

ImageHelper::Reader reading(std::function<Image(const std::string& path, const OutlineTold& told)> read) {
  return {[read](int, const std::string& path, DebugInfo, const OutlineTold& told) { return read(path, told); },
          [](int) {
            return ObjectOutline{sample().linking, true};
          }};
}

struct File {
  int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ~File() { ::close(fd); }
};

// Goes wrong for the first image alone: whether the next one is read shows that another process was started.
template <typename Trouble>
Image read_with(Trouble trouble, ImageHelper::Limits limits = {}) {
  ImageHelper helper(reading([trouble](const std::string& path, const OutlineTold& told) {
                       if (path == "bad") trouble(told);
                       return sample();
                     }),
                     limits);
  const File file;
  Image image = helper.read(file.fd, "bad", DebugInfo::anywhere);
  CHECK(helper.read(file.fd, "good", DebugInfo::anywhere).probes.size() == 2);
  return image;
}

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

TEST_CASE("an image comes back from the process that reads it as it was there") {
  ImageHelper helper(reading([](const std::string&, const OutlineTold&) { return sample(); }));
  const File file;
  const pid_t pid = helper.pid();
  for (int round = 0; round < 3; ++round) {
    const Image image = helper.read(file.fd, "program", DebugInfo::anywhere);
    CHECK(packed(image) == packed(sample()));
    CHECK(image.functions.at(0).linkage_name == "_Z5twicei");
    CHECK(image.linking.needed == sample().linking.needed);
    CHECK(helper.outline(file.fd).has_debug_info);
  }
  CHECK(helper.pid() == pid);
}

TEST_CASE("what reads an image may die of it") {
  const int signal = GENERATE(SIGSEGV, SIGABRT, SIGBUS);
  const Image image = read_with([signal](const OutlineTold&) {
    ::signal(signal, SIG_DFL);  // a sanitizer has a handler
    ::raise(signal);
    sigset_t all;
    sigfillset(&all);
    ::sigprocmask(SIG_UNBLOCK, &all, nullptr);
  });
  CHECK(image.path == "bad");
  CHECK(image.probes.empty());
  CHECK(image.reason == std::string("its reader died of SIG") + ::sigabbrev_np(signal));
  CHECK(image.remedy.find("damaged") != std::string::npos);
}

TEST_CASE("what was known of an image before its reader died of it is kept") {
  const Image image = read_with([](const OutlineTold& told) {
    Image outline = sample();
    outline.probes.clear();
    outline.lines.clear();
    told(outline);
    ::_exit(1);
  });
  CHECK(image.reason == "its reader gave up");
  CHECK(image.linking.has_interpreter);
  CHECK(image.entry == sample().entry);
  CHECK(image.watches.size() == 1);
}

TEST_CASE("an image that is read for ever is given up") {
  const Image image = read_with(
      [](const OutlineTold&) {
        for (volatile unsigned i = 0;;) i = i + 1;
      },
      {1, std::uint64_t{1} << 30});
  CHECK(image.reason == "reading it took more time than is given to one image");
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("an image that would take all memory is given up") {
  const Image image = read_with(
      [](const OutlineTold&) {
        std::vector<std::vector<char>> kept;
        while (true) kept.emplace_back(std::size_t{1} << 24);
      },
      {20, std::uint64_t{1} << 30});
  CHECK(image.reason == "reading its debug information takes too much memory");
}
#endif

TEST_CASE("an answer that makes no sense is not believed") {
  const auto break_it = GENERATE(
      +[](Image& image) { image.lines[1].probe = 2; }, +[](Image& image) { image.lines[0].file = 9; },
      +[](Image& image) { image.lines[1].function = 1; }, +[](Image& image) { image.functions[0].file = 2; },
      +[](Image& image) { std::swap(image.probes[0], image.probes[1]); },
      +[](Image& image) { image.watches[0].instructions.clear(); },
      +[](Image& image) { image.watches[0].watch.kind = WatchKind{77}; },
      +[](Image& image) { image.reason = "none, and probes"; });
  Image broken = sample();
  break_it(broken);
  const std::string bytes = packed(broken);
  CHECK_FALSE(unpacked_image(bytes_of(bytes)));
  ImageHelper helper(reading([broken](const std::string&, const OutlineTold&) { return broken; }));
  const File file;
  CHECK(helper.read(file.fd, "bad", DebugInfo::anywhere).reason == "its reader was led astray by it");
}

TEST_CASE("an answer that was cut anywhere is not believed") {
  const std::string whole = packed(sample());
  REQUIRE(unpacked_image(bytes_of(whole)));
  for (std::size_t size = 0; size < whole.size(); ++size) CHECK_FALSE(unpacked_image(bytes_of(whole.substr(0, size))));
  CHECK_FALSE(unpacked_image(bytes_of(whole + "x")));
}

TEST_CASE("a reader that is killed from outside is replaced, and the image read again") {
  ImageHelper helper(reading([](const std::string&, const OutlineTold&) { return sample(); }));
  const File file;
  const pid_t pid = helper.pid();
  REQUIRE(::kill(pid, SIGKILL) == 0);
  CHECK(helper.read(file.fd, "program", DebugInfo::anywhere).probes.size() == 2);
  CHECK(helper.pid() != pid);
  REQUIRE(::kill(helper.pid(), SIGKILL) == 0);
  CHECK(helper.outline(file.fd).has_debug_info);
}

TEST_CASE("the waiter does not see the process that reads images") {
  ImageHelper helper(reading([](const std::string&, const OutlineTold&) { return sample(); }));
  Waiter waiter;
  CHECK(waiter.next().kind == Report::Kind::no_tasks);  // though there is a child, and it lives
  const pid_t child = ::fork();
  if (child == 0) ::_exit(7);
  ::kill(helper.pid(), SIGKILL);
  const Report report = waiter.next();
  CHECK(report.kind == Report::Kind::task);
  CHECK(report.tid == Tid{child});
  CHECK(waiter.next().kind == Report::Kind::no_tasks);
}

TEST_CASE("signals to the process group, and the recorder's descriptors, are not for the reader") {
  const File open_file;
  ImageHelper helper(reading([](const std::string&, const OutlineTold&) {
    Image image = sample();
    for (int fd = 3; fd < 100; ++fd)
      if (::fcntl(fd, F_GETFD) >= 0) image.gap += " " + std::to_string(fd);
    return image;
  }));
  const File file;
  const pid_t pid = helper.pid();
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGQUIT}) REQUIRE(::kill(pid, signal) == 0);
  const Image image = helper.read(file.fd, "program", DebugInfo::anywhere);
  CHECK(helper.pid() == pid);
  const auto blanks = std::count(image.gap.begin(), image.gap.end(), ' ') - 3;  // of "a part is missing"
  CHECK(blanks <= 2);                                                           // the socket, and the image's file
}

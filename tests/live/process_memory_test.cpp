// The memory of a real tracee: this process's fork, stopped, whose text is this program's own. With
// /proc/PID/mem as the kernel gives it, and as a hardened one does: for reading only, or not at
// all.
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "tests/support/catch.hpp"
#include "tracer/process/process_memory.hpp"

namespace recount::test {
namespace {

constexpr std::size_t kPage = 4096, kPages = 3;
constexpr std::uint8_t kNop = 0x90, kInt3 = 0xcc;

// Three pages that can be read and run, not written, as text is; and behind them nothing.
class Tracee {
 public:
  Tracee() : text_(static_cast<std::uint8_t*>(map())) {
    std::memset(text_, kNop, kPages * kPage);
    mprotect(text_, kPages * kPage, PROT_READ | PROT_EXEC);
    munmap(text_ + kPages * kPage, kPage);
    pid_ = fork();
    if (pid_ == 0)
      for (;;) pause();
    REQUIRE(ptrace(PTRACE_SEIZE, pid_, nullptr, nullptr) == 0);
    REQUIRE(ptrace(PTRACE_INTERRUPT, pid_, nullptr, nullptr) == 0);
    REQUIRE(waitpid(pid_, nullptr, __WALL) == pid_);
  }
  ~Tracee() {
    end();
    munmap(text_, kPages * kPage);
  }
  Tracee(const Tracee&) = delete;
  Tracee& operator=(const Tracee&) = delete;

  void end() {
    if (pid_ > 0) kill(pid_, SIGKILL);
    if (pid_ > 0) waitpid(pid_, nullptr, __WALL);
    pid_ = -1;
  }

  Tid tid() const { return Tid{pid_}; }
  LoadBias bias() const { return LoadBias{reinterpret_cast<std::uint64_t>(text_)}; }
  Address at(std::size_t offset) const { return ImageAddress{offset} + bias(); }

  std::uint8_t byte(std::size_t offset) const {
    const auto word = static_cast<std::uint64_t>(ptrace(PTRACE_PEEKDATA, pid_, raw(at(offset / 8 * 8)), nullptr));
    return static_cast<std::uint8_t>(word >> offset % 8 * 8);
  }

 private:
  static void* map() {
    constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS;
    return mmap(nullptr, (kPages + 1) * kPage, PROT_READ | PROT_WRITE, kFlags, -1, 0);
  }
  std::uint8_t* text_;
  pid_t pid_ = -1;
};

// At both ends of words and pages, and two in one word.
const std::array kOffsets{0UL, 7UL, 8UL, 9UL, kPage - 1, kPage, 2 * kPage + 5, 3 * kPage - 1};

ProbeBytes probes() {
  ProbeBytes bytes;
  for (const std::size_t offset : kOffsets) {
    bytes.addresses.push_back(ImageAddress{offset});
    bytes.originals.push_back(kNop);
  }
  return bytes;
}

void check_text(const Tracee& tracee, std::uint8_t at_probes) {
  for (const std::size_t offset : kOffsets) {
    INFO("offset " << offset);
    CHECK(tracee.byte(offset) == at_probes);
  }
  for (const std::size_t offset : {1UL, 6UL, 10UL, kPage - 2, kPage + 1, 2 * kPage + 4}) {
    INFO("offset " << offset);
    CHECK(tracee.byte(offset) == kNop);
  }
}

// As proc_mem.force_override=never does it: what is not writable for the task is not written.
UniqueFd open_for_reading(Tid tid) {
  const std::string path = "/proc/" + std::to_string(raw(tid)) + "/mem";
  return UniqueFd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

UniqueFd refuse(Tid) {
  errno = EACCES;
  return UniqueFd();
}

struct Kernel {
  const char* name;
  ProcessMemory::OpenFile open;
};

TEST_CASE("probes are planted and put back, whatever the kernel makes of /proc/PID/mem", "[memory]") {
  const std::array kernels{Kernel{"as it is", open_memory_file}, Kernel{"for reading only", open_for_reading},
                           Kernel{"not at all", refuse}};
  for (const Kernel& kernel : kernels) {
    DYNAMIC_SECTION(kernel.name) {
      Tracee tracee;
      ProcessMemory memory(kernel.open);
      CHECK(memory.plant(tracee.tid(), probes(), tracee.bias()) == 0);
      check_text(tracee, kInt3);
      CHECK(memory.write_byte(tracee.tid(), tracee.at(8), kNop) == 0);
      CHECK(tracee.byte(8) == kNop);
      CHECK(tracee.byte(7) == kInt3);
      CHECK(tracee.byte(9) == kInt3);
      std::uint64_t word = 0;
      CHECK(memory.read_word(tracee.tid(), tracee.at(4), word) == 0);
      CHECK(word == 0x9090cc90cc909090U);
      CHECK(memory.unplant(tracee.tid(), probes(), tracee.bias()) == 0);
      check_text(tracee, kNop);
    }
  }
}

TEST_CASE("text that is not what the file has is left as it is", "[memory]") {
  for (const auto& open : {ProcessMemory::OpenFile(open_memory_file), ProcessMemory::OpenFile(refuse)}) {
    Tracee tracee;
    ProcessMemory memory(open);
    ProbeBytes other = probes();
    other.originals.back() = 0x55;
    CHECK(memory.plant(tracee.tid(), other, tracee.bias()) == EILSEQ);
    check_text(tracee, kNop);
  }
}

TEST_CASE("planted again, what the program wrote and what stands near it is left as it is", "[memory]") {
  for (const auto& open : {ProcessMemory::OpenFile(open_memory_file), ProcessMemory::OpenFile(refuse)}) {
    Tracee tracee;
    ProcessMemory memory(open);
    ProbeBytes written = probes();
    written.originals[2] = 0x55;  // at 8: 0, 7 and 9 are near it
    CHECK(memory.plant_again(tracee.tid(), written, tracee.bias()) == 0);
    for (const std::size_t offset : kOffsets) {
      INFO("offset " << offset);
      CHECK(tracee.byte(offset) == (offset < 10 ? kNop : kInt3));
    }
    CHECK(memory.plant_again(tracee.tid(), probes(), tracee.bias()) == 0);
    check_text(tracee, kInt3);
  }
}

TEST_CASE("where nearly all was written another file stands", "[memory]") {
  Tracee tracee;
  ProcessMemory memory;
  ProbeBytes other = probes();
  std::fill(other.originals.begin(), other.originals.end() - 2, std::uint8_t{0x55});
  CHECK(memory.plant_again(tracee.tid(), other, tracee.bias()) == EILSEQ);
  check_text(tracee, kNop);
}

TEST_CASE("a page that is not there does not keep the others from being put back", "[memory]") {
  for (const auto& open : {ProcessMemory::OpenFile(open_memory_file), ProcessMemory::OpenFile(refuse)}) {
    Tracee tracee;
    ProcessMemory memory(open);
    ProbeBytes more = probes();
    more.addresses.push_back(ImageAddress{kPages * kPage});
    more.originals.push_back(kNop);
    CHECK(memory.plant(tracee.tid(), more, tracee.bias()) == EFAULT);
    check_text(tracee, kNop);
    CHECK(memory.plant(tracee.tid(), probes(), tracee.bias()) == 0);
    CHECK(memory.unplant(tracee.tid(), more, tracee.bias()) == 0);
    check_text(tracee, kNop);
  }
}

TEST_CASE("tasks of one memory share what was opened for one of them, until the last is forgotten", "[memory]") {
  const Tracee tracee;
  constexpr Tid kThread{1}, kOther{2};  // which nobody could open
  int opened = 0;
  ProcessMemory memory([&](Tid tid) {
    opened += tid == tracee.tid() ? 1 : 0;
    return tid == tracee.tid() ? open_memory_file(tid) : refuse(tid);
  });
  memory.share(kThread, tracee.tid());
  memory.share(kOther, kThread);
  REQUIRE(memory.open(tracee.tid()) == 0);
  memory.forget(tracee.tid());
  CHECK(memory.write_byte(kThread, tracee.at(0), kInt3) == 0);
  CHECK(tracee.byte(0) == kInt3);
  char start[17] = "";
  std::snprintf(start, sizeof start, "%08lx-", raw(tracee.at(0)));
  CHECK(memory.maps(kOther).find(start) != std::string::npos);
  memory.forget(kThread);
  memory.forget(kOther);
  CHECK(memory.write_byte(kOther, tracee.at(0), kNop) != 0);
  CHECK(opened == 1);
}

TEST_CASE("a task that is gone is told from a page that is not there", "[memory]") {
  for (const auto& open : {ProcessMemory::OpenFile(open_memory_file), ProcessMemory::OpenFile(refuse)}) {
    Tracee tracee;
    ProcessMemory memory(open);
    const Tid tid = tracee.tid();
    CHECK(memory.plant(tid, probes(), LoadBias{0}) == EFAULT);
    tracee.end();
    CHECK(memory.plant(tid, probes(), tracee.bias()) == ESRCH);
  }
}

}  // namespace
}  // namespace recount::test

// Blocks against every way through the code: machine code at random, walked at random, with first-hit probes where the plan has
// them. What is told must have begun, and where execution may leave for good, all that has begun must have been told.
//
// RECOUNT_SEEDS says how many seeds (3,000), RECOUNT_FIRST_SEED where to begin (1).
#include <elf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <random>
#include <set>
#include <sstream>

#include "tests/support/catch.hpp"
#include "tests/support/seeds.hpp"
#include "tracer/base/unique_fd.hpp"
#include "tracer/image/probe_plan.hpp"

namespace recount::test {
namespace {

constexpr std::uint64_t kStart = 0x1000;
constexpr std::uint64_t kElsewhere = 0x800;  // what calls lead to

using Lines = std::set<std::uint32_t>;

enum class Kind { plain, branch, jump, call, leave };

struct Instruction {
  Kind kind = Kind::plain;
  std::size_t target = 0;  // branch, jump: an index
  std::uint32_t line = 0;  // that begins there; 0: none
  std::uint64_t address = 0;
};

std::size_t size_of(Kind kind) {
  switch (kind) {
    case Kind::branch: return 6;
    case Kind::jump:
    case Kind::call: return 5;
    case Kind::plain:
    case Kind::leave: break;
  }
  return 1;
}

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : random_(seed) {}
  std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_); }
  bool one_in(std::size_t times) { return below(times) == 0; }

 private:
  std::mt19937_64 random_;
};

// The last instruction goes nowhere else.
std::vector<Instruction> random_code(Chance& chance) {
  std::vector<Instruction> code(4 + chance.below(40));
  const std::size_t lines = 1 + chance.below(code.size());
  for (Instruction& at : code) {
    const std::size_t dice = chance.below(12);
    at.kind = dice < 6    ? Kind::plain
              : dice < 9  ? Kind::branch
              : dice < 10 ? Kind::jump
              : dice < 11 ? Kind::call
                          : Kind::leave;
    at.target = chance.below(code.size());
    if (chance.one_in(2)) at.line = static_cast<std::uint32_t>(1 + chance.below(lines));
  }
  code.back().kind = chance.one_in(2) ? Kind::leave : Kind::jump;
  std::uint64_t address = kStart;
  for (Instruction& at : code) {
    at.address = address;
    address += size_of(at.kind);
  }
  return code;
}

void append(std::string& bytes, std::initializer_list<int> opcode, std::uint64_t from_end, std::uint64_t to) {
  for (const int byte : opcode) bytes += static_cast<char>(byte);
  const auto distance = static_cast<std::int32_t>(to - from_end);
  bytes.append(reinterpret_cast<const char*>(&distance), sizeof distance);
}

std::string bytes_of(const std::vector<Instruction>& code) {
  std::string bytes;
  for (const Instruction& at : code) {
    const std::uint64_t end = at.address + size_of(at.kind);
    switch (at.kind) {
      case Kind::plain: bytes += '\x90'; break;
      case Kind::leave: bytes += '\xc3'; break;
      case Kind::branch: append(bytes, {0x0f, 0x84}, end, code[at.target].address); break;
      case Kind::jump: append(bytes, {0xe9}, end, code[at.target].address); break;
      case Kind::call: append(bytes, {0xe8}, end, kElsewhere); break;
    }
  }
  return bytes;
}

class Program {  // an ELF file in memory with that code in its one segment
 public:
  explicit Program(const std::string& bytes) : fd_(::memfd_create("program", MFD_CLOEXEC)) {
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_EXEC;
    header.e_machine = EM_X86_64;
    header.e_version = EV_CURRENT;
    header.e_phoff = sizeof header;
    header.e_ehsize = sizeof header;
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = 1;
    Elf64_Phdr segment{};
    segment.p_type = PT_LOAD;
    segment.p_flags = PF_R | PF_X;
    segment.p_offset = segment.p_vaddr = kStart;
    segment.p_filesz = segment.p_memsz = bytes.size();
    put(&header, sizeof header, 0);
    put(&segment, sizeof segment, sizeof header);
    put(bytes.data(), bytes.size(), kStart);
    elf_ = open_elf(fd_.get());
  }
  CodeBytes code() const { return {elf_.get(), fd_.get()}; }

 private:
  void put(const void* what, std::size_t size, std::uint64_t where) {
    REQUIRE(::pwrite(fd_.get(), what, size, static_cast<off_t>(where)) == static_cast<ssize_t>(size));
  }
  UniqueFd fd_;
  ElfHandle elf_;
};

struct Task {
  std::size_t at = 0;
  Lines begun, told;
  std::set<std::uint64_t> lifted;
  bool is_copy = false;  // of a parent that has lifted some: it is not stopped there
};

class Walk {
 public:
  Walk(const std::vector<Instruction>& code, const std::vector<std::size_t>& entries, Chance& chance)
      : code_(code), entries_(entries), chance_(chance) {
    const Program program(bytes_of(code));
    const CodeBytes bytes = program.code();
    ControlFlow flow(bytes);
    flow.add_range(kStart, code.back().address + size_of(code.back().kind));
    for (const std::size_t entry : entries) flow.add_entry(code[entry].address);
    flow.decode();
    flow.build(false);
    std::vector<CodeRow> rows;
    for (const Instruction& at : code)
      if (at.line != 0) rows.push_back({at.address, 0, at.line, 0});
    for (const PlannedLine& line : plan_by_block(rows, flow)) probes_[line.probe].insert(line.row.line);
  }

  std::string walk(std::size_t steps) {  // what went wrong
    Task task;
    for (std::size_t step = 0; step < steps; ++step) {
      come_to(task);
      const std::string wrong = fault_of(task);
      if (!wrong.empty())
        return wrong + " at instruction " + std::to_string(task.at) + ", step " + std::to_string(step);
      if (!go_on(task)) task = Task{entries_[chance_.below(entries_.size())], {}, {}, {}, false};
    }
    return {};
  }
  std::size_t stops() const noexcept { return stops_; }
  std::size_t probes() const noexcept { return probes_.size(); }

 private:
  void come_to(Task& task) {
    const Instruction& at = code_[task.at];
    if (at.line != 0) task.begun.insert(at.line);
    const auto probe = probes_.find(at.address);
    if (probe == probes_.end() || !task.lifted.insert(at.address).second) return;
    ++stops_;
    task.told.insert(probe->second.begin(), probe->second.end());
  }

  std::string fault_of(const Task& task) const {
    for (const std::uint32_t line : task.told)
      if (!task.begun.contains(line)) return "line " + std::to_string(line) + " is told and has not begun";
    const bool may_end = code_[task.at].kind == Kind::call || code_[task.at].kind == Kind::leave;
    if (!may_end || task.is_copy) return {};
    for (const std::uint32_t line : task.begun)
      if (!task.told.contains(line)) return "line " + std::to_string(line) + " has begun and is not told";
    return {};
  }

  bool go_on(Task& task) {
    const Instruction& at = code_[task.at];
    switch (at.kind) {
      case Kind::plain: break;
      case Kind::leave: return false;
      case Kind::jump: task.at = at.target; return true;
      case Kind::branch:
        if (!chance_.one_in(2)) break;
        task.at = at.target;
        return true;
      case Kind::call:
        after_calls_.push_back(task.at + 1);
        if (chance_.one_in(8)) return false;  // exit(3)
        if (chance_.one_in(4)) {              // fork(2), and the child goes on
          task.is_copy = true;
          task.begun.clear();
          task.told.clear();
        }
        if (!chance_.one_in(6)) break;
        task.at = after_calls_[chance_.below(after_calls_.size())];  // longjmp(3)
        return task.at < code_.size();
    }
    return ++task.at < code_.size();
  }

  const std::vector<Instruction>& code_;
  const std::vector<std::size_t>& entries_;
  Chance& chance_;
  std::map<std::uint64_t, Lines> probes_;
  std::vector<std::size_t> after_calls_;
  std::size_t stops_ = 0;
};

std::string text_of(const std::vector<Instruction>& code) {
  constexpr const char* kNames[] = {"plain", "branch", "jump", "call", "leave"};
  std::ostringstream text;
  for (std::size_t i = 0; i < code.size(); ++i)
    text << i << ": " << kNames[static_cast<std::size_t>(code[i].kind)] << ' ' << code[i].target << "  line "
         << code[i].line << '\n';
  return text.str();
}

TEST_CASE("on every way through every code, what is told has begun, and what has begun is told before it may end",
          "[schedule]") {
  const std::uint64_t first = number_from_environment("RECOUNT_FIRST_SEED", 1);
  const std::uint64_t count = number_from_environment("RECOUNT_SEEDS", 3'000);
  std::size_t rows = 0, probes = 0, stops = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    Chance chance(seed);
    const auto code = random_code(chance);
    std::vector<std::size_t> entries{0};
    if (chance.one_in(3)) entries.push_back(chance.below(code.size()));
    Walk walk(code, entries, chance);
    const std::string wrong = walk.walk(300);
    INFO("seed " << seed << '\n' << text_of(code));
    REQUIRE(wrong == "");
    rows += static_cast<std::size_t>(
        std::count_if(code.begin(), code.end(), [](const Instruction& at) { return at.line != 0; }));
    probes += walk.probes();
    stops += walk.stops();
  }
  WARN(count << " seeds from " << first << ": " << rows << " rows, " << probes << " probes, " << stops << " stops");
  CHECK(stops > 0);
  CHECK(probes < rows);  // or blocks save nothing
}

}  // namespace
}  // namespace recount::test

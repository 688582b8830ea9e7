#include "tests/support/branch_oracle.hpp"

#include <elf.h>
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace recount::test {
namespace {

constexpr int kStepsMax = 3'000'000;

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

template <typename T>
T at(const std::string& bytes, std::uint64_t offset) {
  T value{};
  if (offset + sizeof value > bytes.size()) throw std::runtime_error("the program is cut short");
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

std::uint64_t offset_of(const std::string& elf, std::uint64_t address) {
  const auto header = at<Elf64_Ehdr>(elf, 0);
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    const auto segment = at<Elf64_Phdr>(elf, header.e_phoff + i * sizeof(Elf64_Phdr));
    if (segment.p_type == PT_LOAD && address - segment.p_vaddr < segment.p_filesz)
      return segment.p_offset + (address - segment.p_vaddr);
  }
  throw std::runtime_error("an address is not in the file");
}

std::uint64_t address_of_main(const std::string& elf) {
  const auto header = at<Elf64_Ehdr>(elf, 0);
  for (unsigned i = 0; i < header.e_shnum; ++i) {
    const auto section = at<Elf64_Shdr>(elf, header.e_shoff + i * sizeof(Elf64_Shdr));
    if (section.sh_type != SHT_SYMTAB) continue;
    const auto names = at<Elf64_Shdr>(elf, header.e_shoff + section.sh_link * sizeof(Elf64_Shdr));
    for (std::uint64_t place = 0; place < section.sh_size; place += sizeof(Elf64_Sym)) {
      const auto symbol = at<Elf64_Sym>(elf, section.sh_offset + place);
      if (std::strcmp(elf.c_str() + names.sh_offset + symbol.st_name, "main") == 0) return symbol.st_value;
    }
  }
  throw std::runtime_error("the program has no symbol main");
}

class Stepper {
 public:
  Stepper(const std::vector<std::string>& command, const Jumps& jumps)
      : jumps_(jumps), elf_(bytes_of(command.at(0))), pid_(start(command)) {
    wait();
    bias_ = entry() - at<Elf64_Ehdr>(elf_, 0).e_entry;
  }

  TrueWays run() {
    go_to(address_of_main(elf_) + bias_);
    TrueWays ways;
    for (int steps = 0; steps < kStepsMax && !ended_; ++steps) step(ways);
    ways.ended = ended_;
    if (!ended_) {
      ::kill(pid_, SIGKILL);
      wait();
    }
    return ways;
  }

 private:
  static pid_t start(const std::vector<std::string>& command) {
    const pid_t pid = ::fork();
    if (pid != 0) return pid;
    const int nowhere = ::open("/dev/null", O_RDWR);
    for (const int fd : {0, 1, 2}) ::dup2(nowhere, fd);
    std::vector<char*> words;
    for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    ::execv(words[0], words.data());
    ::_exit(127);
  }

  void wait() {
    if (::waitpid(pid_, &status_, 0) != pid_) throw std::runtime_error("the program is gone");
    ended_ = WIFEXITED(status_) || WIFSIGNALED(status_);
  }

  std::uint64_t entry() const {
    const std::string auxv = bytes_of("/proc/" + std::to_string(pid_) + "/auxv");
    for (std::uint64_t place = 0; place + sizeof(Elf64_auxv_t) <= auxv.size(); place += sizeof(Elf64_auxv_t))
      if (const auto value = at<Elf64_auxv_t>(auxv, place); value.a_type == AT_ENTRY) return value.a_un.a_val;
    throw std::runtime_error("the program has no entry");
  }

  std::uint64_t pc() const {
    return static_cast<std::uint64_t>(::ptrace(PTRACE_PEEKUSER, pid_, offsetof(user, regs.rip), nullptr));
  }

  void go_to(std::uint64_t address) {
    const long word = ::ptrace(PTRACE_PEEKTEXT, pid_, address, nullptr);
    ::ptrace(PTRACE_POKETEXT, pid_, address, (word & ~0xffL) | 0xcc);
    ::ptrace(PTRACE_CONT, pid_, nullptr, nullptr);
    wait();
    if (ended_) throw std::runtime_error("main was not come to");
    ::ptrace(PTRACE_POKETEXT, pid_, address, word);
    ::ptrace(PTRACE_POKEUSER, pid_, offsetof(user, regs.rip), address);
  }

  void step(TrueWays& ways) {
    const auto jump = jumps_.find(pc() - bias_);
    const int signal = WSTOPSIG(status_) == SIGTRAP ? 0 : WSTOPSIG(status_);
    ::ptrace(PTRACE_SINGLESTEP, pid_, nullptr, signal);
    wait();
    const bool has_run = !ended_ && WSTOPSIG(status_) == SIGTRAP && signal == 0;
    if (jump == jumps_.end() || !has_run) return;
    ways.taken.emplace(jump->first, pc() - bias_ == jump->first + jump->second ? 1 : 2);
    ways.led.emplace(jump->first, pc() - bias_);
  }

  const Jumps& jumps_;
  std::string elf_;
  pid_t pid_;
  int status_ = 0;
  bool ended_ = false;
  std::uint64_t bias_ = 0;
};

}  // namespace

TrueWays ways_taken(const std::vector<std::string>& command, const Jumps& jumps) {
  return Stepper(command, jumps).run();
}

Jumps jumps_at(const std::string& program, const std::vector<std::uint64_t>& addresses) {
  const std::string elf = bytes_of(program);
  Jumps jumps;
  for (const std::uint64_t address : addresses) {
    const bool is_near = at<std::uint8_t>(elf, offset_of(elf, address)) == 0x0f;
    jumps.emplace(address, is_near ? 6 : 2);
  }
  return jumps;
}

}  // namespace recount::test

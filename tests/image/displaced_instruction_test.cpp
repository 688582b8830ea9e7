// What a watch displaces is done for a task as the processor would have done it: each instruction is also executed, here,
// and the registers are compared.
#include <sys/mman.h>

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tracer/code/displaced_instruction.hpp"

namespace recount::test {
namespace {

using Bytes = std::vector<std::uint8_t>;

// A function that loads rdi and rsi, executes the instruction, and gives rax or the flags back.
class Executed {
 public:
  explicit Executed(const Bytes& instruction, const Bytes& then) {
    Bytes code{0x31, 0xc0};  // xor eax, eax
    code.insert(code.end(), instruction.begin(), instruction.end());
    code.insert(code.end(), then.begin(), then.end());
    code.push_back(0xc3);
    page_ = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(page_ != MAP_FAILED);
    std::memcpy(page_, code.data(), code.size());
  }
  ~Executed() { ::munmap(page_, 4096); }
  Executed(const Executed&) = delete;
  Executed& operator=(const Executed&) = delete;
  std::uint64_t operator()(std::uint64_t rdi, std::uint64_t rsi) const {
    return reinterpret_cast<std::uint64_t (*)(std::uint64_t, std::uint64_t)>(page_)(rdi, rsi);
  }

 private:
  void* page_;
};

// Memory of eight words that ends at address 0x1000.
struct Words {
  std::map<std::uint64_t, std::uint64_t> words;
  TaskMemory seen() {
    return {[this](std::uint64_t at, std::span<std::uint8_t> bytes) {
              if (!words.contains(at) || bytes.size() != 8) return 5;
              std::memcpy(bytes.data(), &words[at], 8);
              return 0;
            },
            [this](std::uint64_t at, std::span<const std::uint8_t> bytes) {
              if (at >= 0x1000 || bytes.size() != 8) return 5;
              std::memcpy(&words[at], bytes.data(), 8);
              return 0;
            }};
  }
};

user_regs_struct after(const Bytes& instruction, user_regs_struct registers, Words& memory) {
  REQUIRE(can_be_done(instruction, arch::Mode::bits64));
  CHECK(do_instruction(instruction, registers, memory.seen()) == 0);
  return registers;
}

user_regs_struct registers_at(std::uint64_t pc) {
  user_regs_struct registers{};
  registers.rip = pc + 1;  // past the int3
  registers.rsp = 0xff0;
  registers.eflags = 0x202;
  return registers;
}

user_regs_struct registers_in(user_regs_struct registers, std::uint64_t pc) {
  registers.rip = pc + 1;
  return registers;
}

// Half words of it.
TaskMemory narrow(Words& memory) {
  return {[&memory](std::uint64_t at, std::span<std::uint8_t> bytes) {
            if (!memory.words.contains(at) || bytes.size() != 4) return 5;
            std::memcpy(bytes.data(), &memory.words[at], 4);
            return 0;
          },
          [](std::uint64_t, std::span<const std::uint8_t>) { return 5; }};
}

constexpr std::uint64_t kInteresting[] = {0,
                                          1,
                                          2,
                                          0x7f,
                                          0x80,
                                          0xffffffff,
                                          0x80000000,
                                          0x7fffffffffffffff,
                                          0x8000000000000000,
                                          0xffffffffffffffff,
                                          0x123456789abcdef0};

TEST_CASE("a mov or lea gives what the processor gives", "[watch]") {
  for (const Bytes& instruction : {Bytes{0x48, 0x89, 0xf8},                          // mov rax, rdi
                                   Bytes{0x89, 0xf8},                                // mov eax, edi
                                   Bytes{0x48, 0xc7, 0xc0, 0xea, 0xff, 0xff, 0xff},  // mov rax, -22
                                   Bytes{0xb8, 0xff, 0xff, 0xff, 0xff},              // mov eax, -1
                                   Bytes{0x8d, 0x47, 0xff},                          // lea eax, [rdi - 1]
                                   Bytes{0x48, 0x8d, 0x46, 0x10}}) {                 // lea rax, [rsi + 16]
    const Executed executed(instruction, {});
    for (const std::uint64_t rdi : kInteresting) {
      user_regs_struct registers = registers_at(0x100);
      registers.rdi = rdi;
      registers.rsi = ~rdi;
      Words memory;
      const auto done = after(instruction, registers, memory);
      CHECK(done.rax == executed(rdi, ~rdi));
      CHECK(done.rip == 0x100 + instruction.size());
      CHECK(done.eflags == 0x202);
    }
  }
}

TEST_CASE("the flags of a sub, cmp or test are the processor's", "[watch]") {
  const Bytes flags_to_rax{0x9c, 0x58};  // pushfq; pop rax
  constexpr std::uint64_t kArithmetic = 0x8d5;
  for (const Bytes& instruction : {Bytes{0x48, 0x83, 0xef, 0x10},                    // sub rdi, 16
                                   Bytes{0x48, 0x29, 0xf7},                          // sub rdi, rsi
                                   Bytes{0x29, 0xf7},                                // sub edi, esi
                                   Bytes{0x48, 0x81, 0xff, 0x00, 0xf0, 0xff, 0xff},  // cmp rdi, -4096
                                   Bytes{0x48, 0x39, 0xf7},                          // cmp rdi, rsi
                                   Bytes{0x48, 0x85, 0xf6},                          // test rsi, rsi
                                   Bytes{0x85, 0xff}}) {                             // test edi, edi
    const Executed flags(instruction, flags_to_rax);
    const Executed result(instruction, {0x48, 0x89, 0xf8});
    const bool has_adjust = instruction[0] != 0x85 && instruction[1] != 0x85;  // test leaves AF undefined
    const std::uint64_t looked_at = has_adjust ? kArithmetic : kArithmetic & ~std::uint64_t{0x10};
    for (const std::uint64_t rdi : kInteresting)
      for (const std::uint64_t rsi : kInteresting) {
        user_regs_struct registers = registers_at(0x100);
        registers.rdi = rdi;
        registers.rsi = rsi;
        Words memory;
        const auto done = after(instruction, registers, memory);
        CHECK((done.eflags & looked_at) == (flags(rdi, rsi) & looked_at));
        CHECK(done.rdi == result(rdi, rsi));
      }
  }
}

TEST_CASE("a ret, a push, a nop and an endbr64 move what they should", "[watch]") {
  Words memory{{{0xff0, 0x4242}}};
  auto done = after({0xc3}, registers_at(0x100), memory);
  CHECK(done.rip == 0x4242);
  CHECK(done.rsp == 0xff8);
  user_regs_struct pushing = registers_at(0x100);
  pushing.r13 = 7;
  done = after({0x41, 0x55}, pushing, memory);
  CHECK(memory.words[0xfe8] == 7);
  CHECK(done.rsp == 0xfe8);
  CHECK(done.rip == 0x102);
  CHECK(after({0xf3, 0x0f, 0x1e, 0xfa}, registers_at(0x100), memory).rip == 0x104);
  CHECK(after({0x90}, registers_at(0x100), memory).rip == 0x101);
}

TEST_CASE("memory that can not be read or written is an error, and nothing was done", "[watch]") {
  Words memory;
  user_regs_struct registers = registers_at(0x100);
  CHECK(do_instruction(Bytes{0xc3}, registers, memory.seen()) == 5);
  registers.rsp = 0x2000;
  CHECK(do_instruction(Bytes{0x55}, registers, memory.seen()) == 5);
  CHECK(registers.rsp == 0x2000);
  CHECK(registers.rip == 0x101);
}

TEST_CASE("what is locked, repeated, in vectors, or enters the kernel is left to the task", "[watch]") {
  for (const Bytes& instruction : {Bytes{0xf0, 0x48, 0xff, 0x07},  // lock inc qword [rdi]
                                   Bytes{0xf3, 0xa4},              // rep movsb
                                   Bytes{0x0f, 0x05},              // syscall
                                   Bytes{0xcc},                    // int3
                                   Bytes{0xf2, 0x0f, 0x58, 0xc1},  // addsd xmm0, xmm1
                                   Bytes{0xc5, 0xfc, 0x28, 0xc1},  // vmovaps ymm0, ymm1
                                   Bytes{0x65, 0x48, 0x8b, 0x07},  // mov rax, gs:[rdi]
                                   Bytes{0x87, 0x07},              // xchg [rdi], eax
                                   Bytes{0x8e, 0xc0},              // mov es, eax
                                   Bytes{0xe3, 0x10},              // jrcxz
                                   Bytes{0x0f}})
    CHECK_FALSE(can_be_done(instruction, arch::Mode::bits64));
}

TEST_CASE("of 32 bits the stack has words of four bytes, and addresses end at four gigabytes", "[watch]") {
  Words memory;
  memory.words[0xff0] = 0x0000000700000006;
  user_regs_struct registers = registers_at(0x100);
  registers.cs = 0x23;
  const auto done = [&](const Bytes& instruction, user_regs_struct before) {
    REQUIRE(can_be_done(instruction, arch::Mode::bits32));
    CHECK(do_instruction(instruction, before, narrow(memory)) == 0);
    return before;
  };
  CHECK(done({0xc3}, registers).rip == 6);
  CHECK(done({0xc3}, registers).rsp == 0xff4);
  CHECK(done({0xeb, 0x80}, registers_in(registers, 0x10)).rip == 0xffffff92);
  CHECK(done({0x8d, 0x44, 0x24, 0xff}, registers_in(registers, 0)).rax == 0xfef);  // lea eax, [esp - 1]
  CHECK(done({0x48}, registers).rax == 0xffffffff);                                // dec eax: no prefix
  CHECK(done({0xf3, 0x0f, 0x1e, 0xfb}, registers).rip == 0x104);                   // endbr32
  CHECK_FALSE(can_be_done(Bytes{0x65, 0xa1, 0x14, 0, 0, 0}, arch::Mode::bits32));  // mov eax, gs:0x14
  CHECK_FALSE(can_be_done(Bytes{0x64, 0xa1, 0x14, 0, 0, 0}, arch::Mode::bits32));  // mov eax, fs:0x14
  CHECK_FALSE(can_be_done(Bytes{0x66, 0xc3}, arch::Mode::bits32));                 // ret of 16 bits
  CHECK_FALSE(can_be_done(Bytes{0x60}, arch::Mode::bits32));                       // pusha
}

TEST_CASE("an instruction stays on the stack if nothing else than its pointers leads to memory", "[watch]") {
  for (const Bytes& instruction : {Bytes{0x55}, Bytes{0xc3}, Bytes{0x8b, 0x45, 0xfc}, Bytes{0x48, 0x89, 0xf8},
                                   Bytes{0x48, 0x8d, 0x04, 0x3f}, Bytes{0xe8, 0, 0, 0, 0}})
    CHECK(stays_on_stack(instruction, arch::Mode::bits64));
  for (const Bytes& instruction : {Bytes{0x48, 0x8b, 0x07}, Bytes{0x48, 0x8b, 0x05, 0, 0, 0, 0}, Bytes{0xff, 0x10}})
    CHECK_FALSE(stays_on_stack(instruction, arch::Mode::bits64));
}

}  // namespace
}  // namespace recount::test

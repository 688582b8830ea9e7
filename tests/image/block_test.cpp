// Basic blocks, and which probe tells of which lines, on functions that are assembled while the test runs.
//
// In the assembler texts, labels of one letter are where lines begin. A plan is written as the probes with what they tell of:
// "c: a b c; d: d".
#include <fcntl.h>
#include <gelf.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tracer/base/unique_fd.hpp"
#include "tracer/code/data_bytes.hpp"
#include "tracer/code/flags_in_use.hpp"
#include "tracer/code/landing_pads.hpp"
#include "tracer/elf/elf_entries.hpp"
#include "tracer/image/image_flow.hpp"
#include "tracer/image/probe_plan.hpp"

namespace recount::test {
namespace {

class Program {
 public:
  Program(const std::string& suffix, const std::string& text, const std::string& options) {
    const std::string source = folder_.file("source" + suffix);
    const std::string output = folder_.file("program");
    std::ofstream(source) << text;
    REQUIRE(std::system((RECOUNT_TEST_CXX " -shared -o '" + output + "' '" + source + "' " + options).c_str()) == 0);
    fd_ = UniqueFd(::open(output.c_str(), O_RDONLY | O_CLOEXEC));
    elf_ = open_elf(fd_.get());
    code_ = std::make_unique<CodeBytes>(elf_.get(), fd_.get());
    each_entry<GElf_Sym>(elf_.get(), SHT_SYMTAB, gelf_getsym, [this](const GElf_Sym& symbol, std::size_t strings) {
      labels_[std::string(string_at(elf_.get(), strings, symbol.st_name))] = symbol.st_value;
    });
  }

  Elf* elf() const { return elf_.get(); }
  const CodeBytes& code() const { return *code_; }
  std::uint64_t at(const std::string& label) const { return labels_.at(label); }
  const std::map<std::string, std::uint64_t>& labels() const { return labels_; }

 private:
  TemporaryFolder folder_;
  UniqueFd fd_;
  ElfHandle elf_;
  std::unique_ptr<CodeBytes> code_;
  std::map<std::string, std::uint64_t> labels_;
};

// From the label `start` to `end`; its other labels are nothing that the flow is told of.
ControlFlow flow_between(const Program& program) {
  ControlFlow flow(program.code());
  flow.add_range(program.at("start"), program.at("end"));
  flow.decode();
  const DataBytes data(program.elf());
  for (const std::uint64_t table : flow.tables(false)) flow.add_table(table, data.from(table));
  flow.build(false);
  return flow;
}

std::string plan_of(const std::string& code) {
  const Program program(".s", ".text\nstart:\n" + code + "\nend: nop\n", "-nostdlib");
  const ControlFlow flow = flow_between(program);
  std::map<std::uint64_t, char> letters;
  for (const auto& [label, address] : program.labels())
    if (label.size() == 1) letters[address] = label.front();
  std::vector<CodeRow> rows;
  for (const auto& [address, letter] : letters) rows.push_back({address, 0, static_cast<std::uint32_t>(letter), 0});
  std::string text;
  std::uint64_t last = 0;
  for (const PlannedLine& line : plan_by_block(rows, flow)) {
    if (line.probe != last) text += std::string(text.empty() ? "" : "; ") + letters.at(line.probe) + ":";
    last = line.probe;
    text += std::string(" ") + static_cast<char>(line.row.line);
  }
  return text;
}

TEST_CASE("straight code has one probe, at its last line", "[plan]") {
  CHECK(plan_of("a: nop\n b: nop\n c: ret") == "c: a b c");
}

TEST_CASE("a call may not return, so what stands before it is told of before it", "[plan]") {
  CHECK(plan_of("a: nop\n b: call *%rax\n c: nop\n d: ret") == "b: a b; d: c d");
  CHECK(plan_of("a: nop\n b: call f\n c: ret\n f: ret") == "b: a b; c: c; f: f");
  CHECK(plan_of("a: nop\n b: syscall\n c: ret") == "b: a b; c: c");
  CHECK(plan_of("a: nop\n b: int3\n c: ret") == "b: a b; c: c");
}

TEST_CASE("a line before a branch is told of on either way", "[plan]") {
  CHECK(plan_of("a: test %eax, %eax\n jz 1f\n b: nop\n jmp 2f\n 1: c: nop\n 2: d: ret") == "b: a b; c: a c; d: d");
}

TEST_CASE("a line before a branch has a probe of its own where one of the ways has none", "[plan]") {
  CHECK(plan_of("a: test %eax, %eax\n jz 1f\n b: nop\n 1: c: ret") == "b: a b; c: a c");
  CHECK(plan_of("a: test %eax, %eax\n jz 1f\n b: nop\n 1: ret") == "a: a; b: b");
}

TEST_CASE("a loop's condition is told of by its body and by what follows", "[plan]") {
  CHECK(plan_of("a: nop\n jmp 2f\n 1: b: nop\n 2: c: dec %eax\n jnz 1b\n d: ret") == "b: a b c; d: a c d");
}

TEST_CASE("a line before a loop that may not end is told of before it", "[plan]") {
  CHECK(plan_of("a: nop\n 1: jmp 1b") == "a: a");
  CHECK(plan_of("a: nop\n 1: dec %eax\n jnz 1b\n b: ret") == "a: a; b: b");
}

TEST_CASE("a jump over a jump loses nothing", "[plan]") {
  CHECK(plan_of("a: jmp 1f\n b: jmp 2f\n 1: c: jmp 2f\n 2: d: ret") == "b: b; c: a c; d: d");
}

TEST_CASE("what does not go on ends a block", "[plan]") {
  CHECK(plan_of("a: ud2\n b: hlt\n c: ret\n d: ret") == "a: a; b: b; c: c; d: d");
}

TEST_CASE("the targets of a switch are those of its table", "[plan]") {
  const std::string jump = "lea table(%rip), %rdx\n movslq (%rdx,%rdi,4), %rax\n add %rdx, %rax\n jmp *%rax\n";
  const std::string table = "\n.section .rodata\n table: .long 1b-table, 2b-table, 3b-table\n .text\n";
  CHECK(plan_of("a: " + jump + "1: b: nop\n 2: c: nop\n 3: d: nop\n e: ret" + table) == "a: a; b: b; c: c; e: d e");
  CHECK(plan_of("a: jmp *8(%rdi)\n b: nop\n c: ret") == "a: a; c: b c");
}

TEST_CASE("a hole in a switch does not end its table", "[plan]") {
  const std::string code =
      "a: lea table(%rip), %rdx\n movslq (%rdx,%rdi,4), %rax\n add %rdx, %rax\n jmp *%rax\n"
      "1: b: nop\n 2: c: nop\n d: ret\n.section .rodata\n table: ";
  for (const std::string hole : {"end-table", "0", "0x41424344", "start-1-table"})
    CHECK(plan_of(code + ".long 1b-table, " + hole + ", 2b-table\n .text\n") == "a: a; b: b; d: c d");
}

TEST_CASE("a table ends where the next one begins", "[plan]") {
  const auto jump = [](const std::string& table) {
    return "lea " + table + "(%rip), %rdx\n movslq (%rdx,%rdi,4), %rax\n add %rdx, %rax\n jmp *%rax\n";
  };
  const std::string code = "a: " + jump("one") + "1: b: nop\n 2: c: ret\n d: " + jump("two") +
                           "3: e: mov $1, %eax\n f: nop\n nop\n nop\n nop\n 4: g: ret\n";
  CHECK(plan_of(code + ".section .rodata\n one: .long 1b-one, 2b-one\n two: .long 3b-two, 4b-two\n .text\n") ==
        "a: a; b: b; c: c; d: d; f: e f; g: g");
}

TEST_CASE("a jump is by a table in whatever way that is written", "[plan]") {
  const std::string targets =
      "1: b: nop\n 2: c: nop\n d: ret\n .section .rodata\n table: .long 1b-table, 2b-table\n .text\n";
  for (const std::string jump :
       {"lea 0(,%rax,4), %rdx\n lea table(%rip), %rax\n mov (%rdx,%rax), %eax\n cltq\n lea table(%rip), %rdx\n"
        " add %rdx, %rax\n notrack jmp *%rax\n",
        "mov 8(%rsp), %rcx\n movslq (%rcx,%rax,4), %rax\n add %rcx, %rax\n jmp *%rax\n lea table(%rip), %rbx\n",
        "lea table(%rip), %rbx\n call *%rdi\n movslq (%rbx,%rax,4), %rsi\n mov %rbx, %rax\n add %rsi, %rax\n jmp "
        "*%rax\n",
        "lea table(%rip), %r8\n movslq (%r8,%rax,4), %rsi\n lea (%rsi,%r8), %rax\n jmp *%rax\n"})
    CHECK(plan_of("a: " + jump + targets).ends_with("b: b; d: c d"));
}

TEST_CASE("what may come to a jump by a table in another way is not told of", "[plan]") {
  const std::string targets =
      "1: b: nop\n c: nop\n 2: d: nop\n e: ret\n .section .rodata\n table: .long 1b-table, 2b-table\n .text\n";
  const std::string load = "a: lea table(%rip), %rdx\n movslq (%rdx,%rdi,4), %rax\n";
  for (const std::string rest : {"add %rdx, %rax\n 3: jmp *%rax\n", "3: add %rdx, %rax\n jmp *%rax\n"})
    CHECK(plan_of(load + rest + "jmp 3b\n" + targets).ends_with("b: b; c: c; d: d; e: e"));
  for (const std::string rest : {"add %rcx, %rax\n jmp *%rax\n", "add $0x401150, %rax\n jmp *%rax\n",
                                 "add %rdx, %rax\n sub $1, %rax\n jmp *%rax\n", "xor %rdx, %rax\n jmp *%rax\n",
                                 "add %rdx, %rax\n mov %rax, -8(%rsp)\n mov -8(%rsp), %rax\n jmp *%rax\n",
                                 "add %rdx, %rax\n mov %rax, -8(%rsp)\n jmp *-8(%rsp)\n"})
    CHECK(plan_of(load + rest + targets).ends_with("b: b; c: c; d: d; e: e"));
}

TEST_CASE("where a jump is not understood each address of a line has its probe", "[plan]") {
  CHECK(plan_of("a: nop\n b: add %rdx, %rax\n jmp *%rax\n c: nop\n d: ret") == "a: a; b: b; c: c; d: d");
  CHECK(plan_of("a: lea 1f(%rip), %rax\n b: jmp *(%rdi)\n c: nop\n 1: d: nop\n e: ret") ==
        "a: a; b: b; c: c; d: d; e: e");
  CHECK(plan_of("a: nop\n b: jmp 1f+1\n 1: mov $1, %eax\n c: nop\n d: ret") == "a: a; b: b; c: c; d: d");
  CHECK(plan_of("a: nop\n b: nop\n .byte 0x06\n c: nop\n d: ret").starts_with("a: a; b: b"));
}

TEST_CASE("an address that is taken is an entry", "[plan]") {
  CHECK(plan_of("a: lea 1f(%rip), %rax\n b: nop\n 1: c: nop\n d: ret") == "b: a b; d: c d");
}

TEST_CASE("the same line is told of once, where it begins first", "[plan]") {
  const Program program(".s", ".text\nstart:\n a: test %eax, %eax\n jz 1f\n b: nop\n 1: c: ret\nend: nop\n",
                        "-nostdlib");
  const ControlFlow flow = flow_between(program);
  const auto plan =
      plan_by_block({{program.at("a"), 0, 7, 0}, {program.at("b"), 0, 7, 0}, {program.at("c"), 0, 8, 0}}, flow);
  REQUIRE(plan.size() == 2);
  CHECK(plan[0].probe == program.at("c"));
  CHECK(plan[0].row.address == program.at("a"));
}

TEST_CASE("a line that was inlined twice has a probe for each function", "[plan]") {
  const Program program(".s", ".text\nstart:\n a: nop\n b: ret\nend: nop\n", "-nostdlib");
  const auto plan = plan_by_block({{program.at("a"), 0, 7, 1}, {program.at("b"), 0, 7, 2}}, flow_between(program));
  REQUIRE(plan.size() == 2);
  CHECK(plan[0].probe == program.at("a"));
  CHECK(plan[1].probe == program.at("b"));
}

TEST_CASE("a landing pad is an entry at which a block begins", "[plan]") {
  for (const std::string level : {"-O0", "-O2"}) {
    const Program program(
        ".cpp",
        "extern void f(int); struct G { ~G() { f(9); } };\n"
        "int start(int n) { G g; try { f(n); f(n + 1); } catch (int e) { return e; } catch (...) { f(2); } return 1; }",
        "-fPIC " + level);
    const UnwindPlaces places = unwind_places_of(program.elf());
    CHECK(places.is_whole);
    CHECK(places.pads.size() >= 2);
    std::vector<AddressRange> ranges;
    program.code().each_segment([&](std::uint64_t start, std::span<const std::uint8_t> bytes) {
      ranges.push_back({start, start + bytes.size()});
    });
    const auto flow = flow_of({program.elf(), program.elf(), ranges, {}}, program.code());
    REQUIRE(flow);
    for (const std::uint64_t pad : places.pads) {
      const ControlFlow::Block& block = flow->blocks()[flow->block_at(pad)];
      CHECK(block.start == pad);
      CHECK(block.is_entry);
    }
  }
}

// At its label p.
bool flags_are_in_use(const std::string& code, const std::string& behind = "nop") {
  const Program program(".s", ".text\nstart:\n" + code + "\nend: " + behind + "\n", "-nostdlib");
  return are_flags_in_use(flow_between(program), program.code(), program.at("p"));
}

TEST_CASE("flags are in use where somebody may read them before all are set", "[flags]") {
  CHECK_FALSE(flags_are_in_use("p: cmp %eax, %ebx\n jl 1f\n nop\n 1: ret"));
  CHECK(flags_are_in_use("cmp %eax, %ebx\n p: jl 1f\n nop\n 1: ret"));
  CHECK(flags_are_in_use("cmp %eax, %ebx\n p: mov %eax, %ecx\n cmovz %ecx, %edx\n ret"));
  CHECK(flags_are_in_use("p: pushf\n pop %rax\n ret"));
  CHECK_FALSE(flags_are_in_use("p: mov %eax, %ecx\n ret"));
  CHECK_FALSE(flags_are_in_use("p: mov %eax, %ecx\n call *%rax\n setz %al\n ret"));
  CHECK_FALSE(flags_are_in_use("p: adc %eax, %ecx\n jz 1f\n nop\n 1: ret"));  // of which inc leaves the carry
  CHECK(flags_are_in_use("p: jmp *%rax"));
}

TEST_CASE("a function that is called last gets no flags", "[flags]") {
  CHECK_FALSE(flags_are_in_use("p: mov %eax, %ecx\n jmp *start(%rip)"));
  CHECK_FALSE(flags_are_in_use("p: mov %eax, %ecx\n jmp 1f\n nop\n 1: endbr64\n jmp *start(%rip)"));
  CHECK_FALSE(flags_are_in_use("p: mov %eax, %ecx\n jmp end", "jmp *start(%rip)"));
  CHECK(flags_are_in_use("p: mov %eax, %ecx\n jmp end", "jz start"));
  CHECK(flags_are_in_use("p: mov %eax, %ecx\n jmp *8(%rax,%rcx,8)"));
}

TEST_CASE("flags that an instruction may leave as they are stay in use", "[flags]") {
  CHECK(flags_are_in_use("p: shl %cl, %eax\n jz 1f\n nop\n 1: ret"));
  CHECK(flags_are_in_use("p: repe cmpsb\n jz 1f\n nop\n 1: ret"));
  CHECK(flags_are_in_use("p: bt %eax, %ecx\n jz 1f\n nop\n 1: ret"));
}

TEST_CASE("flags may be read behind a jump, on either way", "[flags]") {
  CHECK(flags_are_in_use("test %eax, %eax\n p: jmp 1f\n nop\n 1: jz 2f\n nop\n 2: ret"));
  CHECK(flags_are_in_use("p: jrcxz 1f\n cmp %eax, %ebx\n ret\n 1: setz %al\n ret"));
  CHECK_FALSE(flags_are_in_use("p: jrcxz 1f\n cmp %eax, %ebx\n ret\n 1: test %al, %al\n setz %al\n ret"));
  CHECK_FALSE(flags_are_in_use("p: 1: nop\n jrcxz 1b\n ret"));
}

TEST_CASE("unwind tables that can't be read are not taken for ones without landing pads", "[plan]") {
  const Program program(
      ".s",
      ".text\nstart: ret\nend: nop\n.section .eh_frame,\"a\"\n .long 12, 0\n .byte 1\n .asciz \"zQ\"\n"
      " .byte 1, 120, 16, 0\n",
      "-nostdlib");
  CHECK_FALSE(unwind_places_of(program.elf()).is_whole);
}

}  // namespace
}  // namespace recount::test

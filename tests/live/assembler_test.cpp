// Programs of assemblers that give line rows to data in .text: recorded, they compute and print what they do untraced.

#include <fstream>

#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/consumer.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

const char* const kPick =
    "default rel\nglobal pick\nglobal text_name\nsection .text\n"
    "pick:\n lea rax, [table]\n cmp edi, 3\n ja .out\n mov eax, [rax + rdi*4]\n ret\n.out:\n mov eax, -1\n ret\n"
    "table:\n dd 10\n dd 20\n dd 30\n dd 40\nname:\n db \"data in text\", 0\ntext_name:\n lea rax, [name]\n ret\n"
    "section .note.GNU-stack noalloc noexec nowrite progbits\n";
const char* const kPickMain =
    "#include <stdio.h>\nint pick(unsigned);\nconst char *text_name(void);\n"
    "int main(void) { printf(\"%d %d %s\\n\", pick(1), pick(3), text_name()); return 0; }\n";

const char* const kHello =
    "global _start\nsection .text\n_start:\n mov eax, 1\n mov edi, 1\n lea rsi, [rel msg]\n mov edx, 6\n syscall\n"
    " mov eax, 60\n xor edi, edi\n syscall\nmsg:\n db \"Hello\", 10\n";

const char* const kJump =
    "default rel\nglobal run\nsection .text\n"
    "run:\n lea rax, [jumps]\n movsxd rcx, dword [rax + rdi*4]\n add rcx, rax\n jmp rcx\n"
    "jumps:\n dd zero - jumps\n dd one - jumps\nzero:\n mov eax, 100\n ret\none:\n mov eax, 101\n ret\n"
    "section .note.GNU-stack noalloc noexec nowrite progbits\n";
const char* const kJumpMain =
    "#include <stdio.h>\nint run(long);\nint main(void) { return printf(\"%d %d\\n\", run(0), run(1)) != 8; }\n";

const char* const kGnuPick =
    ".globl pick, text_name\n.text\n"
    "pick: lea table(%rip), %rax\n mov (%rax,%rdi,4), %eax\n ret\ntable: .long 10, 20, 30, 40\n"
    "name: .asciz \"data in text\"\ntext_name: lea name(%rip), %rax\n ret\n"
    ".section .note.GNU-stack,\"\",@progbits\n";

class Sources {
 public:
  void write(const std::string& name, const std::string& text) const { std::ofstream(folder_.path() / name) << text; }
  Ending run_here(const Words& command) const {
    return run({.arguments = in_folder(folder_.path().string(), command)});
  }
  void must_run(const Words& command) const { consume(command, folder_.path().string()); }
  std::string lines_that_ran(const std::string& source) const {
    return value(folder_.file("run.db"), "SELECT count(DISTINCT line) FROM hit WHERE file LIKE '%/" + source + "'");
  }
  void check_the_same(const std::string& program, const std::string& output) const {
    const Ending untraced = run_here({program});
    CHECK(untraced.output == output);
    for (const std::string probes : {"--probes=line", "--probes=block"}) {
      INFO(program << ' ' << probes);
      const Ending recorded = run_here({RECOUNT_RECORD, "-q", "--force", "-o", "run.db", probes, "--", program});
      CHECK(recorded.output == output);
      CHECK(recorded.status() == untraced.status());
    }
  }

 private:
  TemporaryFolder folder_;
};

void check_all(const Sources& sources, const Words& assemble) {
  const auto object = [&](const std::string& name, const char* text) {
    sources.write(name + ".asm", text);
    Words words = assemble;
    words.insert(words.end(), {name + ".asm", "-o", name + ".o"});
    sources.must_run(words);
  };
  object("pick", kPick);
  object("hello", kHello);
  object("jump", kJump);
  sources.write("pick_main.c", kPickMain);
  sources.write("jump_main.c", kJumpMain);
  sources.must_run({RECOUNT_TEST_CC, "-g", "pick_main.c", "pick.o", "-o", "pick"});
  sources.must_run({RECOUNT_TEST_CC, "-g", "jump_main.c", "jump.o", "-o", "jump"});
  sources.must_run({"ld", "hello.o", "-o", "hello"});
  sources.check_the_same("./jump", "100 101\n");
  CHECK(sources.lines_that_ran("jump.asm") == "4");
  sources.check_the_same("./hello", "Hello\n");
  CHECK(sources.lines_that_ran("hello.asm") == "8");
  sources.check_the_same("./pick", "20 40 data in text\n");
  CHECK(sources.lines_that_ran("pick.asm") == "7");
}

TEST_CASE("data in the text of GNU as stays as it is, and its lines are counted") {
  const Sources sources;
  sources.write("pick.S", kGnuPick);
  sources.write("main.c", kPickMain);
  sources.must_run({RECOUNT_TEST_CC, "-g", "main.c", "pick.S", "-o", "pick"});
  sources.check_the_same("./pick", "20 40 data in text\n");
  CHECK(sources.lines_that_ran("pick.S") == "5");
}

TEST_CASE("data in the text of NASM stays as it is", "[nasm]") {
  if (!have("nasm")) return;
  check_all(Sources(), {"nasm", "-f", "elf64", "-g", "-F", "dwarf"});
}

TEST_CASE("data in the text of YASM stays as it is", "[yasm]") {
  if (!have("yasm")) return;
  check_all(Sources(), {"yasm", "-f", "elf64", "-g", "dwarf2"});
}

}  // namespace
}  // namespace recount::test

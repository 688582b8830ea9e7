// What programs write to standard output and standard error is in the log, byte for byte, and they can't tell.
#include <fstream>
#include <iterator>
#include <string>

#include "tests/support/cancellable_call.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/live_subject.hpp"
#include "tests/support/pty.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

std::string written(const std::string& log, const std::string& where) {
  std::string text;
  for (const Row& row : query(log, "SELECT text FROM output WHERE " + where + " ORDER BY seq")) text += row[0];
  return text;
}

std::string numbers_to(int last) {
  std::string text;
  for (int i = 1; i <= last; i++) text += std::to_string(i) + "\n";
  return text;
}

const std::string kStops =
    "SELECT count(*) FROM trace_event e JOIN trace_watch w ON w.watch_id = e.value WHERE e.kind = 49 AND w.kind >= 7";

TEST_CASE("whatever a program writes with is in the log, and what goes elsewhere makes no stop", "[live][output]") {
  for (const std::string build : {"O0", "O2"}) {
    const TemporaryFolder folder;
    const std::string log = folder.file("run.db");
    const Words command{program("output_kinds", build)};
    const Ending untraced = run({.arguments = command});
    const Ending traced = record(log, command, "", {"--output=all"});
    check_same_behaviour(traced, untraced);
    check_nothing(check_log(log, untraced));
    check_nothing(check_views_equal_replay(log));
    CHECK(written(log, "fd = 2") == traced.errors);
    // 64 KiB went into a pipe of its own.
    CHECK(written(log, "fd = 1 AND bytes < 60000") == traced.output);
    CHECK(value(log, "SELECT group_concat(bytes) FROM output WHERE bytes >= 60000") == "65536");
    CHECK(value(log, kStops) == value(log, "SELECT count(*) + 1 FROM output"));  // and the one that failed
    CHECK(value(log, "SELECT count(DISTINCT utid) || ' ' || count(DISTINCT upid) FROM output") == "3 2");
  }
}

TEST_CASE("output is kept of static programs, without coverage, and into files", "[live][output]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db"), file = folder.file("out");
  SECTION("a static program") {
    const Ending traced = record(log, {std::string(RECOUNT_PROGRAMS) + "/hello-static"}, "", {"--output=all"});
    check_nothing(check_output(log, traced));
  }
  SECTION("a static-pie program") {
    const Ending traced = record(log, {std::string(RECOUNT_PROGRAMS) + "/hello-static-pie"}, "", {"--output=all"});
    check_nothing(check_output(log, traced));
  }
  SECTION("without coverage") {
    const Ending traced = record(log, {"sh", "-c", "echo one; cat /no-such-file; cat /dev/null; echo two"}, "",
                                 {"--output=all", "--no-coverage"});
    CHECK(traced.output == "one\ntwo\n");
    check_nothing(check_output(log, traced));
    check_nothing(check_log(log, run({.arguments = {"true"}})));
  }
  SECTION("a file that is appended to") {
    std::ofstream(file) << "before\n";
    REQUIRE(record(log, {"sh", "-c", "seq 3 >>" + file + "; cat /no-such-file 2>>" + file}, "", {"--output=all"})
                .status() == 1);
    std::ifstream in(file);
    CHECK(std::string(std::istreambuf_iterator<char>(in), {}) ==
          "before\n" + numbers_to(3) + "cat: /no-such-file: No such file or directory\n");
    CHECK(written(log, "fd = 1") == numbers_to(3));
    CHECK(written(log, "fd = 2") == "cat: /no-such-file: No such file or directory\n");
  }
}

// A system call as glibc has them, to descriptor 1 and then to one that is not open.
const std::string kAssembler = R"(
  .globl _start
_start:
  mov $1, %edi
again:
  lea text(%rip), %rsi
  mov $6, %edx
  mov $1, %eax
  syscall
  cmp $-4096, %rax
  ja end
  mov $77, %edi
  jmp again
end:
  mov %r12d, %edi
  mov $60, %eax
  syscall
text: .ascii "hello\n"
)";

TEST_CASE("where an image has no room behind its code, each system call stops", "[live][output]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db"), source = folder.file("a.s"), program = folder.file("a");
  const bool has_room = GENERATE(true, false);
  write(source, kAssembler + (has_room ? "" : ".balign 4096, 0x90\n") + ".data\n.long 1\n");
  REQUIRE(run({.arguments = {"cc", "-nostdlib", "-static", "-o", program, source}}).status() == 0);
  const Ending traced = record(log, {program}, "", {"--output=all"});
  check_same_behaviour(traced, run({.arguments = {program}}));
  check_nothing(check_output(log, traced));
  CHECK(value(log, kStops) == (has_room ? "1" : "2"));
  CHECK(value(log, "SELECT original FROM trace_watch") == (has_room ? "144" : "72"));
}

// Go's two places, in the registers and on the stack of Go's calls: print, and what makes all other calls. The latter writes to 1, a
// vector to 2, to 77, and asks for 1 by fstat(2).
const std::string kGo = R"(
  .globl _start
_start:
  sub $40, %rsp
  movq $2, (%rsp)
  lea text(%rip), %rax
  mov %rax, 8(%rsp)
  movl $6, 16(%rsp)
  call write1
  mov 24(%rsp), %r12d
  mov $1, %eax
  mov $1, %ebx
  lea text(%rip), %rcx
  mov $6, %edi
  call Syscall6
  add %eax, %r12d
  mov $20, %eax
  mov $2, %ebx
  lea parts(%rip), %rcx
  mov $2, %edi
  call Syscall6
  add %eax, %r12d
  mov $1, %eax
  mov $77, %ebx
  call Syscall6
  mov $5, %eax
  mov $1, %ebx
  lea much(%rip), %rcx
  call Syscall6
  mov $60, %eax
  mov %r12d, %ebx
  call Syscall6
  .balign 32
write1:
  mov 8(%rsp), %rdi
  mov 16(%rsp), %rsi
  mov 24(%rsp), %edx
  mov $1, %eax
  syscall
  mov %eax, 32(%rsp)
  ret
  .balign 32
Syscall6:
  mov %rsi, %r10
  mov %rdi, %rdx
  mov %rcx, %rsi
  mov %rbx, %rdi
  syscall
  cmp $-4095, %rax
  jbe fine
  neg %rax
  mov %rax, %rcx
  mov $-1, %rax
  mov $0, %rbx
  ret
fine:
  mov %rdx, %rbx
  mov $0, %rcx
  ret
)";

// glibc's way since 2.41: one function makes the calls of many, by itself or by its assembly. This is what a compiler makes of it with
// and without a frame pointer. It writes to 1 by itself, to 2 by the assembly, a vector by each, to 77, and asks for 1 by fstat(2).
const std::string kCallers = R"(
  .globl _start
_start:
  call all
  incb several(%rip)
  call all
  mov %r12d, %edi
  mov $60, %eax
  syscall
all:
  sub $8, %rsp
  mov $1, %edi
  lea text(%rip), %rsi
  mov $6, %edx
  push $1
  call shared
  mov $2, %edi
  lea parts(%rip), %rsi
  mov $2, %edx
  movq $20, (%rsp)
  call shared
  mov $77, %edi
  lea text(%rip), %rsi
  movq $1, (%rsp)
  call shared
  mov $1, %edi
  lea much(%rip), %rsi
  movq $5, (%rsp)
  call shared
  add $16, %rsp
  ret
  .balign 32
assembly:
  mov (%rdi), %eax
  testb $8, (%rdi)
)" + kMoveAndCall;
// ENTRY: what it pushes; NUMBER: the call's number, relative to what is pushed there; LEAVE: the end.
std::string shared_function(const std::string& entry, const std::string& number, const std::string& number_deeper,
                            const std::string& leave) {
  return ".balign 16\nshared:\n" + entry +
         "mov %rcx, %r10\nlea state(%rip), %rbx\ncmpb $0, several(%rip)\nje alone\n"
         "push %r9\npush %r8\nmov %rcx, %r9\nmov %rdx, %r8\nmov %rsi, %rcx\nmov %rdi, %rdx\nmov " +
         number_deeper + ", %rsi\nmov %rbx, %rdi\ncall assembly\nmov 8(%rbx), %edx\npop %rcx\npop %rsi\n" + leave +
         ".balign 8\nalone:\nmov " + number + ", %rax\nsyscall\n" + leave + ".balign 16\nhlt\n";
}

TEST_CASE("what Go writes is in the log, and its other calls make no stop", "[live][output]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db"), source = folder.file("a.s"), program = folder.file("a");
  const bool has_room = GENERATE(true, false);
  write(source, kGo + (has_room ? "" : ".balign 4096, 0x90\n") + kWrittenData);
  REQUIRE(run({.arguments = {"cc", "-nostdlib", "-static", "-o", program, source}}).status() == 0);
  const Ending traced = record(log, {program}, "", {"--output=all"}), untraced = run({.arguments = {program}});
  check_same_behaviour(traced, untraced);
  CHECK(traced.output == "hello\n");
  CHECK(traced.errors == "hello\nabcd\n");
  check_nothing(check_log(log, untraced));
  if (has_room) check_nothing(check_output(log, traced));
  CHECK(value(log, kStops) == (has_room ? "3" : "1"));  // without room only print is seen
}

TEST_CASE("what glibc writes by the system call that its functions share is in the log", "[live][output]") {
  const std::string by_stack_pointer = shared_function("push %rbx\n", "16(%rsp)", "32(%rsp)", "pop %rbx\nret\n");
  const std::string by_frame_pointer = shared_function("push %rbp\nmov %rsp, %rbp\npush %rbx\nsub $8, %rsp\n",
                                                       "16(%rbp)", "16(%rbp)", "mov -8(%rbp), %rbx\nleave\nret\n");
  const std::string of_another_form =
      shared_function("push %rbx\n", "16(%rsp)", "32(%rsp)", "movq %rbx, %xmm0\npop %rbx\nret\n");
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db"), source = folder.file("a.s"), program = folder.file("a");
  const auto recorded = [&](const std::string& function, const std::string& behind = "") {
    write(source, kCallers + function + behind + kWrittenData);
    REQUIRE(run({.arguments = {"cc", "-nostdlib", "-static", "-o", program, source}}).status() == 0);
    const Ending traced = record(log, {program}, "", {"--output=all"});
    check_same_behaviour(traced, run({.arguments = {program}}));
    CHECK(traced.output == "hello\nhello\n");
    check_nothing(check_log(log, run({.arguments = {program}})));
    return traced;
  };
  SECTION("its place on the stack is counted from the stack pointer") {
    check_nothing(check_output(log, recorded(by_stack_pointer)));
    CHECK(value(log, kStops) == "4");
  }
  SECTION("or from the frame pointer") {
    check_nothing(check_output(log, recorded(by_frame_pointer)));
    CHECK(value(log, kStops) == "4");
  }
  SECTION("where there is no room, or the form is another, nothing is claimed") {
    const bool has_room = GENERATE(true, false);
    recorded(has_room ? of_another_form : by_stack_pointer, has_room ? "" : ".balign 4096, 0x90\n");
    CHECK(value(log, "SELECT count(*) FROM trace_watch WHERE kind >= 7") == "0");
  }
}

TEST_CASE("the beginning and the end of a long output are kept", "[live][output]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  const std::string all = numbers_to(30000);
  SECTION("of many writes") {
    REQUIRE(record(log, {"seq", "30000"}, "", {"--output=all", "--output-limit=20000"}).output == all);
    const std::string kept = written(log, "text IS NOT NULL");
    CHECK(kept.size() <= 20000);
    CHECK(kept.size() > 10000);
    CHECK(all.substr(0, 4096) == kept.substr(0, 4096));
    CHECK(all.substr(all.size() - 4096) == kept.substr(kept.size() - 4096));
  }
  SECTION("of one write") {
    const std::string file = folder.file("numbers");
    std::ofstream(file) << all;
    REQUIRE(
        record(log, {"dd", "if=" + file, "bs=1M", "status=none"}, "", {"--output=all", "--output-limit=1000"}).output ==
        all);
    CHECK(written(log, "1") == all.substr(0, 500) + all.substr(all.size() - 500));
    CHECK(value(log, "SELECT bytes || ' ' || head FROM output") == std::to_string(all.size()) + " 500");
  }
  CHECK(value(log, "SELECT sum(bytes) FROM output") == std::to_string(all.size()));
  CHECK(replay({"verify", log}).status() == 0);
}

TEST_CASE("secrets of the environment are masked in output", "[live][output]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  const std::string script = "echo my $API_TOKEN!; cat /$API_TOKEN; echo $PLAIN";
  for (const std::string env : {"safe", "none"}) {
    const Ending traced = run(
        {.arguments = {RECOUNT_RECORD, "-q", "--force", "-o", log, "--output=all", "--env", env, "sh", "-c", script},
         .environment = {"API_TOKEN=hunter2-hunter2", "PLAIN=plain-text"}});
    CHECK(traced.output == "my hunter2-hunter2!\nplain-text\n");
    CHECK(written(log, "fd = 1") == "my ***************!\nplain-text\n");
    CHECK(written(log, "fd = 2") == "cat: /***************: No such file or directory\n");
  }
}

TEST_CASE("only the output of what failed is kept where that is asked for", "[live][output]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  const Ending traced = record(log, {"sh", "-c", "echo good & wait; sh -c 'echo bad; exit 2'; echo end; exit 0"}, "",
                               {"--output=failed"});
  CHECK(traced.output == "good\nbad\nend\n");
  CHECK(written(log, "text IS NOT NULL") == "bad\n");
  CHECK(value(log, "SELECT count(*) FROM output") == "3");
}

TEST_CASE("a terminal is a terminal, and what is written there is in the log", "[live][output]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db");
  Terminal terminal({.arguments = recorder(
                         {"-q", "-o", log, "--output=all", "sh", "-c", "test -t 1 && test -t 2 && echo terminal"})});
  CHECK(terminal.shows("terminal\r\n"));
  CHECK(terminal.wait() == 0);
  CHECK(written(log, "fd = 1") == "terminal\n");
}

TEST_CASE("who is let go goes on writing", "[live][output]") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db"), file = folder.file("out");
  // It writes when it has no tracer any more, and has the pipe to here as descriptor 3: record() waits for its end.
  const std::string late = "while ! grep -q \"TracerPid:.0$\" /proc/$$/status; do :; done; seq 3; echo late >&2";
  const std::string script = "sh -c '" + late + "' 3>&1 >" + file + " 2>&1 & echo now";
  const Ending traced = record(log, {"sh", "-c", script}, "", {"--output=all", "--wait=root"});
  CHECK(traced.output == "now\n");
  std::ifstream in(file);
  CHECK(std::string(std::istreambuf_iterator<char>(in), {}) == numbers_to(3) + "late\n");
  CHECK(written(log, "1") == "now\n");
}

TEST_CASE("a program that is not seen writing says so, and those beside it do not", "[live][output]") {
  const TemporaryFolder folder;
  const std::string raw = folder.file("raw"), log = folder.file("run.db");
  std::ofstream(folder.file("raw.c")) << R"(
void _start(void) {
  long ignored;
  __asm__ volatile("syscall" : "=a"(ignored) : "a"(1L), "D"(1L), "S"("raw\n"), "d"(4L) : "rcx", "r11", "memory");
  __asm__ volatile("syscall" : "=a"(ignored) : "a"(60L), "D"(1L) : "rcx", "r11", "memory");
})";
  REQUIRE(run({.arguments = {RECOUNT_TEST_CC, "-nostdlib", "-static", "-o", raw, folder.file("raw.c")}}).status() == 0);
  const Words command{"sh", "-c", raw + "; (echo after); exit 3"};
  const Ending traced = record(log, command, "", {"--output=all"});
  CHECK(traced.output == "raw\nafter\n");
  check_nothing(check_views_equal_replay(log));
  CHECK(written(log, "fd = 1") == "after\n");
  CHECK(query(log, "SELECT argv LIKE '%/raw\"]', output_seen FROM process ORDER BY upid") ==
        std::vector<Row>{{"0", "1"}, {"1", "0"}, {"0", "1"}});
  CHECK_THAT(run({.arguments = {RECOUNT_REPLAY, "failures", log, "--all"}}).output,
             Catch::Matchers::ContainsSubstring("what it wrote may be missing"));
  record(log, command, "", {"--force"});
  CHECK(value(log, "SELECT count(*) FROM process WHERE output_seen IS NOT NULL") == "0");
}

}  // namespace
}  // namespace recount::test

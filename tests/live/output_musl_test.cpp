// What programs of musl write: as untraced, and in the log, however they are linked and musl was compiled.
#include "tests/support/cancellable_call.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/consumer.hpp"
#include "tests/support/live_subject.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

const std::string kStops =
    "SELECT count(*) FROM trace_event e JOIN trace_watch w ON w.watch_id = e.value WHERE e.kind = 49 AND w.kind >= 7";
const std::string kWatches = "SELECT count(*) FROM trace_watch WHERE kind >= 7";

const std::string kProgram = R"(#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

static void* write_many(void* name) {
  for (int i = 0; i < 20; i++) dprintf(1, "%s %d\n", (const char*)name, i);
  return 0;
}

static int waits[2];

static void* wait_for_ever(void* unused) {
  write(1, "it waits\n", 9);
  write(waits[1], "", 1);
  for (;;) pause();
  return unused;
}

int main(void) {
  printf("by a stream\n");
  fflush(stdout);
  fprintf(stderr, "to standard error\n");
  write(1, "by write\n", 9);
  struct iovec parts[] = {{"two ", 4}, {"parts\n", 6}};
  writev(2, parts, 2);
  int elsewhere = open("/dev/null", O_WRONLY);
  FILE* stream = fdopen(elsewhere, "w");
  for (int i = 0; i < 100; i++) {
    write(elsewhere, "not seen\n", 9);
    fprintf(stream, "nor this\n");
    fflush(stream);
  }
  if (write(77, "x", 1) != -1 || errno != EBADF) return 1;
#ifdef THREADS
  pthread_t thread;
  for (int i = 0; i < 3; i++) {
    pthread_create(&thread, 0, write_many, "a thread");
    pthread_join(thread, 0);
  }
  int state;
  char byte;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
  write(1, "not to be cancelled\n", 20);
  pthread_setcancelstate(state, &state);
  pipe(waits);
  pthread_create(&thread, 0, wait_for_ever, 0);
  read(waits[0], &byte, 1);
  pthread_cancel(thread);
  void* result;
  pthread_join(thread, &result);
  dprintf(1, "cancelled: %d\n", result == PTHREAD_CANCELED);
#endif
  perror("at the end");
  return 3;
}
)";

TEST_CASE("what programs of musl write is in the log") {
  if (!have("musl-gcc")) return;
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db"), source = folder.file("main.c"), program = folder.file("program");
  const std::string link = GENERATE("", "-static", "-static-pie"), threads = GENERATE("", "-DTHREADS");
  INFO(link << " " << threads);
  write(source, kProgram);
  REQUIRE(
      run({.arguments = {"sh", "-c",
                         "musl-gcc -g -w " + link + " " + threads + " -pthread '" + source + "' -o '" + program + "'"}})
          .status() == 0);
  const Ending untraced = run({.arguments = {program}});
  const Ending traced = record(log, {program}, "", {"--output=all"});
  CHECK(untraced.status() == 3);
  check_same_behaviour(traced, untraced);
  check_nothing(check_log(log, untraced));
  check_nothing(check_output(log, traced));
  CHECK(value(log, "SELECT output_seen FROM process") == "1");
  CHECK(value(log, kStops) == value(log, "SELECT count(*) FROM output"));
}

// What gcc makes of musl with -Os, as Alpine has it. It writes to 1, a vector to 2, to 77, and asks for 1 by fstat(2); then a stream writes to 2 and
// to 77. CP: what makes the calls; STREAM: the stream's call.
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
  push $0
  xor %r9d, %r9d
  xor %r8d, %r8d
  lea text(%rip), %rdx
  mov $6, %ecx
  mov $1, %esi
  mov $1, %edi
  call cp
  add $8, %rsp
  mov %rax, %r12
  push $0
  lea parts(%rip), %rdx
  mov $2, %ecx
  mov $2, %esi
  push $20
  pop %rdi
  call cp
  add $8, %rsp
  add %rax, %r12
  push $0
  lea text(%rip), %rdx
  mov $77, %esi
  mov $1, %edi
  call cp
  add $8, %rsp
  add %rax, %r12
  push $0
  lea much(%rip), %rdx
  mov $1, %esi
  mov $5, %edi
  call cp
  add $8, %rsp
  add %rax, %r12
  mov $2, %edi
  call stream
  add %rax, %r12
  mov $77, %edi
  call stream
  add %rax, %r12
  ret
result:
  cmp $-4096, %rdi
  mov %rdi, %rax
  jb 1f
  mov $-1, %rax
1:ret
)";
const std::string kCallOnly = R"(
cp:
  jmp call_only
  .balign 16
call_only:
  mov %rdi, %rax
  mov %r8, %r10
  mov %rsi, %rdi
  mov %r9, %r8
  mov %rdx, %rsi
  mov 8(%rsp), %r9
  mov %rcx, %rdx
  syscall
  ret
)";
// NUMBER: where the call's number is kept.
std::string cancellable(const std::string& number) {
  return R"(
cp:
  push %rbp
  push %rbx
  mov %rdi, )" +
         number + R"(
  mov %rsi, %rdi
  mov %rdx, %rsi
  push %r10
  mov %rcx, %rdx
  mov %r8, %r10
  mov %r9, %r8
  lea state(%rip), %rbp
  mov 32(%rsp), %r9
  cmpb $0, several(%rip)
  jne 1f
  mov )" +
         number + R"(, %rax
  syscall
  jmp 2f
1:push %r9
  mov %rsi, %rcx
  mov %r10, %r9
  push %r8
  mov )" +
         number + R"(, %rsi
  mov %rdx, %r8
  mov %rdi, %rdx
  mov %rbp, %rdi
  call assembly
  pop %rsi
  pop %rdi
  cmp $-4, %rax
  jne 2f
  incb several(%rip)
2:pop %rdx
  pop %rbx
  pop %rbp
  ret
assembly:
  mov (%rdi), %eax
  test %eax, %eax
)" + kMoveAndCall;
}
// NUMBER: what brings the call's number to rax. BEHIND: what is done first with the result.
std::string stream(const std::string& number, const std::string& behind = "mov %rax, %rdi\ncall result\n") {
  return R"(
stream:
  push %r13
  push $20
  pop %r13
  lea parts(%rip), %rsi
  mov $2, %edx
  )" + number +
         "\nsyscall\n" + behind + "pop %r13\nret\n";
}
TEST_CASE("musl is known by what its functions do, not by their bytes") {
  const TemporaryFolder folder;
  const std::string log = folder.file("run.db"), source = folder.file("a.s"), program = folder.file("a");
  const auto recorded = [&](const std::string& functions) {
    write(source, kCallers + functions + kWrittenData);
    REQUIRE(run({.arguments = {"cc", "-nostdlib", "-static", "-o", program, source}}).status() == 0);
    const Ending traced = record(log, {program}, "", {"--output=all"}), untraced = run({.arguments = {program}});
    check_same_behaviour(traced, untraced);
    CHECK(traced.output == "hello\nhello\n");
    CHECK(traced.errors == "abcd\nabcd\nabcd\nabcd\n");
    check_nothing(check_log(log, untraced));
    return traced;
  };
  SECTION("where no thread is cancelled, by its callers") {
    check_nothing(check_output(log, recorded(kCallOnly + stream("mov %r13, %rax"))));
    CHECK(value(log, kStops) == "6");
  }
  SECTION("where one may be, by the register that keeps the number") {
    check_nothing(check_output(log, recorded(cancellable("%rbx") + stream("mov $20, %eax"))));
    CHECK(value(log, kStops) == "6");
  }
  SECTION("where a stream's call looks like glibc's, it is displaced once") {
    check_nothing(check_output(log, recorded(kCallOnly + stream("mov $20, %eax", "cmp $-4096, %rax\n"))));
    CHECK(value(log, kStops) == "6");
  }
  SECTION("what is not known to be whole is not claimed") {
    const std::string functions =
        GENERATE(as<std::string>{}, cancellable("saved(%rip)"), cancellable("%rbx") + ".balign 4096, 0x90\n",
                 cancellable("%rbx") + "other:\n");
    const bool is_stream = functions.ends_with("other:\n");
    recorded(functions + (is_stream ? stream("mov %r13, %rax", "movq %rax, %xmm1\n") : stream("mov $20, %eax")) +
             (functions.ends_with("0x90\n") ? ".balign 4096, 0x90\n" : ""));
    CHECK(value(log, kWatches) == "0");
  }
}

}  // namespace
}  // namespace recount::test

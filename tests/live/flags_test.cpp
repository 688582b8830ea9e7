// --hits=flags: the lines that ran are those that stops tell of, with few stops, and the program can't tell.
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/command.hpp"
#include "tests/support/live_subject.hpp"
#include "tests/support/query.hpp"
#include "tests/support/record_cli.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

class FlagProgram {
 public:
  explicit FlagProgram(const std::string& source, const Words& options = {}, const std::string& suffix = ".c") {
    const std::string file = folder_.file("program" + suffix);
    write(file, source);
    const Words compile{
        suffix == ".c" ? RECOUNT_TEST_CC : RECOUNT_TEST_CXX, "-g", "-pthread", "-w", "-o", path(), file};
    REQUIRE(run({.arguments = compile + options}).status() == 0);
  }

  std::string path() const { return folder_.file("program"); }
  std::string log(const std::string& hits) const { return folder_.file(hits + ".db"); }
  Ending record(const std::string& hits) const {
    return test::record(log(hits), {path()}, "", {"--hits=" + hits, "--source-root=" + folder_.path().string()});
  }
  std::string lines(const std::string& hits) const {
    return value(
        log(hits),
        "SELECT group_concat(line) FROM (SELECT DISTINCT line FROM line_coverage WHERE hits > 0 ORDER BY line)");
  }
  void check_same() const {
    const Ending untraced = run({.arguments = {path()}});
    check_same_behaviour(record("ordered"), untraced);
    check_same_behaviour(record("flags"), untraced);
    check_nothing(check_log(log("flags"), untraced));
    check_nothing(check_views_equal_replay(log("flags")));
    CHECK(lines("flags") == lines("ordered"));
    const std::string twice =  // by a stop at the probe and by its flag
        "SELECT count(*) FROM (SELECT 1 FROM hit WHERE address IS NULL OR seq <> stop_seq "
        "GROUP BY upid, exec_id, probe_id, line HAVING count(*) > 1)";
    CHECK(value(log("flags"), twice) == "0");
    CHECK(value(log("flags"), "SELECT count(*) > 0 FROM trace_flag") == "1");
    check_same_behaviour(record("counts"), untraced);
    check_nothing(check_log(log("counts"), untraced));
    check_nothing(check_views_equal_replay(log("counts")));
    CHECK(lines("counts") == lines("ordered"));
    CHECK(value(log("counts"), twice) == "0");
    CHECK(value(log("counts"), "SELECT count(*) > 0 FROM trace_count") == "1");
  }
  // Of a program that does the same each time.
  void check_counts() const {
    record("counts,ordered");
    const std::string executions =
        "SELECT group_concat(line || ' ' || executions) FROM (SELECT * FROM line_coverage ORDER BY line)";
    CHECK(value(log("counts"), executions) == value(log("counts,ordered"), executions));
    CHECK(value(log("counts"), "SELECT MIN(exact) FROM line_coverage") == "1");
  }

 private:
  TemporaryFolder folder_;
};

const std::string kLoops = R"(#include <stdio.h>
static int turns(int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    if (i % 3 == 0)
      sum += i;
    else if (i % 5 == 4)
      sum -= i / 2;
    else
      sum ^= i;
    switch (i & 7) {
      case 0: sum += 2; break;
      case 1: sum += 3; break;
      case 2: sum += 5; break;
      case 3: sum += 7; break;
      case 4: sum += 11; break;
      default: sum += 13;
    }
  }
  return sum;
}
)";

TEST_CASE("flags tell of the lines that stops tell of, with few stops", "[live][flags]") {
  for (const std::string optimized : {"-O0", "-O2", "-Os"})
    for (const std::string place : {"-pie", "-no-pie", "-static", "-static-pie"})
      DYNAMIC_SECTION(optimized << " " << place) {
        const Words linking = place == "-no-pie" || place == "-static" ? Words{"-fno-pie"} : Words{"-fPIE"};
        const FlagProgram program(kLoops + "int main(void) {\n  printf(\"%d\\n\", turns(1000));\n  return 0;\n}\n",
                                  Words{optimized, place} + linking);
        program.check_same();
        program.check_counts();
        const auto stops = [&program](const std::string& hits) {
          return std::stoi(value(program.log(hits), "SELECT count(*) FROM event WHERE kind = 'lift'"));
        };
        CHECK(stops("flags") * 2 < stops("ordered"));
      }
}

TEST_CASE("logs with flags, with counters and with neither are merged", "[live][flags]") {
  const FlagProgram program(kLoops + "int main(void) {\n  return turns(1000) == 0;\n}\n", {"-O0"});
  const std::vector<std::string> all{"ordered", "flags", "counts", "counts,ordered"};
  for (const std::string& hits : all) program.record(hits);
  for (const std::string& first : all)
    for (const std::string& second : all) {
      INFO(first << ", then " << second);
      const std::string both = program.log("both");
      const Words merge{RECOUNT_REPLAY, "merge", "--force", "-o", both, program.log(first), program.log(second)};
      CHECK(run({.arguments = merge}).status() == 0);
      CHECK(run({.arguments = {RECOUNT_REPLAY, "verify", both}}).status() == 0);
    }
}

TEST_CASE("a signal finds the program where it would be untraced", "[live][flags]") {
  // The handler sees a pc of the program's own code, or of a library, and what it changes of the registers holds.
  const FlagProgram program(kLoops + R"(#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <ucontext.h>
#include <dlfcn.h>
#include <pthread.h>
#include <unistd.h>
static volatile int seen, strange;
static void handler(int signal, siginfo_t *info, void *context) {
  Dl_info at;
  void *pc = (void *)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
  seen++;
  if (!dladdr(pc, &at)) strange++;
}
static void *rests(void *unused) {
  for (;;) pause();
}
int main(void) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigaction(SIGPROF, &action, 0);
  struct itimerval every = {{0, 1000}, {0, 1000}};
  int wrong = 0;
  sigset_t prof;
  sigemptyset(&prof);
  sigaddset(&prof, SIGPROF);
  pthread_sigmask(SIG_BLOCK, &prof, 0);
  pthread_t company;  // so that the jumps stay
  pthread_create(&company, 0, rests, 0);
  pthread_sigmask(SIG_UNBLOCK, &prof, 0);
  int expected = turns(1000);
  setitimer(ITIMER_PROF, &every, 0);
  while (seen < 100)
    if (turns(1000) != expected) wrong++;
  printf("%d strange, %d wrong\n", strange, wrong);
  return 0;
}
)",
                            {"-O0", "-rdynamic", "-D_GNU_SOURCE"});
  const Ending traced = program.record("flags");
  CHECK(traced.output == "0 strange, 0 wrong\n");
  check_nothing(check_log(program.log("flags"), run({.arguments = {program.path()}})));
  CHECK(value(program.log("flags"), "SELECT count(*) > 5 FROM event WHERE kind = 'rejoin'") == "1");
}

// How long it runs is told by its processor time, so that it runs for a few of the recorder's looks at useless jumps.
const std::string kAtWork = R"(#include <time.h>
static int works_for(int milliseconds) {
  int wrong = 0, expected = turns(1000);
  clock_t end = clock() + (clock_t)milliseconds * (CLOCKS_PER_SEC / 1000);
  while (clock() < end) wrong += turns(1000) != expected;
  return wrong;
}
)";

std::string count_of(const std::string& log, const std::string& kind) {
  return value(log, "SELECT count(*) FROM event WHERE kind = '" + kind + "'");
}

TEST_CASE("the jumps of flags that are set leave while the program runs", "[live][flags]") {
  const FlagProgram program(kLoops + kAtWork + R"(#include <signal.h>
#include <sys/time.h>
static volatile int seen;
static void handler(int signal) {
  seen++;
}
static int later(int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    if (i % 7 == 0)
      sum += 3;
    else
      sum--;
  }
  return sum;
}
int main(void) {
  struct itimerval every = {{0, 500}, {0, 500}};
  signal(SIGALRM, handler);
  setitimer(ITIMER_REAL, &every, 0);
  int wrong = works_for(100);
  for (int i = 0, expected = later(1000); i < 20000; i++) wrong += later(1000) != expected;
  wrong += works_for(100);
  setitimer(ITIMER_REAL, &(struct itimerval){}, 0);
  printf("%d wrong\n", wrong);
  return 0;
}
)");
  program.check_same();
  const std::string log = program.log("flags");
  CHECK(std::stoi(count_of(log, "unflag")) >= 2);
  const int found = std::stoi(count_of(log, "rejoin")) - std::stoi(count_of(log, "unflag"));  // by an alarm
  const int alarms = std::stoi(value(log, "SELECT count(*) FROM signal WHERE signal_name = 'SIGALRM'"));
  CHECK(found * 3 <= alarms);
}

TEST_CASE("what is set for SIGTRAP holds while jumps leave", "[live][flags]") {
  const FlagProgram program(kLoops + kAtWork + R"(#include <signal.h>
static volatile int traps;
static void handler(int signal) {
  traps++;
}
int main(void) {
  sigset_t trap, now;
  sigemptyset(&trap);
  sigaddset(&trap, SIGTRAP);
  signal(SIGTRAP, SIG_IGN);
  int wrong = works_for(40);
  int ignores = signal(SIGTRAP, handler) == SIG_IGN;
  sigprocmask(SIG_BLOCK, &trap, 0);
  raise(SIGTRAP);
  for (int i = 0; i < 3; i++) wrong += works_for(40 + 40 * i);
  sigprocmask(SIG_BLOCK, 0, &now);
  printf("%d wrong, ignored: %d, blocked: %d, ", wrong, ignores, sigismember(&now, SIGTRAP));
  sigprocmask(SIG_UNBLOCK, &trap, 0);
  printf("traps: %d\n", traps);
  return 0;
}
)");
  program.check_same();
  CHECK(count_of(program.log("flags"), "unflag") != "0");
}

TEST_CASE("threads, children and programs begin while jumps leave", "[live][flags]") {
  const FlagProgram program(kLoops + kAtWork + R"(#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>
static void *work(void *milliseconds) {
  return (void *)(long)works_for((int)(long)milliseconds);
}
int main(int argc, char **argv) {
  long wrong = works_for(30);
  for (int i = 0; i < 6; i++) {
    pid_t child = fork();
    if (child == 0) _exit(works_for(8) != 0);
    if (i % 2) wrong += works_for(4);
    if (vfork() == 0) execl("/bin/true", "true", (char *)0);
    int status = 0;
    waitpid(child, &status, 0);
    wrong += status != 0;
    wait(0);
  }
  pthread_t threads[4];
  for (long i = 0; i < 4; i++) {
    pthread_create(&threads[i], 0, work, (void *)(20 + i));
    wrong += works_for(2);
  }
  for (int i = 0; i < 4; i++) {
    void *result = 0;
    pthread_join(threads[i], &result);
    wrong += (long)result;
  }
  printf("%ld wrong\n", wrong + works_for(30));
  fflush(stdout);
  if (argc == 1) execl(argv[0], argv[0], "again", (char *)0);
  return 0;
}
)");
  program.check_same();
  CHECK(std::stoi(count_of(program.log("flags"), "unflag")) >= 2);
}

TEST_CASE("a handler's child goes back to where the handler's signal came", "[live][flags]") {
  const FlagProgram program(kLoops + kAtWork + R"(#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
static volatile int forks, wrong, is_child;
static struct itimerval soon = {{0, 0}, {0, 300}};
static void handler(int signal) {
  int status = 0;
  pid_t child = fork();
  is_child = child == 0;
  if (is_child) return;
  waitpid(child, &status, 0);
  wrong += status != 0;
  if (++forks < 100) setitimer(ITIMER_REAL, &soon, 0);
}
int main(void) {
  int expected = turns(1000);
  wrong += works_for(50);
  signal(SIGALRM, handler);
  setitimer(ITIMER_REAL, &soon, 0);
  while (forks < 100 || is_child) {
    wrong += turns(1000) != expected;
    if (is_child) _exit(wrong);
  }
  printf("%d wrong\n", wrong);
  return 0;
}
)");
  program.check_same();
}

TEST_CASE("threads, forks and deaths lose no flag", "[live][flags]") {
  const FlagProgram program(kLoops + R"(#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
static void *work(void *n) {
  return (void *)(long)turns((int)(long)n);
}
static void only_in_child(void) {
  turns(10);
}
int main(void) {
  pthread_t threads[8];
  for (long i = 0; i < 8; i++) pthread_create(&threads[i], 0, work, (void *)(1000 + i));
  for (int i = 0; i < 8; i++) pthread_join(threads[i], 0);
  for (int i = 0; i < 5; i++) {
    pid_t child = fork();
    if (child == 0) {
      only_in_child();
      kill(getpid(), SIGKILL);
    }
    int status = 0;
    waitpid(child, &status, 0);
    printf("%d\n", WTERMSIG(status));
  }
  return 0;
}
)");
  program.check_same();
  program.check_counts();
  const std::string in_child = "SELECT count(DISTINCT upid) FROM hit WHERE function = 'only_in_child'";
  CHECK(value(program.log("flags"), in_child) == "5");
}

TEST_CASE("an exception, a jump out and a crash pass through code with flags", "[live][flags]") {
  SECTION("exception") {
    const FlagProgram program(R"(#include <csetjmp>
#include <cstdio>
#include <stdexcept>
#include <string>
static std::jmp_buf out;
static int depth(int n) {
  std::string text(static_cast<std::size_t>(n), 'x');
  if (n == 0) throw std::runtime_error("bottom");
  return depth(n - 1) + static_cast<int>(text.size());
}
static void leaves() {
  std::longjmp(out, 7);
}
int main() {
  try {
    std::printf("%d\n", depth(20));
  } catch (const std::exception &error) {
    std::printf("%s\n", error.what());
  }
  if (int n = setjmp(out))
    std::printf("%d\n", n);
  else
    leaves();
}
)",
                              {}, ".cpp");
    program.check_same();
    program.check_counts();
  }
  SECTION("a handler that mends what faulted, and goes back") {
    const FlagProgram program(R"(#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
static char *page;
static volatile int faults;
static void handler(int signal) {
  faults++;
  mprotect(page, 4096, PROT_READ | PROT_WRITE);
}
static int again(int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    int *at = (int *)page;
    mprotect(page, 4096, i % 2 ? PROT_READ : PROT_NONE);
    sum += *at;
    *at = i;
    sum += *at;
  }
  return sum;
}
int main(void) {
  signal(SIGSEGV, handler);
  page = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  int sum = again(50);
  printf("%d %d\n", sum, faults);
  return 0;
}
)");
    program.check_same();
    program.check_counts();
  }
  SECTION("crash") {
    const FlagProgram program(R"(#include <stdio.h>
static int reads(int *from) {
  int n = 3;
  n += 4;
  n += *from;
  return n;
}
int main(int argc, char **argv) {
  puts("before");
  fflush(stdout);
  reads(argc > 1 ? &argc : 0);
  puts("behind");
  return 0;
}
)");
    check_same_behaviour(program.record("flags"), run({.arguments = {program.path()}}));
    program.record("ordered");
    CHECK(program.lines("flags") == program.lines("ordered"));
    const std::string innermost = "SELECT function || ':' || line FROM backtrace WHERE level = 0";
    CHECK(value(program.log("flags"), innermost) == "reads:5");
  }
}

TEST_CASE("a program under seccomp is stopped for its lines, and lives", "[live][flags]") {
  const FlagProgram program(kLoops + R"(#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv) {
  if (argc > 1) return turns(10) & 0;
  struct sock_filter no_shmat[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                                   BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_shmat, 0, 1),
                                   BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
                                   BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  struct sock_fprog filter = {4, no_shmat};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
  if (fork() == 0) {
    puts("child");
    return 0;
  }
  wait(0);
  execl(argv[0], argv[0], "again", (char *)0);
}
)");
  program.check_same();
}

}  // namespace
}  // namespace recount::test

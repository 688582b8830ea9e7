// Proves that a program which traces others of the run does so as it would untraced, whoever these are, by the way that its
// argument names. What the others do is as if they were alone.
#include <dirent.h>
#include <pthread.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <time.h>

#include "play.h"

enum { kThreads = 3 };

static volatile int g_goes_on = 1;

static void must(const char* what, long result) {
  if (result >= 0) return;
  say("%s: %s\n", what, strerrorname_np(errno));
  exit(4);
}

static int stopped_by(pid_t task) {
  int status = 0;
  must("wait", waitpid(task, &status, __WALL));
  return WIFSTOPPED(status) ? WSTOPSIG(status) : 0;
}

static void* spin(void* unused) {
  while (g_goes_on) continue;
  return unused;
}

static void* sleep_long(void* unused) {
  struct timespec rest = {0, 200 * 1000 * 1000};
  while (nanosleep(&rest, &rest) != 0) say("broken off\n");
  return unused;
}

// Its tasks are told by the pipe; it ends when that of its parent is closed.
static int with_threads(int tell, Gate until) {
  pthread_t threads[kThreads];
  for (int i = 0; i < kThreads; ++i)
    must("thread", -pthread_create(&threads[i], NULL, i == 0 ? sleep_long : spin, NULL));
  if (write(tell, "!", 1) != 1) return 99;
  gate_wait(until);
  g_goes_on = 0;
  for (int i = 0; i < kThreads; ++i) pthread_join(threads[i], NULL);
  return 5;
}

static int tasks_of(pid_t process, pid_t tasks[], int max) {
  char path[64];
  int count = 0;
  snprintf(path, sizeof path, "/proc/%d/task", process);
  DIR* folder = opendir(path);
  for (struct dirent* entry; count < max && (entry = readdir(folder)) != NULL;)
    if (entry->d_name[0] != '.') tasks[count++] = atoi(entry->d_name);
  closedir(folder);
  return count;
}

static int trace_threads(enum __ptrace_request how) {
  int ends[2];
  char byte;
  pid_t tasks[kThreads + 1];
  Gate until = gate_new();
  must("pipe", pipe(ends));
  pid_t child = fork();
  if (child == 0) _exit(with_threads(ends[1], until));
  must("read", read(ends[0], &byte, 1));
  const int count = tasks_of(child, tasks, kThreads + 1);
  for (int i = 0; i < count; ++i) {
    must("attach", ptrace(how, tasks[i], 0, 0));
    if (how == PTRACE_SEIZE) must("interrupt", ptrace(PTRACE_INTERRUPT, tasks[i], 0, 0));
    const int signal = stopped_by(tasks[i]);
    say("stopped by %d\n", signal);
  }
  for (int i = 0; i < count; ++i) must("detach", ptrace(PTRACE_DETACH, tasks[i], 0, 0));
  gate_fire(until);
  tell_end("child", reap(child));
  return 0;
}

// As strace starts what it traces: the child stops itself, and is seized then.
static int trace_stopped(void) {
  pid_t child = fork();
  if (child == 0) {
    raise(SIGSTOP);
    execl("/bin/echo", "echo", "runs", (char*)NULL);
    _exit(99);
  }
  int status = 0;
  must("wait", waitpid(child, &status, WUNTRACED));
  say("stopped by %d\n", WSTOPSIG(status));
  must("seize", ptrace(PTRACE_SEIZE, child, 0, PTRACE_O_TRACEEXEC));
  kill(child, SIGCONT);
  int execs = 0, calls = 0;
  while (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
    const int event = status >> 16;
    execs += event == PTRACE_EVENT_EXEC;
    calls += 1;
    const int signal = event == 0 && WSTOPSIG(status) != SIGCONT ? WSTOPSIG(status) : 0;
    must("cont", ptrace(PTRACE_CONT, child, 0, signal));
  }
  say("execs %d\n", execs);
  tell_end("child", status);
  return calls > 0 ? 0 : 3;
}

static int trace_parent(void) {
  const pid_t parent = getpid();
  pid_t child = fork();
  if (child == 0) {
    must("attach", ptrace(PTRACE_ATTACH, parent, 0, 0));
    say("stopped by %d\n", stopped_by(parent));
    errno = 0;
    const long word = ptrace(PTRACE_PEEKDATA, parent, &g_goes_on, 0);
    say("reads %d\n", (int)word);
    must("detach", ptrace(PTRACE_DETACH, parent, 0, 0));
    _exit(0);
  }
  tell_end("child", reap(child));
  return 3;
}

static int trace_me_and_exec(pid_t (*new_child)(void)) {
  pid_t child = new_child();
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0) _exit(errno);
    execl("/bin/echo", "echo", "runs", (char*)NULL);
    _exit(99);
  }
  say("stopped by %d\n", stopped_by(child));
  int steps = 0, status = 0;
  while (steps < 100 && ptrace(PTRACE_SINGLESTEP, child, 0, 0) == 0 && stopped_by(child) == SIGTRAP) ++steps;
  say("steps %d\n", steps);
  must("cont", ptrace(PTRACE_CONT, child, 0, 0));
  must("wait", waitpid(child, &status, 0));
  tell_end("child", status);
  return 0;
}

int main(int argc, char** argv) {
  const char* how = argc > 1 ? argv[1] : "";
  if (strcmp(how, "attach") == 0) return trace_threads(PTRACE_ATTACH);
  if (strcmp(how, "seize") == 0) return trace_threads(PTRACE_SEIZE);
  if (strcmp(how, "stopped") == 0) return trace_stopped();
  if (strcmp(how, "parent") == 0) return trace_parent();
  if (strcmp(how, "traceme") == 0) return trace_me_and_exec(fork);
  if (strcmp(how, "vfork") == 0) return trace_me_and_exec(vfork);
  return 9;
}

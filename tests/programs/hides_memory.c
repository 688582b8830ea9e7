// Proves that a process which hides its memory is recorded as any other, and its threads and children are, with lines that nobody has run
// before: they die of no int3, and what is hidden stays so. With an argument it waits for SIGUSR1 first.
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "play.h"

static int is_hidden(void) {
  return prctl(PR_GET_DUMPABLE) == 0;  // hits 1
}

static int that_hides_itself(void) {
  prctl(PR_SET_DUMPABLE, 0);          // hits 1
  return prctl(PR_GET_DUMPABLE);      // hits 1
}

static int of_child(int depth) {
  int hidden = is_hidden();           // hits 1
  if (depth > 0) {                    // hits 1
    pid_t child = fork();             // hits 1
    if (child == 0) {
      _exit(of_child(0));             // hits 1
    }
    int status = reap(child);         // hits 1
    hidden = hidden && WEXITSTATUS(status);
  }
  return hidden;
}

static int of_clone(void) {
  return is_hidden();                 // hits 1
}

static int of_vfork_with_a_copy(void) {
  return is_hidden();                 // hits 1
}

static int of_clone_in_same_memory(void* unused) {
  (void)unused;
  return is_hidden();                 // hits 1
}

static void* of_thread(void* hidden) {
  *(int*)hidden = is_hidden();        // hits 1
  return NULL;                        // hits 1
}

static pthread_barrier_t both;

static void* of_earlier_thread(void* hidden) {
  pthread_barrier_wait(&both);
  *(int*)hidden = is_hidden();        // hits 1
  return NULL;                        // hits 1
}

static volatile sig_atomic_t traps;

static void on_trap(int number) {
  (void)number;
  traps++;                            // hits 1
}

static int of_setting(void) {
  raise(SIGTRAP);                     // hits 1
  return traps == 1;                  // hits 1
}

static pid_t clone_raw(unsigned long flags) {
  return (pid_t)syscall(SYS_clone, flags, 0L, 0L, 0L, 0L);
}

static char stack[1 << 16];

int main(int argc, char** argv) {
  (void)argv;
  sigset_t usr1;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  sigprocmask(SIG_BLOCK, &usr1, NULL);
  signal(SIGTRAP, on_trap);           // hits 1
  pthread_barrier_init(&both, NULL, 2);
  int hidden_earlier = 0, hidden = 0, number = 0;
  pthread_t earlier, thread;
  pthread_create(&earlier, NULL, of_earlier_thread, &hidden_earlier);
  if (argc > 1) {
    say("waits\n");                   // hits 0
    sigwait(&usr1, &number);          // hits 0
  }

  pid_t child = fork();               // hits 1
  if (child == 0) {
    _exit(that_hides_itself());       // hits 1
  }
  tell_end("hid itself", reap(child));  // hits 1

  if (prctl(PR_SET_DUMPABLE, 0) != 0) skip("no process can hide its memory here");
  say("hidden: %d\n", is_hidden());   // hits 1
  pthread_barrier_wait(&both);
  pthread_join(earlier, NULL);        // hits 1
  say("earlier thread: %d\n", hidden_earlier);  // hits 1

  child = fork();                     // hits 1
  if (child == 0) {
    _exit(of_child(1));               // hits 1
  }
  tell_end("forked", reap(child));    // hits 1

  child = clone_raw(SIGCHLD);
  if (child == 0) {
    _exit(of_clone());                // hits 1
  }
  tell_end("cloned", reap(child));    // hits 1

  child = clone_raw(CLONE_VFORK | SIGCHLD);
  if (child == 0) {
    _exit(of_vfork_with_a_copy());    // hits 1
  }
  tell_end("cloned and waited for", reap(child));  // hits 1

  child = clone(of_clone_in_same_memory, stack + sizeof stack, CLONE_VM | SIGCHLD, NULL);
  tell_end("cloned in the same memory", reap(child));  // hits 1

  pthread_create(&thread, NULL, of_thread, &hidden);  // hits 1
  pthread_join(thread, NULL);         // hits 1
  say("thread: %d\n", hidden);        // hits 1

  child = vfork();                    // hits 1
  if (child == 0) {
    execlp("true", "true", (char*)NULL);  // hits 1
    _exit(127);                       // hits 0
  }
  tell_end("execed", reap(child));    // hits 1

  child = fork();                     // hits 1
  if (child == 0) {
    _exit(of_setting());              // hits 1
  }
  tell_end("trapped", reap(child));   // hits 1
  return 0;                           // hits 1
}

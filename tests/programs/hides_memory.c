// Proves that a process which hides its memory is recorded as any other, and its children are, with lines that nobody has run before:
// they die of no int3, and what is hidden stays so.
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "play.h"

static int is_hidden(void) {
  return prctl(PR_GET_DUMPABLE) == 0;  // hits 1
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

static void* of_thread(void* hidden) {
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

int main(void) {
  signal(SIGTRAP, on_trap);           // hits 1
  if (prctl(PR_SET_DUMPABLE, 0) != 0) skip("no process can hide its memory here");
  say("hidden: %d\n", is_hidden());   // hits 1

  pid_t child = fork();               // hits 1
  if (child == 0) {
    _exit(of_child(1));               // hits 1
  }
  tell_end("forked", reap(child));    // hits 1

  child = (pid_t)syscall(SYS_clone, SIGCHLD, 0L, 0L, 0L, 0L);
  if (child == 0) {
    _exit(of_clone());                // hits 1
  }
  tell_end("cloned", reap(child));    // hits 1

  int hidden = 0;                     // hits 1
  pthread_t thread;
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

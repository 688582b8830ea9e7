// Proves that the init of a pid namespace may die of a fault. An init ignores what would kill it,
// but for what the kernel forces; for a traced one it does not force that (Linux 6.18).
//
// The argument says which fault: segv, abort, int3 (the program's own), or segv in a second thread.
#include <pthread.h>

#include "namespace.h"

static void* fault(void* argument) {
  const char* how = argument;                              // hits 1
  if (strcmp(how, "abort") == 0) abort();
  if (strcmp(how, "int3") == 0) __asm__ volatile("int3");
  *(volatile int*)8 = 1;                                   // hits 1
  return argument;                                         // hits 0
}

static int init_of_namespace(char* how) {
  kill(getpid(), SIGSEGV);                                 // hits 1
  say("init: what I send myself I ignore\n");              // hits 1
  if (strcmp(how, "thread") != 0) fault(how);
  pthread_t thread;
  pthread_create(&thread, NULL, fault, how);
  for (;;) pause();
}

int main(int argc, char** argv) {
  enter_pid_namespace();                                   // hits 1
  pid_t init = fork();
  if (init == 0) {
    return init_of_namespace(argc > 1 ? argv[1] : "segv"); // hits 1
  }
  tell_end("init", reap(init));                            // hits 1
  return 3;                                                // hits 1
}

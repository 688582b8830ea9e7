// Proves that a program lives with the limits it sets for itself: descriptors, file size, processor
// time.
#include <sys/mman.h>
#include <sys/resource.h>

#include "play.h"

static volatile sig_atomic_t too_big;

static void on_limit(int signal_number, siginfo_t* info, void* context) {
  (void)info;
  (void)context;
  too_big = signal_number;                               // hits 1
}

static void set_limit(__rlimit_resource_t what, rlim_t value) {
  struct rlimit limit = {value, value};                  // hits 1
  setrlimit(what, &limit);                               // hits 1
}

int main(void) {
  int file = memfd_create("file", 0);                    // hits 1
  set_limit(RLIMIT_FSIZE, 1000);                         // hits 1
  on_signal(SIGXFSZ, on_limit, 0);                       // hits 1
  char bytes[600] = "";                                  // hits 1
  for (int i = 0; i < 3; i++) {                          // hits 1
    say("%zd\n", write(file, bytes, sizeof bytes));      // hits 1
  }
  say("told: %d\n", too_big == SIGXFSZ);                 // hits 1
  set_limit(RLIMIT_NOFILE, 16);                          // hits 1
  int last = 0;                                          // hits 1
  while (dup(0) >= 0) {                                  // hits 1
    last++;                                              // hits 1
  }
  say("%s: %d\n", strerror(errno), last > 0);            // hits 1
  pid_t child = fork();
  if (child == 0) {
    set_limit(RLIMIT_CPU, 0);
    for (volatile int i = 0;; i = 1) {
      if (i < 0) break;
    }
  }
  int status = reap(child);                              // hits 1
  int signal_number = WTERMSIG(status);                  // hits 1
  say("out of time: %d\n", signal_number == SIGXCPU || signal_number == SIGKILL);  // hits 1
  return 0;                                              // hits 1
}

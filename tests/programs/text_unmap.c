// Proves that a program may unmap its own text: it faults there as untraced, and what it maps there
// instead runs. The rest of it, and its children, go on. With an argument it leaves a child behind
// that runs on for a while.
#include "text.h"

static volatile int faults;

ON_A_PAGE_OF_ITS_OWN static int first(int n) {
  return n + 1;                                            // hits 1
}

ON_A_PAGE_OF_ITS_OWN static int gone(int n) {
  n += 2;                                                  // hits 0
  return n;                                                // hits 0
}

ON_A_PAGE_OF_ITS_OWN static int last(int n) {
  return n + 3;                                            // hits 1
}

static void map_other_code(int number, siginfo_t* info, void* context) {
  (void)number;
  (void)context;
  faults++;                                                // hits 2
  int protection = PROT_READ | PROT_WRITE | PROT_EXEC;     // hits 2
  mmap(page_of(info->si_addr), kPage, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);  // hits 2
  write_answer(page_of(info->si_addr), 42);                // hits 2
}

static void outlive(void) {
  Gate gate = gate_new();
  if (fork() == 0) {
    gate_wait(gate);
    usleep(300000);
    say("left behind: %d\n", last(1));
    _exit(0);
  }
}

int main(int argc, char** argv) {
  (void)argv;
  int (*volatile ask)(int) = gone;                         // hits 1
  munmap(page_of(gone), kPage);                            // hits 1
  if (argc > 1) outlive();
  if (argc > 1) return first(4);
  on_signal(SIGSEGV, map_other_code, 0);                   // hits 1
  pid_t child = fork();
  if (child == 0) {
    _exit(ask(1));                                         // hits 1
  }
  tell_end("child", reap(child));                          // hits 1
  say("other code: %d\n", ask(1));                         // hits 1
  say("%d %d %d\n", first(1), last(1), faults);            // hits 1
  return 0;                                                // hits 1
}

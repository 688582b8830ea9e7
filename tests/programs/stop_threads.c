// Proves that a stop stops every thread of a process, and that all of them go on afterwards.
#include <pthread.h>
#include <sys/mman.h>

#include "play.h"

enum { kThreads = 4 };

static volatile long* counters;  // shared with the parent

static void* count(void* slot) {
  for (;;) counters[(long)slot]++;
  return NULL;
}

static long sum(void) {
  long total = 0;                                   // hits 1
  for (int i = 0; i < kThreads; i++) {              // hits 1
    total += counters[i];                           // hits 1
  }
  return total;                                     // hits 1
}

static int all_moved_since(const long* before) {
  int moved = 0;                                    // hits 1
  for (int i = 0; i < kThreads; i++) {              // hits 1
    moved += counters[i] != before[i];              // hits 1
  }
  return moved == kThreads;                         // hits 1
}

static void wait_until_all_move(void) {
  long before[kThreads];
  for (int i = 0; i < kThreads; i++) {              // hits 1
    before[i] = counters[i];                        // hits 1
  }
  while (!all_moved_since(before)) usleep(1000);    // hits 1
}

int main(void) {
  int memory = memfd_create("counters", 0);         // hits 1
  if (ftruncate(memory, 4096) != 0) return 1;       // hits 1
  counters = (long*)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);  // hits 1
  pid_t child = fork();
  if (child == 0) {
    pthread_t thread;
    for (long i = 1; i < kThreads; i++) {           // hits 1
      pthread_create(&thread, NULL, count, (void*)i);  // hits 1
    }
    count(NULL);                                    // hits 1
  }
  for (int i = 0; i < 3; i++) {                     // hits 1
    wait_until_all_move();                          // hits 1
    int status = 0;                                 // hits 1
    kill(child, SIGSTOP);                           // hits 1
    waitpid(child, &status, WUNTRACED);             // hits 1
    long then = sum();                              // hits 1
    usleep(10000);                                  // hits 1
    say("stopped: %d, moved: %d\n", WIFSTOPPED(status), sum() != then);  // hits 1
    kill(child, SIGCONT);                           // hits 1
  }
  wait_until_all_move();                            // hits 1
  kill(child, SIGSTOP);                             // hits 1
  kill(child, SIGKILL);                             // hits 1
  tell_end("child", reap(child));                   // hits 1
  return 0;                                         // hits 1
}

// Proves that one thread may fork while others reach lines: the children have one thread, and every
// probe answers.
#include <pthread.h>

#include "play.h"

enum { kThreads = 4, kForks = 20 };

static int stop;
static int rounds;

static long collatz(long n) {
  long steps = 0;                        // hits 1
  while (n != 1) {                       // hits 1
    n = n % 2 ? 3 * n + 1 : n / 2;       // hits 1
    steps++;                             // hits 1
  }
  return steps;                          // hits 1
}

static void* work(void* argument) {
  long sum = 0;                                          // hits 1
  for (long n = 1; !__atomic_load_n(&stop, __ATOMIC_SEQ_CST); n = n % 1000 + 1) {
    sum += collatz(n);                                   // hits 1
    __atomic_fetch_add(&rounds, 1, __ATOMIC_SEQ_CST);    // hits 1
  }
  *(long*)argument = sum;                                // hits 1
  return NULL;                                           // hits 1
}

static void* breed(void* argument) {
  int sum = 0;                                           // hits 1
  for (int i = 0; i < kForks; i++) {
    pid_t child = fork();
    if (child == 0) {
      int code = i % 3;                                  // hits 20
      _exit(code);                                       // hits 20
    }
    sum += WEXITSTATUS(reap(child));                     // hits 1
  }
  *(int*)argument = sum;                                 // hits 1
  return NULL;                                           // hits 1
}

int main(void) {
  pthread_t workers[kThreads], breeder;
  long sums[kThreads];
  int codes = 0;                                                  // hits 1
  for (int i = 0; i < kThreads; i++) {                            // hits 1
    pthread_create(&workers[i], NULL, work, &sums[i]);            // hits 1
  }
  pthread_create(&breeder, NULL, breed, &codes);                  // hits 1
  pthread_join(breeder, NULL);                                    // hits 1
  while (__atomic_load_n(&rounds, __ATOMIC_SEQ_CST) < kThreads) usleep(1000);
  __atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);                   // hits 1
  for (int i = 0; i < kThreads; i++) {                            // hits 1
    pthread_join(workers[i], NULL);                               // hits 1
  }
  say("%d\n", codes);                                             // hits 1
  return 0;                                                       // hits 1
}

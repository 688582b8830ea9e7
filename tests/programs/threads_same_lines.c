// Proves that eight threads which reach the same probes at the same time all go on, and that one
// address space reaches a line once.
#include <pthread.h>

#include "play.h"

enum { kThreads = 8, kRounds = 1000 };

static pthread_barrier_t start;
static long totals[kThreads];

static long step(long value, int odd) {
  if (odd) {                              // hits 1
    value += 3;                           // hits 1
  } else {
    value += 5;                           // hits 1
  }
  if (value < 0) {                        // hits 1
    value = 0;                            // hits 0
  }
  return value;                           // hits 1
}

static void* run(void* slot) {
  long* total = (long*)slot;              // hits 1
  pthread_barrier_wait(&start);           // hits 1
  for (int i = 0; i < kRounds; i++) {     // hits 1
    *total = step(*total, i & 1);         // hits 1
  }
  return NULL;                            // hits 1
}

int main(void) {
  pthread_t threads[kThreads];
  pthread_barrier_init(&start, NULL, kThreads);                // hits 1
  for (int i = 0; i < kThreads; i++) {                         // hits 1
    pthread_create(&threads[i], NULL, run, &totals[i]);        // hits 1
  }
  long sum = 0;                                                // hits 1
  for (int i = 0; i < kThreads; i++) {                         // hits 1
    pthread_join(threads[i], NULL);                            // hits 1
    sum += totals[i];                                          // hits 1
  }
  say("%ld\n", sum);                                           // hits 1
  return 0;                                                    // hits 1
}

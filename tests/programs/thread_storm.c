// Proves that two hundred short threads, born and gone in waves, are all followed.
#include <pthread.h>

#include "play.h"

enum { kWaves = 10, kWide = 20 };

static int done;

static void* live_shortly(void* argument) {
  long number = (long)argument;                       // hits 1
  if (number == kWide - 1) {                          // hits 1
    __atomic_fetch_add(&done, 100, __ATOMIC_SEQ_CST); // hits 1
  }
  __atomic_fetch_add(&done, 1, __ATOMIC_SEQ_CST);     // hits 1
  return NULL;                                        // hits 1
}

int main(void) {
  for (int wave = 0; wave < kWaves; wave++) {         // hits 1
    pthread_t threads[kWide];
    for (long i = 0; i < kWide; i++) {                // hits 1
      pthread_create(&threads[i], NULL, live_shortly, (void*)i);  // hits 1
    }
    for (int i = 0; i < kWide; i++) {                 // hits 1
      pthread_join(threads[i], NULL);                 // hits 1
    }
  }
  say("%d\n", done);                                  // hits 1
  return 0;                                           // hits 1
}

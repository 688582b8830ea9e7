// Proves that a process may end while its threads are running, being born, or reaching a line for
// the first time.
#include <pthread.h>

#include "play.h"

static int started;

static void* spin(void* argument) {
  (void)argument;
  __atomic_fetch_add(&started, 1, __ATOMIC_SEQ_CST);
  for (volatile long i = 0;; i++) {
    if (i < 0) break;
  }
  return NULL;
}

static void* live_shortly(void* argument) { return argument; }

static void* breed(void* argument) {
  for (;;) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, live_shortly, NULL) == 0) pthread_join(thread, NULL);
  }
  return argument;
}

int main(void) {
  pthread_t thread;
  for (int i = 0; i < 4; i++) {                            // hits 1
    pthread_create(&thread, NULL, spin, NULL);             // hits 1
  }
  pthread_create(&thread, NULL, breed, NULL);              // hits 1
  while (__atomic_load_n(&started, __ATOMIC_SEQ_CST) < 4) usleep(1000);
  say("leaving\n");                                        // hits 1
  exit(12);                                                // hits 1
}

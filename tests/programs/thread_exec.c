// Proves that an exec from a thread which is not the leader ends the others and goes on under the
// leader's id.
#include <pthread.h>

#include "play.h"

static char* self;

static void* sleep_on(void* argument) {
  for (;;) pause();
  return argument;
}

static void* become_another(void* argument) {
  say("a thread becomes another program\n");             // hits 1
  execl("/proc/self/exe", self, "again", (char*)NULL);   // hits 1
  return argument;                                       // hits 0
}

int main(int argc, char** argv) {
  self = argv[0];                                        // hits 2
  if (argc > 1) {                                        // hits 2
    say("%s\n", argv[1]);                                // hits 1
    return getpid() == gettid() ? 8 : 9;                 // hits 1
  }
  pthread_t threads[4];
  for (int i = 0; i < 3; i++) {                          // hits 1
    pthread_create(&threads[i], NULL, sleep_on, NULL);   // hits 1
  }
  pthread_create(&threads[3], NULL, become_another, NULL);  // hits 1
  pthread_join(threads[3], NULL);
  return 1;                                              // hits 0
}

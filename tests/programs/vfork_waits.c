// Proves that a thread which waits for its vfork child can be neither stopped nor harmed, nor keep the other from going on.
#include <pthread.h>
#include <time.h>

#include "play.h"

static void* count(void* argument) {
  long* const rounds = argument;
  for (int i = 0; i < 400; i++) {
    const struct timespec moment = {.tv_sec = 0, .tv_nsec = 10000000};
    if (nanosleep(&moment, NULL) == 0) *rounds += 1;
  }
  return NULL;
}

int main(int argc, char** argv) {
  const useconds_t child_us = argc > 1 ? (useconds_t)atoi(argv[1]) * 1000 : 4000000;
  long rounds = 0;
  pthread_t thread;
  pthread_create(&thread, NULL, count, &rounds);
  say("waits\n");
  const pid_t child = vfork();
  if (child == 0) {
    usleep(child_us);
    _exit(3);
  }
  tell_end("child", reap(child));
  pthread_join(thread, NULL);
  say("%ld rounds\n", rounds);
  return 0;
}

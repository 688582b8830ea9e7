// Proves that what a program writes to standard output and standard error is in the log, byte for byte and in order, whatever it
// is written with, and that what goes elsewhere is not.
#define _GNU_SOURCE
#include "play.h"

#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/uio.h>

static void* of_thread(void* nothing) {
  say("thread\n");                                            // hits 1
  return nothing;                                             // hits 1
}

static void many(void) {
  char line[64];
  for (int i = 0; i < 200; i++) {                             // hits 1
    int length = snprintf(line, sizeof line, "%d\n", i);      // hits 1
    if (write(STDERR_FILENO, line, length) != length) exit(99);
  }
}

static void vectors(void) {
  struct iovec parts[] = {{"one ", 4}, {"", 0}, {"two ", 4}, {"three\n", 6}};
  if (writev(STDOUT_FILENO, parts, 4) != 14) exit(99);        // hits 1
}

// A pipe that is full takes a part, and then nothing.
static void pipe_takes_a_part(void) {
  int ends[2];
  static char much[200000];
  int saved = dup(STDOUT_FILENO);                             // hits 1
  if (pipe(ends) != 0) exit(99);                              // hits 1
  fcntl(ends[1], F_SETFL, O_NONBLOCK);                        // hits 1
  dup2(ends[1], STDOUT_FILENO);                               // hits 1
  memset(much, 'x', sizeof much);                             // hits 1
  long taken = write(STDOUT_FILENO, much, sizeof much);       // hits 1
  long more = write(STDOUT_FILENO, much, sizeof much);        // hits 1
  int why = errno;                                            // hits 1
  dup2(saved, STDOUT_FILENO);                                 // hits 1
  say("%ld, %ld, %d\n", taken, more, why == EAGAIN);          // hits 1
}

int main(void) {
  printf("first\n");                                          // hits 1
  fflush(stdout);                                             // hits 1
  perror("second");                                           // hits 1
  int null = open("/dev/null", O_WRONLY);                     // hits 1
  if (write(null, "nowhere\n", 8) != 8) exit(99);             // hits 1
  if (write(77, "nobody\n", 7) != -1) exit(99);               // hits 1
  vectors();                                                  // hits 1
  many();                                                     // hits 1
  pipe_takes_a_part();                                        // hits 1
  pthread_t thread;
  pthread_create(&thread, NULL, of_thread, NULL);             // hits 1
  pthread_join(thread, NULL);                                 // hits 1
  pid_t child = fork();
  if (child == 0) {
    say("child\n");                                           // hits 1
    return 3;                                                 // hits 1
  }
  tell_end("child", reap(child));                             // hits 1
  fputs("last, at the end", stdout);                          // hits 1
  return 0;                                                   // hits 1
}

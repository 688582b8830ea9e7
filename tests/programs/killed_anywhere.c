// Proves that SIGKILL may come at any moment of whatever a process does under a tracer, and that its
// parent sees exactly that: while it reaches new lines, alone and in threads, while it execs, while
// its vfork child runs, while signals are handled, while it is stopped.
#include <pthread.h>
#include <spawn.h>

#include "play.h"

enum { kRounds = 60 };

extern char** environ;
static const char* self;
static volatile int number;

// Each branch is a line that is reached for the first time in this child.
static void reach_lines(void) {
  for (int i = 0; i < 16; i++) {
    if (i & 1) number += 1;
    if (i & 2) number -= 2;
    if (i & 4) number ^= 4;
    if (i & 8) number += 8;
    if (i == 3) number *= 3;
    if (i == 5) number *= 5;
    if (i == 7) number *= 7;
    if (i == 11) number *= 11;
    if (i == 13) number *= 13;
    if (i == 15) number *= 15;
  }
}

static void* in_thread(void* unused) {
  (void)unused;
  reach_lines();
  return NULL;
}

static void lines_for_ever(void) {
  reach_lines();
  for (;;) pause();
}

static void threads_for_ever(void) {
  for (;;) {
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
      pthread_create(&threads[i], NULL, in_thread, NULL);
    }
    for (int i = 0; i < 3; i++) {
      pthread_join(threads[i], NULL);
    }
  }
}

static void execs_for_ever(void) {
  execl(self, self, "again", (char*)NULL);
  _exit(1);                                         // hits 0
}

static void spawns_for_ever(void) {
  char* arguments[] = {(char*)self, (char*)"leave", NULL};
  for (;;) {
    pid_t child;
    posix_spawn(&child, self, NULL, NULL, arguments, environ);
    reap(child);
  }
}

static void on_any(int signal_number, siginfo_t* info, void* context) {
  (void)signal_number;
  (void)info;
  (void)context;
  number++;
}

static void signals_for_ever(void) {
  on_signal(SIGUSR1, on_any, 0);
  on_signal(SIGTRAP, on_any, 0);
  for (;;) {
    raise(SIGUSR1);
    raise(SIGTRAP);
  }
}

static void stops_for_ever(void) {
  for (;;) raise(SIGSTOP);
}

// Some time between none and half a millisecond, the same series in each run.
static void let_some_time_pass(int round) {
  unsigned random = (unsigned)round * 2654435761U;  // hits 1
  usleep(random % 500);                             // hits 1
}

static void kill_many(const char* what, void (*live)(void)) {
  int killed = 0;                                   // hits 1
  for (int round = 0; round < kRounds; round++) {   // hits 1
    Gate ready = gate_new();                        // hits 1
    pid_t child = fork();
    if (child == 0) {
      gate_fire(ready);                             // hits 360
      live();
    }
    gate_wait(ready);                               // hits 1
    let_some_time_pass(round);                      // hits 1
    kill(child, SIGKILL);                           // hits 1
    int status = reap(child);                       // hits 1
    killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;  // hits 1
  }
  say("%s: %d\n", what, killed);                    // hits 1
}

int main(int argc, char** argv) {
  self = argv[0];
  if (argc > 1 && strcmp(argv[1], "leave") == 0) return 0;
  if (argc > 1 && strcmp(argv[1], "again") == 0) execs_for_ever();
  kill_many("lines", lines_for_ever);               // hits 1
  kill_many("threads", threads_for_ever);           // hits 1
  kill_many("execs", execs_for_ever);               // hits 1
  kill_many("spawns", spawns_for_ever);             // hits 1
  kill_many("signals", signals_for_ever);           // hits 1
  kill_many("stops", stops_for_ever);               // hits 1
  return 0;                                         // hits 1
}

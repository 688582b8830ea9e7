// Never ends, and says "got TERM" of a SIGTERM: hang deadlock|join|child|pipe|spin|pool. What each of its threads waits for is known.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void* take_second_then_first(void* nothing) {
  pthread_mutex_lock(&second);
  pthread_barrier_wait(&both);
  pthread_mutex_lock(&first);  // waits for main's
  return nothing;
}

static void deadlock(void) {
  pthread_t other;
  pthread_barrier_init(&both, NULL, 2);
  pthread_create(&other, NULL, take_second_then_first, NULL);
  pthread_mutex_lock(&first);
  pthread_barrier_wait(&both);
  pthread_mutex_lock(&second);  // waits for the other's
}

static void* sleep_for_ever(void* nothing) {
  for (;;) pause();
  return nothing;
}

static void join(void) {
  pthread_t other;
  pthread_create(&other, NULL, sleep_for_ever, NULL);
  pthread_join(other, NULL);
}

static void pool(void) {
  pthread_t others[4];
  for (int i = 0; i < 4; ++i) pthread_create(&others[i], NULL, sleep_for_ever, NULL);
  pthread_join(others[0], NULL);
}

static void read_pipe(void) {
  int ends[2];
  char byte;
  if (pipe(ends) == 0 && read(ends[0], &byte, 1) == 1) exit(1);
}

static void wait_for_child(void) {
  const pid_t child = fork();
  if (child == 0) read_pipe();
  waitpid(child, NULL, 0);
}

static void spin(void) {
  for (volatile int i = 0;; ++i) continue;
}

static void say_so(int number) {
  (void)number;
  if (write(STDOUT_FILENO, "got TERM\n", 9) != 9) _exit(1);
}

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  signal(SIGTERM, say_so);
  printf("%d\n", (int)getpid());
  fflush(stdout);
  if (!strcmp(argv[1], "deadlock")) deadlock();
  if (!strcmp(argv[1], "join")) join();
  if (!strcmp(argv[1], "pool")) pool();
  if (!strcmp(argv[1], "child")) wait_for_child();
  if (!strcmp(argv[1], "pipe")) read_pipe();
  if (!strcmp(argv[1], "spin")) spin();
  return 3;
}

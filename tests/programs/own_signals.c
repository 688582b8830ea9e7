// Sends itself one signal: own_signals NUMBER default|ignored|handled|blocked self|thread|group|outside. It says how often its handler ran,
// and whether the signal is still pending. From outside, one is to be sent when it says that it is ready.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t caught;

static void on_signal(int number) {
  (void)number;
  ++caught;
}

static void set_up(int number, const char* mode) {
  if (!strcmp(mode, "ignored")) signal(number, SIG_IGN);
  if (!strcmp(mode, "handled")) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    sigaction(number, &action, NULL);
  }
  if (!strcmp(mode, "blocked")) {
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, number);
    pthread_sigmask(SIG_BLOCK, &only, NULL);
  }
}

static void* wait_for_it(void* barrier) {
  pthread_barrier_wait(barrier);
  pthread_barrier_wait(barrier);
  return NULL;
}

// It is held until the wait for it begins, so that none comes too early.
static void wait_for_one_from_outside(int number) {
  sigset_t only;
  sigset_t before;
  sigemptyset(&only);
  sigaddset(&only, number);
  sigprocmask(SIG_BLOCK, &only, &before);
  puts("ready");
  fflush(stdout);
  sigsuspend(&before);
}

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const int number = atoi(argv[1]);
  set_up(number, argv[2]);
  if (!strcmp(argv[3], "self")) kill(getpid(), number);
  if (!strcmp(argv[3], "group")) kill(0, number);
  if (!strcmp(argv[3], "outside")) wait_for_one_from_outside(number);
  if (!strcmp(argv[3], "thread")) {
    pthread_barrier_t barrier;
    pthread_t thread;
    pthread_barrier_init(&barrier, NULL, 2);
    pthread_create(&thread, NULL, wait_for_it, &barrier);
    pthread_barrier_wait(&barrier);
    pthread_kill(thread, number);
    pthread_barrier_wait(&barrier);
    pthread_join(thread, NULL);
  }
  sigset_t pending;
  sigpending(&pending);
  printf("caught %d, pending %d\n", (int)caught, sigismember(&pending, number));
  return 3;
}

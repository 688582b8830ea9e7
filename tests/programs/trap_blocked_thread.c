// Proves that one thread may block SIGTRAP and reach lines while another does not: each keeps its own
// mask, and a SIGTRAP for the process goes to the one that lets it in.
#include <pthread.h>
#include <semaphore.h>

#include "play.h"

static volatile sig_atomic_t trapped_thread;
static volatile int blocked_in_thread[3];
static sem_t come, go;

static void on_trap(int signal_number, siginfo_t* info, void* context) {
  (void)signal_number;
  (void)info;
  (void)context;
  trapped_thread = gettid();                               // hits 1
}

static int is_blocked(void) {
  sigset_t now;
  pthread_sigmask(SIG_BLOCK, NULL, &now);                  // hits 1
  return sigismember(&now, SIGTRAP);                       // hits 1
}

// One copy of it: the second time no line in it is new, and the thread rests while the signal comes.
__attribute__((noipa)) static void meet(sem_t* mine, sem_t* other) {
  sem_post(mine);                                          // hits 1
  sem_wait(other);                                         // hits 1
}

static void* with_trap_blocked(void* unused) {
  (void)unused;
  sigset_t mask;
  sigemptyset(&mask);                                      // hits 1
  sigaddset(&mask, SIGTRAP);                               // hits 1
  pthread_sigmask(SIG_BLOCK, &mask, NULL);                 // hits 1
  blocked_in_thread[0] = is_blocked();                     // hits 1
  meet(&come, &go);                                        // hits 1
  blocked_in_thread[1] = is_blocked();                     // hits 1
  meet(&come, &go);                                        // hits 1
  blocked_in_thread[2] = is_blocked();                     // hits 1
  return NULL;                                             // hits 1
}

int main(void) {
  pthread_t thread;
  on_signal(SIGTRAP, on_trap, 0);                          // hits 1
  sem_init(&come, 0, 0);                                   // hits 1
  sem_init(&go, 0, 0);                                     // hits 1
  pthread_create(&thread, NULL, with_trap_blocked, NULL);  // hits 1
  sem_wait(&come);                                         // hits 1
  say("here: %d\n", is_blocked());                         // hits 1
  sem_post(&go);                                           // hits 1
  sem_wait(&come);                                         // hits 1
  kill(getpid(), SIGTRAP);                                 // hits 1
  while (trapped_thread == 0) usleep(100);                 // hits 1
  say("came here: %d\n", trapped_thread == gettid());      // hits 1
  sem_post(&go);                                           // hits 1
  pthread_join(thread, NULL);                              // hits 1
  say("there: %d %d %d\n", blocked_in_thread[0], blocked_in_thread[1], blocked_in_thread[2]);
  say("here: %d\n", is_blocked());                         // hits 1
  return 0;                                                // hits 1
}

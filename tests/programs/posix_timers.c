// Proves that timers tell as they were asked to: by a signal with a value, to one thread, in a new
// thread, or not at all; on the wall clock, on the processor time of the process and of a thread;
// and that what expires while the signal is blocked is counted.
#include <pthread.h>
#include <time.h>

#include "play.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static volatile sig_atomic_t count;
static volatile sig_atomic_t value;
static volatile sig_atomic_t in_right_thread;
static volatile int thread_notified;
static volatile pid_t right_thread;

static void on_timer(int signal_number, siginfo_t* info, void* context) {
  (void)signal_number;
  (void)context;
  value = info->si_value.sival_int;                         // hits 1
  in_right_thread = gettid() == right_thread;               // hits 1
  count += info->si_code == SI_TIMER;                       // hits 1
}

static timer_t start(clockid_t clock, struct sigevent* event, long interval_ns) {
  timer_t timer;
  struct itimerspec when = {{0, interval_ns}, {0, 2000000}};  // hits 1
  if (timer_create(clock, event, &timer) != 0) say("no timer: %s\n", strerror(errno));  // hits 1
  timer_settime(timer, 0, &when, NULL);                     // hits 1
  return timer;                                             // hits 1
}

static void until(int wanted) {
  for (volatile long i = 0; count < wanted; i++) continue;  // hits 1
}

static void by_signal(const char* name, clockid_t clock) {
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 2};  // hits 1
  event.sigev_value.sival_int = 31;                         // hits 1
  count = value = 0;                                        // hits 1
  timer_t timer = start(clock, &event, 2000000);            // hits 1
  until(3);                                                 // hits 1
  timer_delete(timer);                                      // hits 1
  say("%s: value %d\n", name, (int)value);                  // hits 1
}

static void* wait_in_thread(void* unused) {
  (void)unused;
  right_thread = gettid();                                  // hits 1
  until(2);                                                 // hits 1
  return NULL;                                              // hits 1
}

static void to_thread(void) {
  pthread_t thread;
  count = value = 0;                                        // hits 1
  pthread_create(&thread, NULL, wait_in_thread, NULL);      // hits 1
  while (right_thread == 0) usleep(100);                    // hits 1
  struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN + 2};
  event.sigev_value.sival_int = 32;                         // hits 1
  event.sigev_notify_thread_id = right_thread;              // hits 1
  timer_t timer = start(CLOCK_MONOTONIC, &event, 2000000);  // hits 1
  pthread_join(thread, NULL);                               // hits 1
  timer_delete(timer);                                      // hits 1
  say("to a thread: value %d, right %d\n", (int)value, (int)in_right_thread);  // hits 1
}

static void in_new_thread(union sigval payload) {
  thread_notified = payload.sival_int;                      // hits 1
}

static void by_thread(void) {
  struct sigevent event = {.sigev_notify = SIGEV_THREAD};   // hits 1
  event.sigev_notify_function = in_new_thread;              // hits 1
  event.sigev_value.sival_int = 33;                         // hits 1
  timer_t timer = start(CLOCK_MONOTONIC, &event, 0);        // hits 1
  while (thread_notified == 0) usleep(100);                 // hits 1
  timer_delete(timer);                                      // hits 1
  say("in a new thread: value %d\n", thread_notified);      // hits 1
}

static void not_at_all(void) {
  struct sigevent event = {.sigev_notify = SIGEV_NONE};     // hits 1
  struct itimerspec now = {{0, 0}, {0, 1}};                 // hits 1
  timer_t timer = start(CLOCK_MONOTONIC, &event, 0);        // hits 1
  while (now.it_value.tv_nsec != 0) timer_gettime(timer, &now);  // hits 1
  timer_delete(timer);                                      // hits 1
  say("silent: expired\n");                                 // hits 1
}

static void while_blocked(void) {
  sigset_t mask, none;
  sigemptyset(&none);                                       // hits 1
  sigemptyset(&mask);                                       // hits 1
  sigaddset(&mask, SIGRTMIN + 2);                           // hits 1
  sigprocmask(SIG_BLOCK, &mask, NULL);                      // hits 1
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 2};  // hits 1
  event.sigev_value.sival_int = 34;                         // hits 1
  count = value = 0;                                        // hits 1
  timer_t timer = start(CLOCK_MONOTONIC, &event, 1000000);  // hits 1
  usleep(20000);                                            // hits 1
  sigsuspend(&none);                                        // hits 1
  say("blocked: overruns counted %d, value %d\n", timer_getoverrun(timer) > 3, (int)value);
  timer_delete(timer);                                      // hits 1
}

int main(void) {
  on_signal(SIGRTMIN + 2, on_timer, 0);                     // hits 1
  by_signal("monotonic", CLOCK_MONOTONIC);                  // hits 1
  by_signal("real time", CLOCK_REALTIME);                   // hits 1
  by_signal("process", CLOCK_PROCESS_CPUTIME_ID);           // hits 1
  by_signal("thread", CLOCK_THREAD_CPUTIME_ID);             // hits 1
  to_thread();                                              // hits 1
  by_thread();                                              // hits 1
  not_at_all();                                             // hits 1
  while_blocked();                                          // hits 1
  return 0;                                                 // hits 1
}

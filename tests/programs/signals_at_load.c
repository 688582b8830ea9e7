// Proves that signals which arrive while libraries are loaded and unloaded are neither lost nor
// doubled, and that the libraries work.
#include <dlfcn.h>
#include <sys/time.h>

#include "play.h"

enum { kLoads = 40 };

static volatile sig_atomic_t ticks;
static volatile sig_atomic_t told;

static void on_tick(int signal_number, siginfo_t* info, void* context) {
  (void)signal_number;
  (void)info;
  (void)context;
  ticks++;                                         // hits 1
}

static void on_value(int signal_number, siginfo_t* info, void* context) {
  (void)signal_number;
  (void)context;
  told += info->si_value.sival_int;                // hits 1
}

static pid_t start_sender(int count) {
  pid_t root = getpid();                           // hits 1
  pid_t child = fork();
  if (child == 0) {
    for (int i = 1; i <= count; i++) {             // hits 1
      union sigval value = {.sival_int = i};       // hits 1
      while (sigqueue(root, SIGRTMIN + 1, value) != 0) usleep(100);  // hits 1
      usleep(200);                                 // hits 1
    }
    _exit(0);                                      // hits 1
  }
  return child;                                    // hits 1
}

int main(void) {
  struct itimerval every = {{0, 1000}, {0, 1000}}, never = {{0, 0}, {0, 0}};  // hits 1
  on_signal(SIGALRM, on_tick, SA_RESTART);         // hits 1
  on_signal(SIGRTMIN + 1, on_value, SA_RESTART);   // hits 1
  pid_t sender = start_sender(100);                // hits 1
  setitimer(ITIMER_REAL, &every, NULL);            // hits 1
  int good = 0;                                    // hits 1
  for (int i = 0; i < kLoads || ticks < 5; i++) {  // hits 1
    void* library = dlopen("libresolv.so.2", RTLD_NOW | RTLD_LOCAL);  // hits 1
    good += i < kLoads && library != NULL && dlsym(library, "ns_get16") != NULL;  // hits 1
    if (library != NULL) dlclose(library);         // hits 1
  }
  setitimer(ITIMER_REAL, &never, NULL);            // hits 1
  int status = reap(sender);                       // hits 1
  say("loads %d, values %d\n", good, (int)told);   // hits 1
  tell_end("sender", status);                      // hits 1
  return 0;                                        // hits 1
}

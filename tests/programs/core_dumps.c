// Proves that whoever dies of a signal that dumps core still dumps one, and that its parent is told
// so; also with threads beside it, and where the dump is forbidden.
#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "play.h"

static const int kDumping[] = {SIGQUIT, SIGILL,  SIGTRAP, SIGABRT, SIGBUS,
                               SIGFPE,  SIGSEGV, SIGXCPU, SIGXFSZ, SIGSYS};

static void* wait_for_ever(void* unused) {
  (void)unused;
  while (pause() != 0) continue;
  return NULL;
}

static void limit_core(rlim_t bytes) {
  struct rlimit limit;
  getrlimit(RLIMIT_CORE, &limit);                        // hits 1
  limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;  // hits 1
  setrlimit(RLIMIT_CORE, &limit);                        // hits 1
}

static void die(int signal_number, int threads) {
  pthread_t thread;
  for (int i = 0; i < threads; i++) {                    // hits 12
    pthread_create(&thread, NULL, wait_for_ever, NULL);  // hits 1
  }
  raise(signal_number);                                  // hits 12
  _exit(1);                                              // hits 0
}

// Where core_pattern names a file in the current folder, it is there, and it is an ELF file.
static int take_core(pid_t child) {
  char name[64], head[4] = "";                           // hits 1
  snprintf(name, sizeof name, "core.%d", (int)child);    // hits 1
  int file = open("core", O_RDONLY);                     // hits 1
  if (file < 0) file = open(name, O_RDONLY);             // hits 1
  ssize_t size = read(file, head, sizeof head);          // hits 1
  close(file);                                           // hits 1
  unlink("core");                                        // hits 1
  unlink(name);                                          // hits 1
  return size == 4 && memcmp(head, "\177ELF", 4) == 0;   // hits 1
}

static void tell_death(int signal_number, int threads) {
  pid_t child = fork();
  if (child == 0) die(signal_number, threads);
  int status = reap(child);                              // hits 1
  say("%d: killed by %d, dumped %d, ", signal_number, WTERMSIG(status), WCOREDUMP(status) != 0);
  say("file %d\n", take_core(child));                    // hits 1
}

int main(void) {
  char folder[] = "/tmp/recount-core-XXXXXX";            // hits 1
  if (mkdtemp(folder) == NULL || chdir(folder) != 0) return 1;  // hits 1
  limit_core(64 * 1024 * 1024);                          // hits 1
  for (unsigned i = 0; i < sizeof kDumping / sizeof *kDumping; i++) {  // hits 1
    tell_death(kDumping[i], 0);                          // hits 1
  }
  tell_death(SIGSEGV, 3);                                // hits 1
  limit_core(0);                                         // hits 1
  tell_death(SIGSEGV, 0);                                // hits 1
  return rmdir(folder);                                  // hits 1
}

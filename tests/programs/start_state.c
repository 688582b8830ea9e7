// Proves that a program finds what it would find untraced: environment, descriptors, signals,
// limits, personality.
#include <dirent.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "play.h"

static unsigned digest(const char* text) {
  unsigned value = 2166136261u;
  while (*text) value = (value ^ (unsigned char)*text++) * 16777619u;
  return value;
}

static void tell_environment(void) {
  for (char** entry = environ; *entry; entry++) {
    say("%.*s: %08x\n", (int)strcspn(*entry, "="), *entry, digest(*entry));
  }
}

static void tell_descriptors(void) {
  for (int fd = 0; fd < 1024; fd++) {
    struct stat about;
    if (fstat(fd, &about) == 0) say("descriptor %d: type %o\n", fd, about.st_mode & S_IFMT);
  }
}

static void tell_status_lines(void) {
  static const char* const wanted[] = {"SigPnd",     "ShdPnd",   "SigBlk", "SigIgn",
                                       "SigCgt",     "CapEff",   "Umask",  "Threads",
                                       "NoNewPrivs", "Seccomp:", "Groups", "Cpus_allowed:"};
  char line[4096];
  FILE* file = fopen("/proc/self/status", "r");
  while (file && fgets(line, sizeof line, file)) {
    for (unsigned i = 0; i < sizeof wanted / sizeof *wanted; i++) {
      if (strncmp(line, wanted[i], strlen(wanted[i])) == 0) say("%s", line);
    }
  }
  if (file) fclose(file);
}

static void tell_limits(void) {
  for (int i = 0; i < RLIM_NLIMITS; i++) {
    struct rlimit limit = {0, 0};
    getrlimit((__rlimit_resource_t)i, &limit);
    say("limit %d: %llu %llu\n", i, (unsigned long long)limit.rlim_cur,
        (unsigned long long)limit.rlim_max);
  }
}

int main(int argc, char** argv) {
  tell_environment();                                                     // hits 1
  tell_descriptors();                                                     // hits 1
  tell_status_lines();                                                    // hits 1
  tell_limits();                                                          // hits 1
  for (int i = 0; i < argc; i++) {                                        // hits 1
    say("argument %d: %s\n", i, argv[i]);                                 // hits 1
  }
  cpu_set_t cpus;
  sched_getaffinity(0, sizeof cpus, &cpus);                               // hits 1
  say("processors: %d\n", CPU_COUNT(&cpus));                              // hits 1
  say("personality: %x\n", (unsigned)personality(0xffffffff));            // hits 1
  say("address space is random: %d\n", !(personality(0xffffffff) & ADDR_NO_RANDOMIZE));  // hits 1
  say("secure: %lu\n", getauxval(AT_SECURE));                             // hits 1
  say("dumpable: %d\n", prctl(PR_GET_DUMPABLE));                          // hits 1
  int death_signal = -1;                                                  // hits 1
  prctl(PR_GET_PDEATHSIG, &death_signal);                                 // hits 1
  say("signal at the parent's death: %d\n", death_signal);                // hits 1
  say("timer slack: %d\n", prctl(PR_GET_TIMERSLACK));                     // hits 1
  say("nice: %d, policy: %d\n", getpriority(PRIO_PROCESS, 0), sched_getscheduler(0));  // hits 1
  char folder[4096];
  say("folder: %s\n", getcwd(folder, sizeof folder) ? folder : "?");      // hits 1
  say("children: %s\n", waitpid(-1, NULL, WNOHANG) < 0 ? strerror(errno) : "some");  // hits 1
  return 0;                                                               // hits 1
}

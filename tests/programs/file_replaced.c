// Proves that a program whose file is replaced while it runs goes on as the one that it was, forks,
// and is the other one at its next exec.
#include "copy_file.h"

static int run_copy(char* path) {
  char other[] = "/tmp/recount-XXXXXX";                            // hits 1
  copy_to_new_file("/bin/sh", other);                              // hits 1
  say("copy: before\n");                                           // hits 1
  rename(other, path);                                             // hits 1
  say("copy: after\n");                                            // hits 1
  pid_t child = fork();
  if (child == 0) {
    say("copy: forked\n");                                         // hits 1
    execl(path, path, "-c", "echo the other one; exit 9", (char*)NULL);  // hits 1
  }
  tell_end("the other one", reap(child));                          // hits 1
  return 19;                                                       // hits 1
}

int main(int argc, char** argv) {
  if (argc > 1) {                                                  // hits 2
    return run_copy(argv[0]);                                      // hits 1
  }
  char path[] = "/tmp/recount-XXXXXX";                             // hits 1
  copy_to_new_file("/proc/self/exe", path);                        // hits 1
  pid_t child = fork();
  if (child == 0) {
    execl(path, path, "copy", (char*)NULL);                        // hits 1
    _exit(127);                                                    // hits 0
  }
  tell_end("copy", reap(child));                                   // hits 1
  unlink(path);                                                    // hits 1
  return 0;                                                        // hits 1
}

// Proves that a program whose file is removed while it runs, and which execs itself once more by
// /proc/self/exe, reaches its lines in each.
#include "copy_file.h"

int main(int argc, char** argv) {
  char path[] = "/tmp/recount-XXXXXX";                             // hits 3
  if (argc == 1) {                                                 // hits 3
    copy_to_new_file("/proc/self/exe", path);                      // hits 1
    execl(path, path, "copied", (char*)NULL);                      // hits 1
  }
  if (argc == 2) {                                                 // hits 2
    unlink(argv[0]);                                               // hits 1
    say("my file is gone\n");                                      // hits 1
    execl("/proc/self/exe", argv[0], "copied", "again", (char*)NULL);  // hits 1
  }
  say("and yet I run\n");                                          // hits 1
  return argc;                                                     // hits 1
}

// Proves that a program which exists in memory only is run, and reaches its lines there: this one
// copies itself, and the copy does so again. Each copy is a program of its own.
#include <sys/mman.h>

#include "copy_file.h"

static int is_in_memory(void) {
  char path[4096] = "";                                            // hits 3
  ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);  // hits 3
  return size > 0 && strncmp(path, "/memfd:", 7) == 0;             // hits 3
}

int main(int argc, char** argv) {
  int left = argc > 1 ? atoi(argv[1]) : 2;                         // hits 3
  say("%d left, in memory: %d\n", left, is_in_memory());           // hits 3
  if (left == 0) {                                                 // hits 3
    return 16;                                                     // hits 1
  }
  int copy = memfd_create("copy", MFD_CLOEXEC);                    // hits 2
  copy_into("/proc/self/exe", copy);                               // hits 2
  char next[20];
  snprintf(next, sizeof next, "%d", left - 1);                     // hits 2
  char* arguments[] = {argv[0], next, NULL};                       // hits 2
  fexecve(copy, arguments, environ);                               // hits 2
  return 1;                                                        // hits 0
}

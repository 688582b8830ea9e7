// Proves that CLONE_FILES stays what it is: what the child opens and closes is open and closed in
// its parent, although each has memory of its own.
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "play.h"

static int is_open(int file) {
  return fcntl(file, F_GETFD) >= 0;                       // hits 1
}

int main(void) {
  int given = memfd_create("given", 0);                   // hits 1
  int* made = mmap(NULL, sizeof *made, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pid_t child = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
  if (child == 0) {
    close(given);                                         // hits 1
    *made = memfd_create("made", 0);                      // hits 1
    if (write(*made, "from the child", 14) != 14) _exit(1);
    _exit(9);                                             // hits 1
  }
  tell_end("child", reap(child));                         // hits 1
  char text[20] = "";                                     // hits 1
  ssize_t size = pread(*made, text, sizeof text, 0);      // hits 1
  say("%zd bytes: %s\n", size, text);                     // hits 1
  say("what was given is open: %d\n", *made != given && is_open(given));  // hits 1
  say("what was made is open: %d\n", is_open(*made));     // hits 1
  return 0;                                               // hits 1
}

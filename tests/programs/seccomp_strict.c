// Proves that a program in seccomp's strict mode, which may read, write and exit, but
// nothing else, can do just that, over lines that nobody reached before; and that
// anything else kills it.
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "play.h"

static int ends[2];

static int digits(int value) {
  int sum = 0;                                              // hits 2
  while (value > 0) {                                       // hits 2
    sum += value % 10;                                      // hits 2
    value /= 10;                                            // hits 2
  }
  return sum;                                               // hits 2
}

static void leave(int code) {
  syscall(SYS_exit, code);                                  // hits 1
}

static void live_strictly(int calls_more) {
  char text[] = "sum ?\n";                                  // hits 2
  prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);               // hits 2
  text[4] = (char)('0' + digits(1203));                     // hits 2
  if (write(STDOUT_FILENO, text, 6) != 6) leave(1);         // hits 2
  if (read(ends[0], text, 1) != 1) leave(2);                // hits 2
  if (calls_more) {                                         // hits 2
    getppid();                                              // hits 1
  }
  leave(20 + text[0] - 'a');                                // hits 1
}

int main(void) {
  if (pipe(ends) != 0 || write(ends[1], "bb", 2) != 2) return 1;  // hits 1
  for (int calls_more = 0; calls_more < 2; calls_more++) {  // hits 1
    pid_t child = fork();
    if (child == 0) live_strictly(calls_more);
    tell_end("child", reap(child));                         // hits 1
  }
  return 0;                                                 // hits 1
}

// Proves that handlers nest: each of twelve raises the next from within, and they end in reverse; a
// jump out of the innermost leaves them all, and everything can be done again.
#include <setjmp.h>

#include "play.h"

enum { kFirst = 40, kLast = 51 };

static sigjmp_buf out;
static volatile int jump;
static char path[256];

static void note(const char* what, int number) {
  size_t used = strlen(path);                             // hits 1
  snprintf(path + used, sizeof path - used, "%s%d ", what, number);  // hits 1
}

static void nested(int signal_number, siginfo_t* info, void* context) {
  (void)context;
  note(info->si_value.sival_int == signal_number * 2 ? ">" : "?", signal_number);  // hits 1
  if (signal_number < kLast) {                            // hits 1
    union sigval value = {.sival_int = (signal_number + 1) * 2};  // hits 1
    sigqueue(getpid(), signal_number + 1, value);         // hits 1
  } else if (jump) {                                      // hits 1
    siglongjmp(out, 1);                                   // hits 1
  }
  note("<", signal_number);                               // hits 1
}

int main(void) {
  for (int number = kFirst; number <= kLast; number++) {  // hits 1
    on_signal(number, nested, 0);                         // hits 1
  }
  union sigval value = {.sival_int = kFirst * 2};         // hits 1
  for (volatile int round = 0; round < 4; round++) {      // hits 1
    jump = round % 2;                                     // hits 1
    path[0] = '\0';                                       // hits 1
    if (sigsetjmp(out, 1) == 0) {                         // hits 1
      sigqueue(getpid(), kFirst, value);                  // hits 1
      say("all returned: ");                              // hits 1
    } else {
      say("jumped out: ");                                // hits 1
    }
    say("%s\n", path);                                    // hits 1
  }
  return 0;                                               // hits 1
}

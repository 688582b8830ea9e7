// Proves that abort() is a death by SIGABRT, after the program's own handler has had its say.
#include "play.h"

static void last_words(int signal_number, siginfo_t* info, void* context) {
  (void)info;
  (void)context;
  say("handler: signal %d\n", signal_number);  // hits 1
}

int main(void) {
  on_signal(SIGABRT, last_words, 0);           // hits 1
  abort();                                     // hits 1
}

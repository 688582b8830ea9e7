// Proves that a program which handles its own faults goes on after them, again and again.
#include <setjmp.h>
#include <sys/mman.h>

#include "play.h"

static sigjmp_buf back;
static char* volatile fault_address;
static char* volatile page;

static void recover(int signal_number, siginfo_t* info, void* context) {
  (void)context;
  fault_address = (char*)info->si_addr;  // hits 1
  siglongjmp(back, signal_number);       // hits 1
}

static void write_at(volatile char* where) {
  *where = 1;                            // hits 1
}

int main(void) {
  on_signal(SIGSEGV, recover, 0);        // hits 1
  page = (char*)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);  // hits 1
  for (volatile int i = 0; i < 3; i++) { // hits 1
    int caught = sigsetjmp(back, 1);     // hits 1
    if (caught == 0) {                   // hits 1
      write_at(page + i);                // hits 1
      say("no fault\n");                 // hits 0
    } else {
      say("signal %d at byte %d\n", caught, (int)(fault_address - page));  // hits 1
    }
  }
  mprotect(page, 4096, PROT_READ | PROT_WRITE);  // hits 1
  write_at(page);                        // hits 1
  say("written %d\n", page[0]);          // hits 1
  return 0;                              // hits 1
}

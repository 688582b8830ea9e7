// Proves that code which a program makes itself runs where a library was before, byte by byte as it
// was made: its own int3 stands where the library had a line, and is the program's.
#include <dlfcn.h>

#include "text.h"

static volatile int traps;

static void count_trap(int number, siginfo_t* info, void* context) {
  (void)number;
  (void)info;
  (void)context;
  traps++;                                                         // hits 1
}

// int3; mov $number, %eax; ret; and int3 as far as the page goes, as compilers at run time do.
static void make_code(unsigned char* at, int number) {
  unsigned char* page = page_of(at);                               // hits 1
  mmap(page, kPage, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);  // hits 1
  memset(page, 0xcc, kPage);                                       // hits 1
  write_answer(at + 1, number);                                    // hits 1
}

int main(int argc, char** argv) {
  if (argc < 2) return 1;
  on_signal(SIGTRAP, count_trap, 0);                               // hits 1
  void* library = dlopen(argv[1], RTLD_NOW);                       // hits 1
  int (*volatile next)(int) = (int (*)(int))dlsym(library, "library_next");    // hits 1
  int (*volatile twice)(int) = (int (*)(int))dlsym(library, "library_twice");  // hits 1
  say("%d\n", next(1));                                            // hits 1
  dlclose(library);                                                // hits 1
  make_code((unsigned char*)next, 77);                             // hits 1
  int answer = next(1);                                            // hits 1
  say("%d, %d traps\n", answer, traps);                            // hits 1
  make_code((unsigned char*)twice, 78);                            // hits 1
  answer = twice(1);                                               // hits 1
  say("%d, %d traps\n", answer, traps);                            // hits 1
  return 0;                                                        // hits 1
}

// Proves that a program may move its text onto huge pages while it runs, as some do for speed: it
// copies the text, int3 bytes included, and maps the copy where the text was.
#include "text.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

static const size_t kHuge = 2 << 20;

typedef struct {
  char* start;
  size_t size;
} Range;

__attribute__((noinline)) static int before_and_after(int n) {
  n += 1;                                                  // hits 1
  return n;                                                // hits 1
}

__attribute__((noinline)) static int only_after(int n) {
  n += 2;                                                  // hits 1
  return n;                                                // hits 1
}

static Range own_text(void) {
  FILE* maps = fopen("/proc/self/maps", "re");             // hits 1
  unsigned long start = 0, end = 0, here = (unsigned long)(void*)own_text;  // hits 1
  while (here < start || here >= end) {                    // hits 1
    if (fscanf(maps, "%lx-%lx%*[^\n]\n", &start, &end) != 2) exit(1);
  }
  fclose(maps);                                            // hits 1
  Range range = {(char*)start, end - start};               // hits 1
  return range;                                            // hits 1
}

// A huge page must be aligned to its size.
static char* huge_memory(void) {
  char* memory = mmap(NULL, 2 * kHuge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  size_t beyond = (uintptr_t)memory % kHuge;               // hits 1
  return beyond == 0 ? memory : memory + kHuge - beyond;   // hits 1
}

int main(void) {
  Range text = own_text();                                 // hits 1
  say("the text is aligned: %d\n", (uintptr_t)text.start % kHuge == 0);  // hits 1
  say("%d\n", before_and_after(1));                        // hits 1
  madvise(text.start, text.size, MADV_COLLAPSE);           // hits 1
  char* copy = huge_memory();                              // hits 1
  madvise(copy, kHuge, MADV_HUGEPAGE);                     // hits 1
  memcpy(copy, text.start, text.size);                     // hits 1
  mprotect(copy, kHuge, PROT_READ | PROT_EXEC);            // hits 1
  void* moved = mremap(copy, kHuge, kHuge, MREMAP_MAYMOVE | MREMAP_FIXED, text.start);  // hits 1
  say("moved: %d\n", moved == text.start);                 // hits 1
  madvise(text.start, kHuge, MADV_COLLAPSE);               // hits 1
  say("%d %d\n", before_and_after(1), only_after(1));      // hits 1
  return 0;                                                // hits 1
}

// For the programs that change their own text: functions with pages of their own, so that nothing
// else is on a page which is taken away.
#pragma once

#include <stdint.h>
#include <sys/mman.h>

#include "play.h"

enum { kPage = 4096 };

// In the order in which they stand in the source. The last one closes the page of the one before.
#define ON_A_PAGE_OF_ITS_OWN \
  __attribute__((noipa, no_reorder, section("pages"), aligned(4096)))

static inline void* page_of(const void* text) {
  return (void*)((uintptr_t)text & ~(uintptr_t)(kPage - 1));
}

static inline void protect(const void* text, int protection) {
  if (mprotect(page_of(text), kPage, protection) != 0) exit(98);
}

// mov $number, %eax; ret
static inline void write_answer(void* text, int number) {
  unsigned char code[] = {0xb8, 0, 0, 0, 0, 0xc3};
  memcpy(code + 1, &number, sizeof number);
  memcpy(text, code, sizeof code);
}

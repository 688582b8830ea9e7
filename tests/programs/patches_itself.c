// Patches functions while it runs, as libraries for test doubles do, and forks: the copies of the code that it keeps may hold int3 bytes.
#include <stdint.h>
#include <sys/mman.h>

#include "play.h"

enum { kJump = 12 };  // mov rax, ADDRESS; jmp rax

struct patch {
  unsigned char *at;
  unsigned char before[kJump];
};

static void make_writable(unsigned char *at) {
  const uintptr_t page = (uintptr_t)at & ~(uintptr_t)4095;
  if (mprotect((void *)page, 8192, PROT_READ | PROT_WRITE | PROT_EXEC) != 0) exit(1);
}

static void lead_to(struct patch *patch, void *function, void *other) {
  unsigned char jump[kJump] = {0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xe0};
  memcpy(jump + 2, &other, sizeof other);
  patch->at = function;
  make_writable(patch->at);
  memcpy(patch->before, patch->at, kJump);
  memcpy(patch->at, jump, kJump);
}

static void put_back(const struct patch *patch) { memcpy(patch->at, patch->before, kJump); }

__attribute__((noipa)) int twice(int x) {
  if (x > 5) return x * 2;
  return x;
}

__attribute__((noipa)) int thrice(int x) {
  if (x > 5) return x * 3;
  return x;
}

__attribute__((noipa)) int negative(int x) { return -x; }

static int in_child(const struct patch *first, const struct patch *second) {
  say("child: %d %d\n", twice(8), thrice(8));
  put_back(first);
  put_back(second);
  say("child, put back: %d %d %d\n", twice(8), thrice(8), thrice(2));
  return 0;
}

int main(void) {
  struct patch first, second;
  say("as it is: %d\n", thrice(7));
  lead_to(&first, twice, negative);
  lead_to(&second, thrice, negative);
  say("patched: %d %d\n", twice(7), thrice(7));
  const pid_t child = fork();
  if (child == 0) return in_child(&first, &second);
  if (waitpid(child, NULL, 0) != child) return 1;
  put_back(&first);
  put_back(&second);
  say("put back: %d %d\n", twice(9), thrice(9));
  lead_to(&first, twice, negative);
  say("again: %d\n", twice(9));
  put_back(&first);
  say("at last: %d %d\n", twice(2), thrice(2));
  return 0;
}

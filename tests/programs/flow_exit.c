// Proves that verdicts equal gcov's in a program that leaves by exit() in the midst of its work,
// through atexit.
#include <stdio.h>
#include <stdlib.h>

static int depth;

static void farewell(void) {
  printf("farewell from depth %d\n", depth);
}

static void second_farewell(void) {
  if (depth > 100) {
    printf("deep\n");
  } else {
    printf("shallow\n");
  }
}

static void dig(int to) {
  depth++;
  if (depth == to) {
    exit(to);
  }
  if (depth < 1000) {
    dig(to);
  }
  printf("never back\n");
}

__attribute__((constructor)) static void early(void) {
  depth = 2;
}

__attribute__((destructor)) static void late(void) {
  fflush(stdout);
  depth = 0;
}

int main(void) {
  atexit(farewell);
  atexit(second_farewell);
  dig(9);
  printf("never here\n");
  return 0;
}

// Proves that verdicts equal gcov's at goto labels, fallen into or only jumped to, and on a line that holds several cases.
#include <stdio.h>

static int jumped_over(int n) {
  if (n > 0) {
    goto done;  // hits 1
  }
  n = 1;  // hits 0
done:     // hits 1
  return n;  // hits 1
}

// gcc gives the label a row where it is fallen into, and the gotos pass by.
static int passed_by(int n) {
  if (n > 0) {
    if (n > 1) n = 3;  // hits 1
    goto done;         // hits 1
  }
  if (n < -5) {
    n = 2;  // hits 0
  } else if (n < -9) {
    n = 4;  // hits 0
  }
done:  // hits 0
  return n + 1;  // hits 1
}

static int fallen_into(int n) {
  if (n > 100) {
    goto done;  // hits 0
  }
  n = 1;  // hits 1
done:     // hits 1
  return n;  // hits 1
}

static int only_jumped_to(int n) {
  goto inner;  // hits 1
  for (;;) {
  inner:  // hits 1
    if (n-- < 0) break;  // hits 1
  }
  return n;  // hits 1
}

static int together(const int n) {
  static const void* const places[] = {&&first, &&second};
  goto *places[n];  // hits 1
first:
second:
  return n;  // hits 1
}

#define CASES        \
  case 1:            \
    if (n != 1) {    \
      n += 10;       \
      break;         \
    }                \
    n += 20;         \
    break;           \
  case 2:            \
    n += 30;         \
    break;

static int second_case(int n) {
  switch (n) {
    CASES  // hits 1
    default:
      n = 0;  // hits 0
  }
  return n;  // hits 1
}

static int no_case(int n) {
  switch (n) {
    CASES  // hits 0
    default:
      n = 0;  // hits 1
  }
  return n;  // hits 1
}

int main(void) {
  printf("%d %d %d %d\n", jumped_over(1), passed_by(1), fallen_into(1), only_jumped_to(2));
  printf("%d %d %d\n", together(1), second_case(2), no_case(7));
  return 0;
}

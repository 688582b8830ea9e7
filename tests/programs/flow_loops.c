// Proves that verdicts equal gcov's on loops, jumps and early returns.
#include <stdio.h>

static int first_even(const int* numbers, int count) {
  if (count <= 0) return -1;
  for (int i = 0; i < count; i++) {
    if (numbers[i] < 0) continue;
    if (numbers[i] % 2 == 0) {
      return numbers[i];
    }
  }
  return -2;
}

static int nested(int rows, int columns) {
  int found = 0;
  for (int row = 0; row < rows; row++) {
    for (int column = 0; column < columns; column++) {
      if (row == column) continue;
      if (row * column == 6) {
        found++;
        goto out;
      }
      if (row * column > 100) {
        found = -1;
        goto out;
      }
    }
  }
  found = 1000;
out:
  return found;
}

static int countdown(int from) {
  int steps = 0;
  do {
    from -= 2;
    steps++;
    if (from == 1) break;
  } while (from > 0);
  while (from < -5) {
    from++;
  }
  return steps;
}

static int ternaries(int a, int b) {
  int larger = a > b ? a : b;
  int sign = larger < 0 ? -1
             : larger == 0
                 ? 0
                 : 1;
  return larger * sign;
}

static int commas(int n) {
  int i, j;
  for (i = 0, j = n; i < j; i++, j--) {
    n = (n++, n + i);
  }
  return (i += j, n);
}

static long factorial(int n) {
  if (n < 2) {
    return 1;
  }
  return n * factorial(n - 1);
}

static int is_odd(int n);

static int is_even(int n) {
  if (n == 0) return 1;
  return is_odd(n - 1);
}

static int is_odd(int n) {
  if (n == 0) return 0;
  return is_even(n - 1);
}

static int short_circuits(int a, int b, int c) {
  if (a > 0 &&
      b > 0 &&
      c > 0) {
    return 1;
  }
  if (a < -100 ||
      b < -100) {
    return 2;
  }
  return !a || (b && c);
}

static int sum_up(int count, int first,
                  int second, int third) {
  int sum = first +
            second * 2 +
            third * (count > 3 ? 3
                               : 4);
  return sum;
}

int main(void) {
  int numbers[] = {-2, 3, 5, 8, 10};
  printf("%d %d %d\n",
         first_even(numbers, 5),
         first_even(numbers, 3),
         first_even(numbers, 0));
  printf("%d %d\n", nested(4, 4), countdown(7));
  printf("%d %d\n", ternaries(3, 4), ternaries(9, -4));
  printf("%d %ld\n", commas(9), factorial(6));
  printf("%d\n", is_even(10));
  printf("%d\n", short_circuits(1, 0, 5));
  printf("%d\n",
         sum_up(3,
                1,
                2,
                3));
  for (;;) {
    if (numbers[0]++ > 3) {
      break;
    }
  }
  return numbers[0] == 5 ? 0 : 1;
}

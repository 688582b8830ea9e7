/* Prints the price of some apples, in cents. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static int discount(int apples) {
  if (apples >= 100)
    return 20;
  if (apples >= 10)
    return 5;
  return 0;
}

static int price(int apples) {
  assert(apples > 0);
  return apples * 30 * (100 - discount(apples)) / 100;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fputs("usage: price APPLES\n", stderr);
    return 2;
  }
  printf("%d\n", price(atoi(argv[1])));
  return 0;
}

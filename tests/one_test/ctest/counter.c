#include <string.h>

static int sum(void) {  // ran by: sum, counter
  return 0;             // ran by: sum, counter
}

static int product(void) {  // ran by: product, counter
  return 0;                 // ran by: product, counter
}

static int difference(void) {  // ran by: difference, counter
  return 0;                    // ran by: difference, counter
}

int main(int argc, char** argv) {                             // ran by: sum, product, difference, counter
  if (argc < 2) return 0;                                     // ran by: sum, product, difference, counter
  if (strcmp(argv[1], "sum") == 0) return sum();              // ran by: sum, product, difference, counter
  if (strcmp(argv[1], "--do=product") == 0) return product(); // ran by: product, difference, counter
  return difference();                                        // ran by: difference, counter
}

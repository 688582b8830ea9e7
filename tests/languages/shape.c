static int twice(int n) {  // hits 1 in twice
  if (n > 100)             // hits 1
    return 0;              // hits 0
  return 2 * n;            // hits 1
}

int main(void) {  // hits 1 in main
  int total = 0;  // hits 1
  for (int i = 1; i <= 3; i++) total += twice(i);  // hits 1
  return total == 12 ? 0 : 1;  // hits 1
}

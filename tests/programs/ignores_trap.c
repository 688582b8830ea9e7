// Proves that threads of a program which ignores SIGTRAP go on where they are: to set that again must not discard what another thread has just
// executed.
#include <pthread.h>

#include "play.h"

enum { kThreads = 8 };

static int collatz(int number) {
  int steps = 0;
  while (number != 1) {
    if (number % 2 == 0)
      number /= 2;
    else
      number = 3 * number + 1;
    steps++;
  }
  return steps;
}

static int by_thirds(int number) {
  int sum = 0;
  for (int i = 0; i < number; i++) {
    if (i % 3 == 0)
      sum += i;
    else if (i % 5 == 0)
      sum -= 2;
    else
      sum ^= i;
  }
  return sum;
}

static void* work(void* number) {
  const int n = (int)(long)number;
  return (void*)(long)(n % 2 == 0 ? by_thirds(n) : collatz(n));
}

int main(void) {
  signal(SIGTRAP, SIG_IGN);
  pthread_t threads[kThreads];
  for (long i = 0; i < kThreads; i++) pthread_create(&threads[i], NULL, work, (void*)(7 * i + 27));
  raise(SIGTRAP);
  for (int i = 0; i < kThreads; i++) {
    void* result = NULL;
    pthread_join(threads[i], &result);
    say("thread %d: %ld\n", i, (long)result);
  }
  return 0;
}

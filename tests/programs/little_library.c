// What dlopen_reuse, jit_after_dlclose and library_replaced load: the same functions twice, told
// apart by their answers (LIBRARY_NUMBER).
#ifndef LIBRARY_NUMBER
#define LIBRARY_NUMBER 0
#endif

int library_next(int n);
int library_twice(int n);

int library_next(int n) {
  n += 1;
  return n + LIBRARY_NUMBER;
}

int library_twice(int n) {
  n += n;
  return n + LIBRARY_NUMBER;
}

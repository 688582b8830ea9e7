// Proves that verdicts equal gcov's on switches: nested, falling through, dense, sparse, and with a
// dead `break;`.
#include <stdio.h>

static int dense(int n) {
  int value = 0;
  switch (n) {
    case 0:
      value = 5;
      break;
    case 1:
      value = 6;
      break;
    case 2:
      value += 1;
      // fall through
    case 3:
      value += 2;
      // fall through
    case 4:
      value += 4;
      break;
    case 5: {
      return 50;
      break;
    }
    default:
      value = -1;
      break;
  }
  return value;
}

static int sparse(int n) {
  switch (n) {
    case -100000:
      return 1;
    case 7:
      return 2;
    case 100000:
      return 3;
  }
  return 4;
}

static int nested(int outer, int inner) {
  switch (outer) {
    case 1:
      switch (inner) {
        case 1:
          return 11;
        case 2:
          return 12;
        default:
          break;
      }
      return 10;
    case 2:
      for (int i = 0; i < 5; i++) {
        switch (inner - i) {
          case 0:
            return 20 + i;
          case 100:
            i = 1000;
            break;
          default:
            continue;
        }
        return -2;
      }
      break;
    default:
      return -1;
  }
  return 0;
}

static void copy(char* to, const char* from, int count) {
  int rounds = (count + 3) / 4;
  switch (count % 4) {
    case 0:
      do {
        *to++ = *from++;
        // fall through
        case 3:
          *to++ = *from++;
          // fall through
        case 2:
          *to++ = *from++;
          // fall through
        case 1:
          *to++ = *from++;
      } while (--rounds > 0);
  }
}

int main(void) {
  char text[20] = {0};
  copy(text, "a duff's device", 15);
  printf("%s\n", text);
  printf("%d %d %d\n", dense(1), dense(2), dense(5));
  printf("%d %d\n", sparse(7), sparse(8));
  printf("%d %d\n", nested(1, 2), nested(2, 3));
  return 0;
}

// Proves that verdicts equal gcov's on odd layouts: macros, several statements on a line, includes,
// #line, statics.
#include <cstdio>
#include <string>

#define TWICE(statement) \
  do {                   \
    statement;           \
    statement;           \
  } while (0)
#define CHOOSE(condition, yes, no) ((condition) ? (yes) : (no))

namespace {

int counter = 0;

int bump() { counter += 1; return counter; }
int never() { counter -= 1; return counter; }

int make_global() {
  counter = 100;
  return 1;
}
int global = make_global();

std::string text(int n) {
  std::string result = "n";
  if (n > 0) result += "+"; else result += "-";
  if (n > 1000)
    result += "!";
  for (int i = 0; i < n; i++) result += ".";
  while (n-- > 1000) result += "never";
  return result;
}

unsigned bits(unsigned value) {
  unsigned count = 0;
  for (; value; value &= value - 1)
    count++;
  return count;
}

enum class Color { kRed, kGreen, kBlue };

const char* name(Color color) {
  switch (color) {
    case Color::kRed: return "red";
    case Color::kGreen: return "green";
    case Color::kBlue: return "blue";
  }
  return "?";
}

int later(int n) {
  static const int limit = bump() + 5;
  if (n < limit) return limit;

  return n;
}

}  // namespace

int main() {
  TWICE(bump());
  std::printf("%d %d\n", counter, global);
  std::printf("%d\n", CHOOSE(counter > 5, bump(), never()));
  std::printf("%s %s\n", text(3).c_str(), text(-1).c_str());
  std::printf("%u\n", bits(0xf0f0u));
  std::printf("%s\n", name(Color::kGreen));
  std::printf("%d %d\n", later(1000), later(2000));
  int a = 1; int b = 2; if (a > b) { a = b; }
  std::printf("%d %d\n", a, b);
  return 0;
}

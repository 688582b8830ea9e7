// Proves that verdicts equal gcov's on templates, lambdas and inline functions, where one line has
// several bodies.
#include <cstdio>
#include <functional>
#include <string>

template <typename T>
T clamp_to(T value, T low, T high) {
  if (value < low) {
    return low;
  }
  if (value > high) {
    return high;
  }
  return value;
}

template <typename T>
struct Holder {
  T value;

  bool is_set() const {
    return set_;
  }

  void set(T to) {
    value = to;
    set_ = true;
  }

  void clear() {
    value = T();
    set_ = false;
  }

 private:
  bool set_ = false;
};

template <int N>
int power_of_two() {
  if constexpr (N == 0) {
    return 1;
  } else {
    return 2 * power_of_two<N - 1>();
  }
}

template <typename... Numbers>
int add(Numbers... numbers) {
  return (0 + ... + numbers);
}

// The only code that gcc 12 gives the last line is the jump out of the arm above it: DWARF's verdict
// is that jump's, gcov's is that of the place where both arms meet.
inline int inlined(int n) {
  return n > 3
             ? n * 2
             : n + 1;  // gcov differs
}

static int apply(const std::function<int(int)>& function, int to) {
  return function(to);
}

constexpr int squared(int n) {
  return n * n;
}

int main(int argc, char**) {
  std::printf("%d %.1f\n", clamp_to(7, 1, 5), clamp_to(0.5, 0.0, 1.0));
  Holder<int> number;
  Holder<std::string> text;
  number.set(4);
  if (!text.is_set()) {
    text.set("four");
  }
  std::printf("%d %s\n", number.value, text.value.c_str());
  std::printf("%d %d\n", power_of_two<5>(), add(1, 2, 3));

  int calls = 0;
  auto counted = [&calls](int n) {
    calls++;
    return n + 1;
  };
  auto never = [](int n) {
    return n - 1;
  };
  std::printf("%d\n", apply(counted, 1) + apply(counted, 2));
  if (argc > 100) {
    std::printf("%d\n", apply(never, 1));
  }
  auto nested = [&](int n) {
    auto inner = [&](int m) { return m * calls; };
    return inner(n) + inlined(n);
  };
  auto generic = [](auto a, auto b) {
    return a + b;
  };
  std::printf("%d %d %.1f\n", nested(3), generic(1, 2), generic(0.5, 0.5));
  std::printf("%d\n", squared(argc + 3));
  return calls == 2 ? 0 : 1;
}

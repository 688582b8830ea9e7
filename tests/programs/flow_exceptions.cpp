// Proves that verdicts equal gcov's where control flows by exceptions.
#include <cstdio>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>

namespace {

struct Trace {
  explicit Trace(const char* what) : what_(what) {}
  ~Trace() {
    std::printf("unwound %s\n", what_);
  }
  const char* what_;
};

int parse(const std::string& text) {
  if (text.empty()) {
    throw std::invalid_argument("empty");
  }
  if (text.size() > 5) {
    throw std::length_error("long");
  }
  return static_cast<int>(text.size());
}

int guarded(const std::string& text) {
  Trace trace("guarded");
  try {
    int value = parse(text);
    std::printf("parsed %d\n", value);
    return value;
  } catch (const std::invalid_argument& error) {
    std::printf("invalid: %s\n", error.what());
    return -1;
  } catch (const std::exception& error) {
    std::printf("other: %s\n", error.what());
  }
  return -2;
}

void rethrow(int depth) {
  Trace trace("rethrow");
  try {
    if (depth == 0) {
      throw 42;
    }
    rethrow(depth - 1);
    std::printf("never\n");
  } catch (int) {
    if (depth < 2) {
      throw;
    }
    std::printf("caught at %d\n", depth);
  } catch (...) {
    std::printf("never\n");
  }
}

int never_throws() noexcept {
  return 3;
}

struct Throwing {
  explicit Throwing(bool now) : part("part") {
    if (now) {
      throw std::runtime_error("constructor");
    }
    std::printf("constructed\n");
  }
  ~Throwing() {
    std::printf("destroyed\n");
  }
  Trace part;
};

int function_try(int n)
try {
  if (n > 1) {
    throw n;
  }
  return 0;
} catch (int value) {
  return value;
}

}  // namespace

int main() {
  int sum = 0;
  for (const char* text : {"", "four", "much too long"}) {
    sum += guarded(text);
  }
  rethrow(3);
  try {
    Throwing fine(false);
    Throwing bad(true);
    std::printf("never\n");
  } catch (const std::runtime_error& error) {
    std::printf("%s\n", error.what());
  }
  try {
    std::unique_ptr<Trace> held = std::make_unique<Trace>("held");
    throw std::bad_alloc();
  } catch (const std::bad_alloc&) {
    std::printf("bad alloc\n");
  }
  std::printf("%d %d %d\n", sum, never_throws(), function_try(7));
  return 0;
}

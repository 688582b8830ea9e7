// Proves that verdicts equal gcov's on classes: constructors, destructors, virtual functions,
// operators.
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

namespace {

int alive = 0;

class Shape {
 public:
  explicit Shape(std::string name) : name_(std::move(name)) {
    alive++;
  }
  virtual ~Shape() {
    alive--;
  }
  virtual int area() const = 0;
  virtual int corners() const {
    return 0;
  }
  const std::string& name() const {
    return name_;
  }

 private:
  std::string name_;
};

class Square : public Shape {
 public:
  explicit Square(int side)
      : Shape("square"),
        side_(side) {
  }
  int area() const override {
    return side_ * side_;
  }
  int corners() const override {
    return 4;
  }

 private:
  int side_ = 0;
};

class Dot final : public Shape {
 public:
  Dot() : Shape("dot") {}
  int area() const override {
    return 0;
  }
  int never_called() const {
    return 7;
  }
};

class Guard {
 public:
  explicit Guard(const char* name) : name_(name) {
    std::printf("enter %s\n", name_);
  }
  ~Guard() {
    std::printf("leave %s\n", name_);
  }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

 private:
  const char* name_;
};

struct Money {
  int cents = 0;

  Money operator+(const Money& other) const {
    return {cents + other.cents};
  }
  Money& operator*=(int factor) {
    cents *= factor;
    return *this;
  }
  bool operator<(const Money& other) const {
    return cents < other.cents;
  }
  static Money of(int units) {
    return Money{units * 100};
  }
};

class Base {
 public:
  virtual ~Base() = default;
  int template_method() {
    prepare();
    return result();
  }

 protected:
  virtual void prepare() {
    prepared_ = true;
  }
  virtual int result() = 0;
  bool prepared_ = false;
};

class Derived : public Base {
  void prepare() override {
    Base::prepare();
    extra_ = 5;
  }
  int result() override {
    if (!prepared_) {
      return -1;
    }
    return extra_;
  }
  int extra_ = 0;
};

int guarded(int n) {
  Guard outer("outer");
  if (n > 10) {
    Guard large("large");
    return 1;
  }
  {
    Guard small("small");
    n++;
  }
  return n;
}

int instances() {
  static int made = 10;
  made++;
  return made;
}

}  // namespace

int main() {
  {
    std::unique_ptr<Shape> shapes[] = {std::make_unique<Square>(3), std::make_unique<Dot>()};
    for (const auto& shape : shapes) {
      std::printf("%s %d %d\n", shape->name().c_str(), shape->area(), shape->corners());
    }
    std::printf("alive %d\n", alive);
  }
  std::printf("alive %d\n", alive);
  std::printf("%d\n", guarded(3));
  Money sum = Money::of(3) + Money::of(4);
  sum *= 2;
  if (sum < Money::of(1)) {
    std::printf("poor\n");
  }
  std::printf("%d\n", sum.cents);
  Derived derived;
  std::printf("%d\n", derived.template_method());
  std::printf("%d %d\n", instances(), instances() - 1);
  return 0;
}

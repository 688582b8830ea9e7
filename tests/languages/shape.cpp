namespace shapes {

template <typename T>
class Shape {
 public:
  explicit Shape(T n) : n_(n) {}  // hits 1 in shapes::Shape<int>::Shape(int)
  T twice() const {               // hits 1 in shapes::Shape<int>::twice() const
    if (n_ > 100)                 // hits 1
      return 0;                   // hits 0
    return 2 * n_;                // hits 1
  }
  bool operator<(const Shape& other) const {  // hits 0 in shapes::Shape<int>::operator<(shapes::Shape<int> const&) const
    return n_ < other.n_;                     // hits 0
  }

 private:
  T n_;
};

}  // namespace shapes

template bool shapes::Shape<int>::operator<(const Shape&) const;

int main() {      // hits 1 in main
  int total = 0;  // hits 1
  for (int i = 1; i <= 3; i++)  // hits 1
    total += shapes::Shape<int>(i).twice();  // hits 1
  const auto more = [&total](int n) {  // hits 1 in main::{lambda(int)#1}::operator()(int) const
    return total + n;                  // hits 1
  };
  return more(1) == 13 ? 0 : 1;  // hits 1
}

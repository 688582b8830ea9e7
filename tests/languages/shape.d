struct Shape(T) {
  T n;
  T twice() {      // hits 1 in shape.Shape!(int).Shape.twice()
    if (n > 100)   // hits 1
      return 0;    // hits 0
    return 2 * n;  // hits 1
  }
}

int main() {       // hits 1 in D main
  int total = 0;   // hits 1
  foreach (i; 1 .. 4)  // hits 1
    total += Shape!int(i).twice();  // hits 1
  if (total > 1000)    // hits 1
    return 1;          // hits 0
  return 0;            // hits 1
}

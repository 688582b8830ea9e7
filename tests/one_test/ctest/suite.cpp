#include <gtest/gtest.h>

static int twice(int n) {  // ran by: Number.IsDoubled, Small/Even.IsDoubled/1
  return 2 * n;            // ran by: Number.IsDoubled, Small/Even.IsDoubled/1
}

static int half(int n) {  // ran by: Number.IsHalved
  return n / 2;           // ran by: Number.IsHalved
}

static void check_doubled() {  // ran by: Number.IsDoubled
  EXPECT_EQ(twice(2), 4);      // ran by: Number.IsDoubled
}                              // ran by: Number.IsDoubled

static void check_halved() {  // ran by: Number.IsHalved
  EXPECT_EQ(half(4), 2);      // ran by: Number.IsHalved
}                             // ran by: Number.IsHalved

static void check_even(int n) {  // ran by: Small/Even.IsDoubled/1
  EXPECT_EQ(twice(n), n + n);    // ran by: Small/Even.IsDoubled/1
}                                // ran by: Small/Even.IsDoubled/1

// What the macros declare has the lines of where they stand, which run in every process: that registers the tests.
TEST(Number, IsDoubled) { check_doubled(); }
TEST(Number, IsHalved) { check_halved(); }

class Even : public testing::TestWithParam<int> {};
TEST_P(Even, IsDoubled) { check_even(GetParam()); }
INSTANTIATE_TEST_SUITE_P(Small, Even, testing::Values(0, 2));

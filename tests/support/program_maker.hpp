// C programs that are made up at random: statements nested in each other, with conditions of all shapes. Each loop ends.
#pragma once

#include <string>

namespace recount::test {

// The same for the same seed. It takes a number as its argument. A switch has so many cases at most: gcc makes a table for five.
std::string made_up_program(unsigned seed, int cases = 5);

}  // namespace recount::test

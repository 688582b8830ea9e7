// recount-replay.
#include <iostream>

#include "replay/command_line.hpp"

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  return recount::run_command_line(argc, argv);
}

// The machine's account of job control: whether the recorder was asked to stop, or to go on, with its program (machine_stop.cpp).
#pragma once

namespace recount {

struct JobControl {
  int stop_asked = 0;           // the signal by which it was asked to stop with the program; 0: it was not
  int own_stop = 0;             // the signal by which the run itself stops the root; 0: none
  bool continue_asked = false;  // it was continued; the program, too?

  void ask_to_stop(int signal) noexcept { *this = {signal, 0, false}; }
  void ask_to_continue() noexcept { *this = {0, 0, true}; }
  void forget_stop() noexcept { stop_asked = 0; }
  // Whether there is something to settle when the root has come to rest.
  bool is_open(bool root_has_stopped) const noexcept { return continue_asked || (stop_asked != 0 && root_has_stopped); }
};

}  // namespace recount

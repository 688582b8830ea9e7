// Long text on a terminal goes through a pager, as git's does.
//
//   Pager pager(is_wanted);     // from here on, standard output is its input
//   ... write, flush ...
//   pager.finish();             // waits until the reader has closed it
//
// $RECOUNT_PAGER, else $PAGER, else less, where it is installed; "" and "cat" mean none. With LESS unset less is told FRX: text
// that fits the screen is just shown, colours pass, and the screen is left as it is. A reader who closes the pager early ends the
// command, and that is no error.
#pragma once

#include <sys/types.h>

namespace recount {

class Pager {
 public:
  explicit Pager(bool is_wanted);
  ~Pager();  // finish()
  Pager(const Pager&) = delete;
  Pager& operator=(const Pager&) = delete;

  void finish() noexcept;

 private:
  int terminal_ = -1;  // standard output as it was; -1: there is no pager
};

}  // namespace recount

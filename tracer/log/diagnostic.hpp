// What the recorder has to say about the recording itself: a row of the log, and a line on stderr.
#pragma once

#include <cstdint>
#include <string>

namespace recount {

struct Diagnostic {
  std::int64_t time_ns = 0;
  std::string severity;  // info, notice, data_loss, error
  std::string key;       // a stable word
  std::string message;   // what, and why
  std::string remedy;    // what to do about it; may be empty
};

// One line on stderr, in one write, so that threads may say something at the same time.
void say(const std::string& text);
// An info is for who asked with -v, a notice for who did not ask for quiet.
void tell(const Diagnostic& diagnostic, bool quiet, bool verbose);

}  // namespace recount

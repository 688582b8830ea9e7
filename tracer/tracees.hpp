// The tracees as a recorder sees them: what happens to them, and what is done to them.
//
//   Observation observation = tracees.first();        // spawned
//   tracees.perform(action);                          // 0 or an errno
//   observation = tracees.next();                     // waits for what happens next
//
// Those of the kernel are LiveTracees. The tests have simulated ones, so that the recorder's own loop and the writer of the log
// meet every order of events that a seed can make up.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "schema/vocabulary/event.hpp"
#include "tracer/crash/crash.hpp"
#include "tracer/image/image_store.hpp"
#include "tracer/log/diagnostic.hpp"

namespace recount {

class Tracees {
 public:
  virtual ~Tracees() = default;
  virtual Observation first() = 0;
  virtual Observation next() = 0;
  virtual int perform(const Action& action) = 0;

  // Of the last observation, each once: the images that it is the first to name; and what there is to say about the recording.
  virtual std::vector<std::shared_ptr<const StoredImage>> take_images() = 0;
  virtual std::vector<Diagnostic> take_remarks() = 0;

  // When all is over: a file that no process had may become one of take_images(). Without lines only if it is told why.
  virtual void read_also(const std::string& path, bool is_told) = 0;

  // Of the last action, once: what a snapshot has shown; null: it was none, or it was left out.
  virtual std::shared_ptr<const Crash> take_crash() = 0;

  virtual bool met_another_user() const noexcept { return false; }  // than the recorder's, who ran a program
  virtual std::vector<Diagnostic> last_remarks() = 0;               // when all is over
};

}  // namespace recount

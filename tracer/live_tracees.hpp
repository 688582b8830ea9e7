// The tracees that the kernel has: a program that is started, or a process that runs already, and all that comes of it.
//
// It waits, gathers, and does what it is told; it decides nothing. The machine is only asked what it knows: what stands at an
// address of a task, and which probes it does not want any more.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "schema/machine/machine.hpp"
#include "tracer/stop/attachment.hpp"
#include "tracer/stop/awake_processors.hpp"
#include "tracer/stop/launcher.hpp"
#include "tracer/stop/observer.hpp"
#include "tracer/stop/performer.hpp"
#include "tracer/tracees.hpp"

namespace recount {

class LiveTracees : public Tracees {
 public:
  struct Setup {
    Tid process{};        // that runs already; 0: the program is started
    bool tree = false;    // with its descendants
    std::string program;  // the path to exec
    std::vector<std::string> argv;
    Rules rules;
    bool coverage = true;
    ImageSubject subject;
    NoFollow no_follow;
    EnvMode env = EnvMode::safe;
    bool mask_arguments = false;
    std::size_t output_limit = 0;  // bytes that are kept of a process and descriptor; 0: none
    Awake awake = Awake::automatic;
  };
  // Forks the program's process, which waits to be seized; or reads what the one that runs has mapped. All of these outlive this.
  LiveTracees(const Setup& setup, const Machine& machine, Waiter& waiter);

  Observation first() override;
  Observation next() override;
  int perform(const Action& action) override { return performer_.perform(action); }
  std::vector<std::shared_ptr<const StoredImage>> take_images() override { return images_.take_new(); }
  void read_also(const std::string& path, bool is_told) override { images_.read_also(path, is_told); }
  std::shared_ptr<const Crash> take_crash() override;
  std::vector<Diagnostic> take_remarks() override { return std::exchange(remarks_, {}); }
  bool met_another_user() const noexcept override { return images_.met_another_user(); }
  std::vector<Diagnostic> last_remarks() override;

  int exec_error() noexcept {
    return launcher_ ? launcher_->exec_error() : 0;
  }  // why the program was never exec'ed; 0 if it was

 private:
  void note_privilege(Tid tid, const std::string& path);
  std::optional<Attachment> attached(const Setup& setup) const;
  std::optional<Observation> next_of_attachment();
  void follow_memory(const Observation& observation);
  void plan_survey();

  const Machine& machine_;
  Waiter& waiter_;
  AwakeProcessors awake_;
  ImageStore images_;
  ProcessMemory memory_;
  Annexes annexes_;
  CrashReader crashes_;
  Observer observer_;
  std::optional<Launcher> launcher_;      // none: the process runs already
  std::optional<Attachment> attachment_;  // none: it does not
  std::vector<Tid> to_survey_;            // the last is the next
  Performer performer_;
  std::set<std::string> told_privileges_;
  std::vector<Diagnostic> remarks_;
};

}  // namespace recount

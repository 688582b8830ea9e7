// Memory that processes of the run and the recorder share: flags, and the code that sets them (image/flag_plan.hpp).
//
// System V shared memory (shmget(2)): the process attaches it by a number alone, it has no name in a file system and no descriptor, and
// is marked as removed at once, so that it goes with the last process that has it, whatever happens to the recorder. What a flag
// tells is there when its process is not any more, SIGKILL included.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "schema/machine/machine.hpp"
#include "tracer/image/image_store.hpp"

namespace recount {

class Annexes {
 public:
  // The machine is only asked which annexes are in use, and where.
  Annexes(const Machine& machine, const ImageStore& images) : machine_(machine), images_(images) {}
  Annexes(const Annexes&) = delete;
  Annexes& operator=(const Annexes&) = delete;
  ~Annexes();

  // Returns 0 or an errno. Of the image at least one probe has a flag.
  int make(AnnexId annex, ImageId image);
  int shared_memory(AnnexId annex) const;  // what shmat(2) takes

  // Those of the memory that were set and not told before.
  std::vector<ProbeId> take_new(const AddressSpace& memory);
  // Of a probe that a flag tells of.
  bool is_set(const AddressSpace& memory, Placed image, std::uint32_t probe) const;

  struct Stub {
    AnnexId annex{};
    LoadBias bias{};
    const ImageAnnex* code = nullptr;
    std::size_t flag = 0;    // its number
    std::size_t offset = 0;  // in the stub
  };
  std::optional<Stub> stub_at(Tid tid, Address pc) const;  // none: the task is elsewhere
  void set(const Stub& stub);
  // The program has copied its text: in the copy a jump to a stub leads elsewhere, here to `pc`, where nothing is.
  struct CopiedJump {
    Address at{};  // of the copy
    ProbeId probe{};
    const ImageFlag* flag = nullptr;
  };
  std::optional<CopiedJump> copied_jump_to(Tid tid, Address pc, ProcessMemory& memory) const;
  // Of a task that is in a stub, where in its program it is; else the pc.
  Address place_in_program(Tid tid, Address pc) const;

 private:
  struct Shared {
    int id = -1;
    std::uint8_t* bytes = nullptr;
    std::vector<bool> told;  // by flag
  };
  void drop_unused();
  static void drop(const Shared& shared);

  static constexpr std::size_t kManyAnnexes = 64;
  const Machine& machine_;
  const ImageStore& images_;
  std::map<AnnexId, Shared> shared_;
  std::size_t many_ = kManyAnnexes;
};

}  // namespace recount

// Memory that processes of the run and the recorder share: flags or counters, and the code that sets them (image/flag_plan.hpp).
//
// System V shared memory (shmget(2)): the process attaches it by a number alone, it has no name in a file system and no descriptor, and
// is marked as removed at once, so that it goes with the last process that has it, whatever happens to the recorder. What a flag
// tells is there when its process is not any more, SIGKILL included.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
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

  // For the task's memory, in the place of what the memory has for that image that it is a copy of. Returns 0 or an errno. Of the image
  // at least one probe has a flag.
  int make(Tid tid, AnnexId annex, Placed image);
  int shared_memory(AnnexId annex) const;          // what shmat(2) takes
  AnnexId last_in(const std::string& maps) const;  // that its memory has attached, whatever the machine knows; 0: none

  // Of the memory's probes, those that were come to since this was asked last.
  struct Reading {
    ProbeId probe{};
    bool is_new = false;      // for the first time
    std::uint64_t times = 0;  // of a counter; 0: of a flag
  };
  std::vector<Reading> read(const AddressSpace& memory);
  // From now on several run there at a time, so nothing is added to a counter but under a lock.
  void share(Tid tid, Placed image);

  // Where the code of each flag begins that is set, and whose jump stands yet: an int3, or what belongs there.
  void trip(Tid tid, Placed image);
  void untrip(Tid tid, Placed image);
  // Those flags, by number. Their jumps are taken to leave.
  std::vector<std::size_t> take_useless(Tid tid, Placed image);
  std::vector<std::size_t> left(Tid tid, Placed image);  // the flags whose jumps have
  void come_back(Tid tid, Placed image, const std::vector<std::size_t>& flags);

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
  // The task leaves the stub, and does what is left there: where the flag was not set, or nothing was counted, it is. Or nothing was
  // done yet, and the task will come by once more.
  void leave(const Stub& stub, bool comes_again);
  bool is_trip(Tid tid, Address pc) const;  // a trap with that pc is of an int3 of trip()
  // The program has copied its text: in the copy a jump to a stub leads elsewhere, here to `pc`, where nothing is.
  struct CopiedJump {
    Address at{};  // of the copy
    ProbeId probe{};
    const ImageFlag* flag = nullptr;
    const StoredImage* image = nullptr;
  };
  std::optional<CopiedJump> copied_jump_to(Tid tid, Address pc, ProcessMemory& memory) const;
  // Of a task that is in a stub, where in its program it is; else the pc.
  Address place_in_program(Tid tid, Address pc) const;

 private:
  struct Shared {
    int id = -1;
    std::uint8_t* bytes = nullptr;
    std::vector<bool> told;              // by flag
    std::vector<std::uint64_t> counted;  // by counter: what was told of it
    std::vector<bool> without;           // by flag: its jump has left
  };
  const AddressSpace* memory_of(Tid tid) const;
  Shared* shared_by(Tid tid, Placed image);  // null: there is none
  void note_told(Tid tid, Placed image, Shared& shared) const;
  std::set<AnnexId> used_annexes() const;
  void drop_unused();
  static void drop(const Shared& shared);

  static constexpr std::size_t kManyAnnexes = 64;
  const Machine& machine_;
  const ImageStore& images_;
  std::map<AnnexId, Shared> shared_;
  std::size_t many_ = kManyAnnexes;
};

}  // namespace recount

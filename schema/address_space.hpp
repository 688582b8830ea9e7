// Which probes are planted where: the machine's knowledge of one address space.
//
// An address space belongs to whoever shares it: all threads of a process, a vfork child until its exec, any clone with
// CLONE_VM. A fork child has a copy, int3 bytes included.
//
// A probe is planted from the plant on, until its first hit in this address space lifts it for good. "Lifted" is what
// the table says; the byte may still be an int3 for a task that raced the lift or was forked just before it. So a trap is
// ours if its address is a probe's, whatever the table says, and the table only tells a first hit from a late one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "schema/ids.hpp"

namespace recount {

// The probes of one image: the dictionary's part that the machine needs. Probe i has the id `first` + i.
struct ProbeTable {
  ImageId image{};
  ProbeId first{};
  std::vector<ImageAddress> addresses;        // ascending
  std::vector<ImageAddress> own_int3;         // ascending; those where the program itself has an int3
};

struct ProbeAt {
  ProbeId probe{};
  bool planted = false;   // this is its first hit here
  bool own_int3 = false;  // the program's own byte is an int3, too: the trap is also the program's
};

class AddressSpace {
 public:
  void map(std::shared_ptr<const ProbeTable> table, LoadBias bias);
  void unmap(ImageId image);
  std::optional<ProbeAt> find(Address address) const;
  void lift(Address address);
  void lift_all(ImageId image);  // every byte of that image has been put back

  // What a fork child has. Its bytes were copied at a moment before the fork event was answered: int3 bytes may be
  // among them that were put back here since.
  std::shared_ptr<AddressSpace> copy() const;

  // Every image that was planted here and has not been put back as a whole, and where.
  std::vector<std::pair<ImageId, LoadBias>> planted_images() const;
  std::uint64_t planted() const noexcept;
  std::uint64_t lifted() const noexcept;

 private:
  struct Mapping {
    std::shared_ptr<const ProbeTable> table;
    LoadBias bias{};
    std::vector<bool> lifted;
    std::uint64_t lifted_count = 0;
    bool bare = false;  // not one int3 of ours is left
  };
  struct Place {
    std::size_t mapping;
    std::size_t index;
  };
  std::optional<Place> place_of(Address address) const;

  std::vector<Mapping> mappings_;
};

}  // namespace recount

// The machine's account for Scope::run: which probes were hit somewhere in the run, and are not planted any more.
#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "schema/machine/address_space.hpp"
#include "schema/vocabulary/action.hpp"

namespace recount {

class SeenProbes {
 public:
  void add(const ProbeAt& at);
  act::Seen of(ImageId image) const;  // null: none
  bool has_all(const ProbeTable& table) const;

 private:
  struct Seen {
    std::vector<bool> probes;
    std::size_t count = 0;
  };
  std::map<ImageId, Seen> images_;
};

}  // namespace recount

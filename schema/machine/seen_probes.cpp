#include "schema/machine/seen_probes.hpp"

#include <memory>

namespace recount {

void SeenProbes::add(const ProbeAt& at) {
  Seen& seen = images_[at.image];
  if (seen.probes.size() <= at.index) seen.probes.resize(at.index + 1);
  if (!seen.probes[at.index]) ++seen.count;
  seen.probes[at.index] = true;
}

act::Seen SeenProbes::of(ImageId image) const {
  const auto found = images_.find(image);
  return found == images_.end() ? nullptr : std::make_shared<const std::vector<bool>>(found->second.probes);
}

bool SeenProbes::has_all(const ProbeTable& table) const {
  const auto found = images_.find(table.image);
  return found != images_.end() && found->second.count == table.addresses.size();
}

}  // namespace recount

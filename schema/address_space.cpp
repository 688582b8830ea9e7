#include "schema/address_space.hpp"

#include <algorithm>
#include <utility>

namespace recount {
namespace {

std::optional<std::size_t> index_in(const std::vector<ImageAddress>& sorted, ImageAddress wanted) {
  const auto found = std::lower_bound(sorted.begin(), sorted.end(), wanted);
  if (found == sorted.end() || *found != wanted) return std::nullopt;
  return static_cast<std::size_t>(found - sorted.begin());
}

}  // namespace

void AddressSpace::map(std::shared_ptr<const ProbeTable> table, LoadBias bias) {
  std::vector<bool> lifted(table->addresses.size());
  mappings_.push_back({std::move(table), bias, std::move(lifted), 0, false});
}

void AddressSpace::unmap(ImageId image) {
  std::erase_if(mappings_, [image](const Mapping& m) { return m.table->image == image; });
}

void AddressSpace::lift_all(ImageId image) {
  for (Mapping& mapping : mappings_)
    if (mapping.table->image == image) mapping.bare = true;
}

std::shared_ptr<AddressSpace> AddressSpace::copy() const {
  auto child = std::make_shared<AddressSpace>(*this);
  for (Mapping& mapping : child->mappings_) {
    if (!mapping.bare) continue;
    mapping.bare = false;
    mapping.lifted.assign(mapping.lifted.size(), true);
    mapping.lifted_count = mapping.lifted.size();
  }
  return child;
}

std::vector<std::pair<ImageId, LoadBias>> AddressSpace::planted_images() const {
  std::vector<std::pair<ImageId, LoadBias>> images;
  for (const Mapping& mapping : mappings_)
    if (!mapping.bare) images.emplace_back(mapping.table->image, mapping.bias);
  return images;
}

std::optional<AddressSpace::Place> AddressSpace::place_of(Address address) const {
  for (std::size_t m = 0; m < mappings_.size(); ++m) {
    const Mapping& mapping = mappings_[m];
    if (const auto index = index_in(mapping.table->addresses, address - mapping.bias))
      return Place{m, *index};
  }
  return std::nullopt;
}

std::optional<ProbeAt> AddressSpace::find(Address address) const {
  const auto place = place_of(address);
  if (!place) return std::nullopt;
  const Mapping& mapping = mappings_[place->mapping];
  const auto probe = ProbeId{raw(mapping.table->first) + static_cast<std::uint32_t>(place->index)};
  const bool own = index_in(mapping.table->own_int3, address - mapping.bias).has_value();
  return ProbeAt{probe, !mapping.bare && !mapping.lifted[place->index], own};
}

void AddressSpace::lift(Address address) {
  const auto place = place_of(address);
  if (!place) return;
  Mapping& mapping = mappings_[place->mapping];
  if (mapping.lifted[place->index]) return;
  mapping.lifted[place->index] = true;
  ++mapping.lifted_count;
}

std::uint64_t AddressSpace::planted() const noexcept {
  std::uint64_t count = 0;
  for (const Mapping& mapping : mappings_)
    if (!mapping.bare) count += mapping.table->addresses.size() - mapping.lifted_count;
  return count;
}

std::uint64_t AddressSpace::lifted() const noexcept {
  std::uint64_t count = 0;
  for (const Mapping& mapping : mappings_) count += mapping.lifted_count;
  return count;
}

}  // namespace recount

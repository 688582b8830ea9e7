#include "schema/machine/address_space.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace recount {
namespace {

std::optional<std::size_t> index_in(const std::vector<ImageAddress>& sorted, ImageAddress wanted) {
  const auto found = std::lower_bound(sorted.begin(), sorted.end(), wanted);
  if (found == sorted.end() || *found != wanted) return std::nullopt;
  return static_cast<std::size_t>(found - sorted.begin());
}

}  // namespace

void AddressSpace::map(std::shared_ptr<const ProbeTable> table, LoadBias bias, std::vector<bool> lifted) {
  lifted.resize(table->addresses.size());
  const auto count = static_cast<std::uint64_t>(std::count(lifted.begin(), lifted.end(), true));
  std::vector<Mapping::Use> uses(table->watches.size());
  Mapping mapping;
  mapping.table = std::move(table);
  mapping.bias = bias;
  mapping.lifted = std::move(lifted);
  mapping.lifted_count = count;
  mapping.uses = std::move(uses);
  for (std::size_t i = 0; i < mapping.uses.size(); ++i)
    if (is_of_clear(mapping.table->watches[i].kind)) mapping.clears.push_back(i);
  mappings_.push_back(std::move(mapping));
}

void AddressSpace::plant_again(Placed image) {
  for (Mapping& mapping : mappings_) {
    if (mapping.placed() != image) continue;
    mapping.lifted.assign(mapping.lifted.size(), false);
    mapping.lifted_count = 0;
    mapping.counts = true;
    mapping.counts_of.clear();
    mapping.uncounted.clear();
    for (std::size_t i = 0; i < mapping.uses.size(); ++i)
      if (is_of_way(mapping.table->watches[i].kind)) mapping.uses[i] = {};
    for (const std::size_t i : mapping.clears) mapping.uses[i].retired = false;
  }
}

void AddressSpace::unmap(Placed image) {
  std::erase_if(mappings_, [image](const Mapping& m) { return m.placed() == image; });
}

std::vector<Placed> AddressSpace::remap(const std::vector<Placed>& now) {
  surveyed_ = true;
  std::erase_if(mappings_,
                [&now](const Mapping& m) { return std::find(now.begin(), now.end(), m.placed()) == now.end(); });
  const std::vector<Placed> known = images();
  std::vector<Placed> fresh;
  std::copy_if(now.begin(), now.end(), std::back_inserter(fresh),
               [&known](Placed image) { return std::find(known.begin(), known.end(), image) == known.end(); });
  return fresh;
}

void AddressSpace::lift_all(Placed image) {
  for (Mapping& mapping : mappings_)
    if (mapping.placed() == image) mapping.bare = true;
}

std::vector<bool> AddressSpace::renew(Placed image) {
  std::vector<bool> absent;
  for (Mapping& mapping : mappings_) {
    if (mapping.placed() != image) continue;
    mapping.bare = false;
    for (Mapping::Use& use : mapping.uses) use.retired = false;
    absent = mapping.lifted;
    for (std::size_t i = 0; i < absent.size(); ++i) {
      const bool is_counted = mapping.counts && index_in(mapping.table->counted, mapping.table->addresses[i]);
      if (is_counted) absent[i] = mapping.uncounted.contains(i);
      if (mapping.flagged && index_in(mapping.table->flagged, mapping.table->addresses[i])) absent[i] = true;
    }
  }
  return absent;
}

std::shared_ptr<AddressSpace> AddressSpace::copy() const {
  auto child = std::make_shared<AddressSpace>(*this);
  child->lent_to_.clear();
  child->failures_.clear();
  for (Mapping& mapping : child->mappings_) {
    for (const std::size_t i : mapping.clears) mapping.uses[i].retired = true;  // whether it is there is not known
    if (!mapping.bare) continue;
    mapping.bare = false;
    mapping.counts = false;
    mapping.lifted.assign(mapping.lifted.size(), true);
    mapping.lifted_count = mapping.lifted.size();
  }
  return child;
}

std::shared_ptr<AddressSpace> AddressSpace::earlier_copy(AnnexId last) const {
  auto earlier = copy();
  for (Mapping& mapping : earlier->mappings_) {
    earlier->plant_again(mapping.placed());
    for (const std::size_t i : mapping.clears)
      mapping.uses[i].retired = true;  // it is put in for sure where it is needed
    mapping.bare = false;
    if (mapping.annex > last) {
      mapping.annex = {};
      mapping.flagged = mapping.tripped = mapping.shares_counters = false;
      mapping.lacks_jumps = true;
      mapping.by_flag.clear();
    }
    for (std::size_t i = 0; i < mapping.by_flag.size(); ++i)
      if (mapping.by_flag[i]) mapping.lifted[i] = true, ++mapping.lifted_count;
  }
  return earlier;
}

void AddressSpace::annex(Placed image, AnnexId annex) {
  for (Mapping& mapping : mappings_) {
    if (mapping.placed() != image) continue;
    mapping.annex = annex;
    mapping.tripped = mapping.shares_counters = false;
  }
}

void AddressSpace::trip(Placed image, bool on) {
  for (Mapping& mapping : mappings_)
    if (mapping.placed() == image) mapping.tripped = on;
}

std::vector<Placed> AddressSpace::tripped_images() const {
  std::vector<Placed> images;
  for (const Mapping& mapping : mappings_)
    if (mapping.tripped) images.push_back(mapping.placed());
  return images;
}

void AddressSpace::flag(Placed image) {
  for (Mapping& mapping : mappings_) {
    if (mapping.placed() != image) continue;
    mapping.lacks_jumps = false;
    if (std::exchange(mapping.flagged, true)) continue;
    mapping.by_flag.resize(mapping.lifted.size());
    for (const ImageAddress address : mapping.table->flagged) {
      const auto index = index_in(mapping.table->addresses, address);
      if (!index || mapping.lifted[*index]) continue;
      mapping.by_flag[*index] = mapping.lifted[*index] = true;
      ++mapping.lifted_count;
    }
  }
}

bool AddressSpace::is_flagged(Placed image) const {
  return std::any_of(mappings_.begin(), mappings_.end(),
                     [image](const Mapping& m) { return m.placed() == image && m.flagged; });
}

std::vector<Placed> AddressSpace::share_counters() {
  std::vector<Placed> images;
  for (Mapping& mapping : mappings_)
    if (mapping.flagged && mapping.table->has_counters() && !std::exchange(mapping.shares_counters, true))
      images.push_back(mapping.placed());
  return images;
}

void AddressSpace::unflag(Placed image) {
  for (Mapping& mapping : mappings_)
    if (mapping.placed() == image) mapping.lacks_jumps = true;
}

bool AddressSpace::lacks_jumps(Placed image) const {
  return std::any_of(mappings_.begin(), mappings_.end(),
                     [image](const Mapping& m) { return m.placed() == image && m.lacks_jumps; });
}

bool AddressSpace::has_annexes() const {
  return std::any_of(mappings_.begin(), mappings_.end(), [](const Mapping& mapping) { return mapping.flagged; });
}

std::map<AnnexId, Placed> AddressSpace::annexes() const {
  std::map<AnnexId, Placed> annexes;
  for (const Mapping& mapping : mappings_)
    if (mapping.flagged) annexes.emplace(mapping.annex, mapping.placed());
  return annexes;
}

std::vector<Placed> AddressSpace::images() const {
  std::vector<Placed> images;
  for (const Mapping& mapping : mappings_) images.push_back(mapping.placed());
  return images;
}

std::vector<Placed> AddressSpace::planted_images() const {
  std::vector<Placed> images;
  for (const Mapping& mapping : mappings_)
    if (!mapping.bare) images.push_back(mapping.placed());
  return images;
}

std::vector<Placed> AddressSpace::bare_images() const {
  std::vector<Placed> images;
  for (const Mapping& mapping : mappings_)
    if (mapping.bare) images.push_back(mapping.placed());
  return images;
}

std::optional<AddressSpace::Place> AddressSpace::place_of(Address address) const {
  for (std::size_t m = 0; m < mappings_.size(); ++m) {
    const Mapping& mapping = mappings_[m];
    if (const auto index = index_in(mapping.table->addresses, address - mapping.bias)) return Place{m, *index};
  }
  return std::nullopt;
}

std::optional<ProbeAt> AddressSpace::find(Address address) const {
  const auto place = place_of(address);
  if (!place) return std::nullopt;
  const Mapping& mapping = mappings_[place->mapping];
  const auto probe = ProbeId{raw(mapping.table->first) + static_cast<std::uint32_t>(place->index)};
  const ImageAddress in_image = address - mapping.bias;
  const bool own = index_in(mapping.table->own_int3, in_image).has_value();
  const bool by_jump = mapping.flagged && index_in(mapping.table->flagged, in_image).has_value();
  const bool counted = mapping.counts && !mapping.bare && !mapping.uncounted.contains(place->index) && !by_jump &&
                       index_in(mapping.table->counted, in_image).has_value();
  const bool planted = !mapping.bare && !mapping.lifted[place->index];
  const bool by_flag = mapping.flagged && mapping.by_flag[place->index];
  return ProbeAt{probe, mapping.table->image, place->index, planted, counted, own, by_flag};
}

std::optional<AddressSpace::Place> AddressSpace::place_of_watch(Address address) const {
  for (std::size_t m = 0; m < mappings_.size(); ++m) {
    const auto& watches = mappings_[m].table->watches;
    const auto found = std::lower_bound(watches.begin(), watches.end(), address - mappings_[m].bias,
                                        [](const Watch& watch, ImageAddress wanted) { return watch.address < wanted; });
    if (found != watches.end() && found->address + mappings_[m].bias == address)
      return Place{m, static_cast<std::size_t>(found - watches.begin())};
  }
  return std::nullopt;
}

std::optional<WatchAt> AddressSpace::watch_at(Address address) const {
  const auto place = place_of_watch(address);
  if (!place) return std::nullopt;
  const Mapping& mapping = mappings_[place->mapping];
  const auto id = WatchId{raw(mapping.table->first_watch) + static_cast<std::uint32_t>(place->index)};
  const Mapping::Use& use = mapping.uses[place->index];
  return WatchAt{id, mapping.table->watches[place->index].kind, use.count, use.retired, use.ways};
}

Int3 AddressSpace::int3_at(Address address) const { return {address, find(address), watch_at(address)}; }

void AddressSpace::use_watch(Address address) {
  if (const auto place = place_of_watch(address)) ++mappings_[place->mapping].uses[place->index].count;
}

bool AddressSpace::see_way(Address address, Way way) {
  const auto place = place_of_watch(address);
  if (!place) return false;
  std::uint8_t& ways = mappings_[place->mapping].uses[place->index].ways;
  const std::uint8_t before = std::exchange(ways, static_cast<std::uint8_t>(ways | bits_of(way)));
  return before != ways;
}

void AddressSpace::retire_watch(Address address) {
  if (const auto place = place_of_watch(address)) mappings_[place->mapping].uses[place->index].retired = true;
}

void AddressSpace::arm_watch(Address address) {
  if (const auto place = place_of_watch(address)) mappings_[place->mapping].uses[place->index].retired = false;
}

std::vector<Address> AddressSpace::retired_clears(WatchKind kind) const {
  std::vector<Address> places;
  for (const Mapping& mapping : mappings_)
    for (const std::size_t i : mapping.clears)
      if (const Watch& watch = mapping.table->watches[i];
          watch.kind == kind && mapping.uses[i].retired && !mapping.bare)
        places.push_back(watch.address + mapping.bias);
  return places;
}

void AddressSpace::lift(Address address) {
  const auto place = place_of(address);
  if (!place) return;
  Mapping& mapping = mappings_[place->mapping];
  if (mapping.lifted[place->index]) return;
  mapping.lifted[place->index] = true;
  ++mapping.lifted_count;
}

std::uint64_t AddressSpace::count(Address address) {
  const auto place = place_of(address);
  return place ? ++mappings_[place->mapping].counts_of[place->index] : 0;
}

void AddressSpace::stop_counting(Address address) {
  if (const auto place = place_of(address)) mappings_[place->mapping].uncounted.insert(place->index);
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

void AddressSpace::note_put_back(Address address, bool was_put_back) {
  if (was_put_back)
    failures_.erase(address);
  else
    ++failures_[address];
}

bool AddressSpace::is_stuck(Address address) const {
  const auto found = failures_.find(address);
  return found != failures_.end() && found->second > 1;
}

}  // namespace recount

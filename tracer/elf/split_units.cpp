#include "tracer/elf/split_units.hpp"

#include <dwarf.h>

#include <utility>

namespace recount {
namespace {

// The section from the offset that the attribute names on.
Bytes from_base(Elf* elf, const std::string& section, Dwarf_Die* unit, unsigned attribute, unsigned gnu_attribute) {
  const Bytes bytes = section_bytes(elf, section);
  Dwarf_Attribute found;
  Dwarf_Word base = 0;
  if (dwarf_formudata(dwarf_attr(unit, attribute, &found), &base) != 0 &&
      dwarf_formudata(dwarf_attr(unit, gnu_attribute, &found), &base) != 0)
    base = 0;
  return base < bytes.size() ? bytes.subspan(static_cast<std::size_t>(base)) : Bytes();
}

}  // namespace

SplitUnits::SplitUnits(Dwarf* skeletons, std::vector<std::string> packages, const DebugFolders& folders,
                       const PathMap& map)
    : skeletons_(skeletons), packages_(std::move(packages)), folders_(folders), map_(map) {}

std::optional<Dwarf_Die> SplitUnits::find(Dwarf_Die* skeleton) {
  const SkeletonParts parts = parts_of(skeleton);
  for (const std::string& package : packages_)
    if (const auto found = find_in(package, parts)) return found;
  std::string name = text_.of(skeleton, DW_AT_dwo_name);
  if (name.empty()) name = text_.of(skeleton, DW_AT_GNU_dwo_name);
  for (const std::string& place : places_of(skeleton, name))
    if (const auto found = find_in(place, parts)) return found;
  if (!missing_.empty()) return std::nullopt;
  missing_ = name;
  for (const std::string& package : packages_)
    if (files_[package] && useless_package_.empty()) useless_package_ = package;
  return std::nullopt;
}

std::vector<std::string> SplitUnits::places_of(Dwarf_Die* skeleton, const std::string& name) {
  std::vector<std::string> places;
  if (name.empty()) return places;
  const std::string full = name.front() == '/' ? name : text_.of(skeleton, DW_AT_comp_dir) + '/' + name;
  if (const std::string mapped = map_.apply(full); mapped != full) places.push_back(mapped);
  for (const std::string& folder : folders_.named()) {
    places.push_back(folder + '/' + name);
    places.push_back(folder + '/' + name.substr(name.rfind('/') + 1));
  }
  return places;
}

std::optional<Dwarf_Die> SplitUnits::find_in(const std::string& path, const SkeletonParts& parts) {
  const auto [file, is_new] = files_.try_emplace(path);
  if (is_new) file->second = SplitFile::open(path);
  if (!file->second) return std::nullopt;
  if (is_new) bytes_left_ += file->second->size();
  const auto split = file->second->unit(parts.id);
  if (!split || split->info.size() + split->abbrev.size() > bytes_left_) return std::nullopt;
  auto unit = WholeUnit::join(*split, parts);
  if (unit == nullptr) return std::nullopt;
  bytes_left_ -= split->info.size() + split->abbrev.size();
  Dwarf_Die die = unit->die();
  if (dwarf_tag(&die) != DW_TAG_compile_unit) return std::nullopt;
  units_.push_back(std::move(unit));
  return die;
}

SkeletonParts SplitUnits::parts_of(Dwarf_Die* skeleton) const {
  SkeletonParts parts;
  Dwarf_Addr low_pc = 0;
  dwarf_cu_info(skeleton->cu, nullptr, nullptr, nullptr, nullptr, &parts.id, nullptr, nullptr);
  if (dwarf_lowpc(skeleton, &low_pc) == 0) parts.low_pc = low_pc;
  Elf* const elf = dwarf_getelf(skeletons_);
  parts.addr = from_base(elf, ".debug_addr", skeleton, DW_AT_addr_base, DW_AT_GNU_addr_base);
  parts.ranges = from_base(elf, ".debug_ranges", skeleton, DW_AT_GNU_ranges_base, DW_AT_GNU_ranges_base);
  return parts;
}

}  // namespace recount

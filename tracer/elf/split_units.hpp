// Finds the units that the compiler split off into .dwo files (-gsplit-dwarf) where libdw does not:
// it knows a .dwo file by the name in its skeleton unit alone, and no packages. A unit is, in this
// order, in the first of
//
//   FOLDER/NAME.dwp       beside the program, then in each folder that was named: NAME is the
//   program's own name; and
//                         FILE.dwp where FILE is a separate debug file that holds the skeletons
//   TO/x/a.dwo            what the path map (--map) makes of the name that the skeleton has
//   DIR/x/a.dwo, DIR/a.dwo for each folder that was named
//
// that has one with the skeleton's id. A unit lives as long as this does, and so must the
// skeletons' Dwarf.
#pragma once

#include <elfutils/libdw.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "schema/shared/path_map.hpp"
#include "tracer/base/unique_fd.hpp"
#include "tracer/elf/debug_file.hpp"
#include "tracer/elf/dwarf_text.hpp"
#include "tracer/elf/split_file.hpp"
#include "tracer/elf/whole_unit.hpp"

namespace recount {

class SplitUnits {
 public:
  SplitUnits(Dwarf* skeletons, std::vector<std::string> packages, const DebugFolders& folders, const PathMap& map);

  std::optional<Dwarf_Die> find(Dwarf_Die* skeleton);

  // The name of the first that was asked for and is nowhere; empty if none.
  const std::string& missing() const noexcept { return missing_; }
  // A package that is there and does not hold it; empty if there is none.
  const std::string& useless_package() const noexcept { return useless_package_; }

 private:
  std::vector<std::string> places_of(Dwarf_Die* skeleton, const std::string& name);
  std::optional<Dwarf_Die> find_in(const std::string& path, const SkeletonParts& parts);
  SkeletonParts parts_of(Dwarf_Die* skeleton) const;

  Dwarf* skeletons_;
  std::vector<std::string> packages_;
  const DebugFolders& folders_;
  const PathMap& map_;
  DwarfText text_;
  std::map<std::string, std::optional<SplitFile>> files_;  // by path
  std::vector<std::unique_ptr<WholeUnit>> units_;
  std::uint64_t bytes_left_ = 0;  // sound units do not overlap
  std::string missing_;
  std::string useless_package_;
};

}  // namespace recount

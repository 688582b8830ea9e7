// -o FILE.zst and -o FILE.gz: the log is written as FILE, and packed when it is whole.
//
//   PackedLog packed("run.db.zst", force);   // throws if it is there already, unless it is to be replaced
//   ... record into packed.plain() ...
//   packed.finish();                         // the packed file stands in its place, and FILE is gone
//
// A recorder that is killed leaves FILE, and so does one that can't pack it: never nothing.
#pragma once

#include <optional>
#include <string>

#include "schema/log/packed_file.hpp"

namespace recount {

class PackedLog {
 public:
  PackedLog(std::string path, bool force);
  const std::string& plain() const noexcept { return plain_; }  // the path itself, if it asks for no packing
  const std::string& path() const noexcept { return path_; }    // as it was asked for
  bool is_wanted() const noexcept { return packing_.has_value(); }
  std::string finish();  // what is wrong; empty: nothing

 private:
  bool put_in_place(const std::string& draft) const noexcept;  // or errno says why not

  std::string path_, plain_;
  std::optional<Packing> packing_;
  bool force_;
};

}  // namespace recount

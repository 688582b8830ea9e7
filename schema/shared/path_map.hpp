// Other names for folders: where a build says /build/x/src, the file is /home/me/x/src.
//
//   PathMap map;
//   map.add("/build/x/src", "/home/me/x/src");
//   map.apply("/build/x/src/lib/a.c");   // "/home/me/x/src/lib/a.c"
//
// A rule holds for its FROM and what lies below it, by whole names: /build/x is not the beginning of /build/xy. The first
// rule that holds is the one that counts, and it is applied once. FROM "." stands for every relative path that does not
// lead out of its folder, which is what a compiler leaves when it was told to hide where it ran. TO "." makes paths
// relative. Paths are normalised as text; no file is looked at.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace recount {

class PathMap {
 public:
  struct Rule {
    std::string from;
    std::string to;
  };
  // "FROM=TO", divided at the first '='; nothing if there is none, or nothing before it.
  static std::optional<Rule> parse(const std::string& text);

  void add(const std::string& from, const std::string& to);
  bool empty() const noexcept { return rules_.empty(); }
  std::string apply(const std::string& path) const;  // the path itself, as it is, if no rule holds

 private:
  std::vector<Rule> rules_;  // normalised, without a slash at the end; the root is ""
};

}  // namespace recount

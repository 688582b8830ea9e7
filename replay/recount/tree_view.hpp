// Which processes of a run are drawn, beneath which, and which of them as one line.
//
// Siblings that ran the same program and ended well, all they started included, are folded if there are kFoldFrom or more of
// that program: 214 compilers are one line, and the three that failed have lines of their own beneath it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "replay/recount/history.hpp"

namespace recount {

struct TreeChoice {
  bool failed = false;                 // only processes that failed, and those above them
  bool all = false;                    // nothing is folded
  std::optional<std::uint32_t> under;  // the upid at the top
  std::optional<std::uint32_t> pid;    // the pid of those at the top: a number may have been given to several
  std::size_t depth = SIZE_MAX;        // how many levels; the top is the first
};

// One line, and what stands beneath it.
struct TreeNode {
  const ProcessRecord* process = nullptr;    // null: of a fold, or of what is too deep
  std::vector<const ProcessRecord*> folded;  // ascending; of a fold: all of that program, the failed ones included
  std::size_t folded_failed = 0;
  std::size_t hidden = 0;  // processes beneath that are not drawn
  std::vector<TreeNode> children;
};

// The name by which siblings are told apart: of the programs that it ran, or of the one whose copy it is.
std::string program_names(const History& history, const ProcessRecord& process);

class TreeView {
 public:
  TreeView(const History& history, const TreeChoice& choice);
  std::vector<TreeNode> roots() const;

  static constexpr std::size_t kFoldFrom = 5;

 private:
  struct Below {  // of a process and all beneath it
    std::size_t count = 0;
    bool well = true;     // all ended, and well
    bool failed = false;  // one ended otherwise
  };
  void look_below();
  bool is_wanted(const ProcessRecord& process) const;
  TreeNode node(const ProcessRecord& process, std::size_t depth) const;
  void add_children(TreeNode& node, const ProcessRecord& process, std::size_t depth) const;
  void fold(std::vector<const ProcessRecord*>& children, std::vector<TreeNode>& lines) const;

  const History& history_;
  TreeChoice choice_;
  std::unordered_map<std::uint32_t, Below> below_;
};

}  // namespace recount

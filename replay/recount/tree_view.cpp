#include "replay/recount/tree_view.hpp"

#include <algorithm>
#include <map>

#include "replay/text/text.hpp"

namespace recount {

std::string program_names(const History& history, const ProcessRecord& process) {
  std::string names;
  for (const std::size_t exec : process.execs)
    names.append(names.empty() ? "" : " ⇒ ").append(visible(base_name(history.execs()[exec].path)));
  if (!names.empty()) return names;
  const ExecRecord* const program = history.program_of(process);
  return program ? "(" + visible(base_name(program->path)) + ")" : "(found)";
}

TreeView::TreeView(const History& history, const TreeChoice& choice) : history_(history), choice_(choice) {
  look_below();
}

// A child always has a greater upid than its parent, and processes are in their order.
void TreeView::look_below() {
  const auto& processes = history_.processes();
  for (std::size_t i = processes.size(); i-- > 0;) {
    const ProcessRecord& process = processes[i];
    Below& below = below_[raw(process.upid)];
    ++below.count;
    below.well = below.well && process.ended_well();
    below.failed = below.failed || process.failed();
    if (!history_.process(process.parent)) continue;
    Below& above = below_[raw(process.parent)];
    const Below& here = below_[raw(process.upid)];
    above.count += here.count;
    above.well = above.well && here.well;
    above.failed = above.failed || here.failed;
  }
}

bool TreeView::is_wanted(const ProcessRecord& process) const {
  return !choice_.failed || below_.at(raw(process.upid)).failed;
}

std::vector<TreeNode> TreeView::roots() const {
  std::vector<TreeNode> nodes;
  for (const ProcessRecord& process : history_.processes()) {
    const bool top = choice_.under ? raw(process.upid) == *choice_.under
                     : choice_.pid ? static_cast<std::uint32_t>(raw(process.pid)) == *choice_.pid
                                   : !history_.process(process.parent);
    if (top && is_wanted(process)) nodes.push_back(node(process, 1));
  }
  return nodes;
}

TreeNode TreeView::node(const ProcessRecord& process, std::size_t depth) const {
  TreeNode node;
  node.process = &process;
  if (depth < choice_.depth)
    add_children(node, process, depth);
  else
    node.hidden = below_.at(raw(process.upid)).count - 1;
  return node;
}

void TreeView::add_children(TreeNode& node, const ProcessRecord& process, std::size_t depth) const {
  std::vector<const ProcessRecord*> children;
  for (const Upid upid : process.children)
    if (const ProcessRecord* const child = history_.process(upid); child && is_wanted(*child))
      children.push_back(child);
  if (!choice_.all && !choice_.failed) fold(children, node.children);
  for (const ProcessRecord* const child : children) node.children.push_back(this->node(*child, depth + 1));
  const auto first = [](const TreeNode& line) { return line.process ? line.process->upid : line.folded.front()->upid; };
  std::stable_sort(node.children.begin(), node.children.end(),
                   [&](const TreeNode& a, const TreeNode& b) { return first(a) < first(b); });
}

// Takes those out of `children` that a line stands for.
void TreeView::fold(std::vector<const ProcessRecord*>& children, std::vector<TreeNode>& lines) const {
  std::map<std::string, std::vector<const ProcessRecord*>> same;
  for (const ProcessRecord* const child : children) same[program_names(history_, *child)].push_back(child);
  for (const auto& [names, processes] : same) {
    const auto is_well = [this](const ProcessRecord* p) { return below_.at(raw(p->upid)).well; };
    const auto well = static_cast<std::size_t>(std::count_if(processes.begin(), processes.end(), is_well));
    if (well < kFoldFrom) continue;
    TreeNode line;
    line.folded = processes;
    line.folded_failed = static_cast<std::size_t>(
        std::count_if(processes.begin(), processes.end(), [](const ProcessRecord* p) { return p->failed(); }));
    for (const ProcessRecord* const process : processes)
      if (is_well(process)) line.hidden += below_.at(raw(process->upid)).count - 1;
    std::erase_if(children, [&](const ProcessRecord* child) {
      return is_well(child) && std::find(processes.begin(), processes.end(), child) != processes.end();
    });
    lines.push_back(std::move(line));
  }
}

}  // namespace recount

// tree: the processes, each beneath its parent.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>
#include <utility>

#include "replay/command/command.hpp"
#include "replay/log/dictionary.hpp"
#include "replay/recount/tree_view.hpp"

namespace recount {
namespace {

const char* origin_word(EventKind origin) {
  switch (origin) {
    case EventKind::spawned: return "root";
    case EventKind::attached: return "attach";
    case EventKind::event_fork: return "fork";
    case EventKind::event_vfork: return "vfork";
    case EventKind::event_clone: return "clone";
    default: return nullptr;  // nobody knows
  }
}

// What ran in a process: its programs in order, or whose copy it is.
std::string programs_text(const History& history, const ProcessRecord& process) {
  std::string text;
  for (const std::size_t exec : process.execs)
    text.append(text.empty() ? "" : " ⇒ ").append(shell_quoted(words_of(history.execs()[exec].argv)));
  if (!text.empty()) return text;
  const ExecRecord* const program = history.program_of(process);
  const char* const word = origin_word(process.origin);
  text.append("(").append(word ? word : "found");
  if (program) text.append(" of ").append(shell_quoted(words_of(program->argv)));
  return text + ")";
}

class TreeText {
 public:
  TreeText(const Request& request, const History& history, bool threads)
      : request_(request), history_(history), names_(request.log), width_(request.output.width()), threads_(threads) {}

  void write(const std::vector<TreeNode>& roots) {
    for (std::size_t i = roots.size(); i-- > 0;) branches_.push_back({&roots[i], "", ""});
    while (!branches_.empty()) write_next();
  }

 private:
  struct Branch {
    const TreeNode* node;
    std::string lead;      // before this line
    std::string children;  // before the lines beneath
  };

  void write_next() {  // with a stack of its own: a chain of forks may be deep
    const Branch branch = branches_.back();
    branches_.pop_back();
    const TreeNode& node = *branch.node;
    node.process ? write_process(branch) : write_fold(branch);
    for (std::size_t i = node.children.size(); i-- > 0;) {
      const bool last = i + 1 == node.children.size();
      branches_.push_back(
          {&node.children[i], branch.children + (last ? "└─ " : "├─ "), branch.children + (last ? "   " : "│  ")});
    }
  }

  void write_process(const Branch& branch) const {
    const ProcessRecord& process = *branch.node->process;
    const Paint paint = request_.paint();
    const bool ended = process.end_ns.has_value();
    const std::string tail = "  [" + end_text(process) + "]" + hidden_text(branch.node->hidden);
    const bool calm = process.ended_well() || (process.let_go && !ended) || (process.not_followed && !ended);
    write_line(branch.lead + std::to_string(raw(process.pid)) + " ", programs_text(history_, process), tail,
               calm    ? paint.faint(tail)
               : ended ? paint.bad(tail)
                       : paint.warn(tail));
    if (threads_) write_threads(branch, process);
  }

  // What is folded ended well, and those that did not have lines of their own.
  void write_fold(const Branch& branch) const {
    const TreeNode& node = *branch.node;
    std::int64_t cpu_us = 0;
    for (const ProcessRecord* const process : node.folded) cpu_us += process->usage.user_us + process->usage.system_us;
    const std::string tail = "  [" + duration_text(cpu_us * 1000) + " CPU]" + hidden_text(node.hidden);
    const std::string failed = node.folded_failed ? ", " + std::to_string(node.folded_failed) + " failed" : "";
    const Paint paint = request_.paint();
    write_line(branch.lead + "× " + std::to_string(node.folded.size()) + " ",
               program_names(history_, *node.folded.front()) + failed, tail,
               node.folded_failed ? paint.bad(tail) : paint.faint(tail));
  }

  void write_threads(const Branch& branch, const ProcessRecord& process) const {
    const std::string lead = branch.children + (branch.node->children.empty() ? "   " : "│  ");
    for (const std::size_t at : process.threads) {
      const ThreadRecord& thread = history_.threads()[at];
      const std::string took = thread.end_ns ? duration_text(*thread.end_ns - thread.start_ns) : "not seen to end";
      const std::string tail = "  [" + took + "]";
      if (thread.tid != process.pid)
        write_line(lead + "· ", "thread " + std::to_string(raw(thread.tid)), tail, request_.paint().faint(tail));
    }
  }

  // The words in the middle give way, if a terminal is narrow. `tail` is painted when it is written.
  void write_line(const std::string& head, const std::string& words, const std::string& tail,
                  const std::string& painted_tail) const {
    const std::size_t used = width_of(head) + width_of(tail);
    const std::size_t left = width_ == 0 ? 0 : std::max<std::size_t>(20, width_ > used ? width_ - used : 0);
    request_.out() << head << shortened(words, left) << painted_tail << '\n';
  }

  static std::string hidden_text(std::size_t hidden) {
    return hidden == 0 ? "" : "  + " + std::to_string(hidden) + " beneath";
  }

  std::string end_text(const ProcessRecord& process) const {
    if (process.let_go && !process.end_ns) return let_go_text(process);
    std::string text = (process.let_go ? let_go_text(process) + ", " : "") + ending(process);
    if (!process.end_ns) return text;
    text += ", " + duration_text(*process.end_ns - process.start_ns);
    const std::int64_t cpu_us = process.usage.user_us + process.usage.system_us;
    return cpu_us == 0 ? text : text + ", " + duration_text(cpu_us * 1000) + " CPU";
  }

  std::string let_go_text(const ProcessRecord& process) const {
    if (process.tracer == Upid{}) return "let go";
    const ProcessRecord* const tracer =
        history_.process(process.tracer == process.upid ? process.parent : process.tracer);
    return "let go, to be traced by " + (tracer ? std::to_string(raw(tracer->pid)) : std::string("its parent"));
  }

  // Of what is not followed, only the root's end is known.
  std::string ending(const ProcessRecord& process) const {
    const bool ended = process.end_ns.has_value();
    if (process.not_followed && !ended) return "not followed";
    return (process.not_followed ? "not followed, " : "") + ending_of(Paint(false), request_.log, names_, process);
  }

  const Request& request_;
  const History& history_;
  Names names_;
  std::size_t width_;
  bool threads_;
  std::vector<Branch> branches_;
};

Json exec_json(const ExecRecord& exec) {
  return {{"exec_id", raw(exec.id)}, {"time_ns", exec.time_ns},
          {"path", exec.path},       {"argv", argv_json(exec.argv)},
          {"cwd", exec.cwd},         {"image_id", exec.image == ImageId{} ? Json(nullptr) : Json(raw(exec.image))}};
}

Json thread_json(const ThreadRecord& thread) {
  return {{"utid", raw(thread.utid)},
          {"tid", raw(thread.tid)},
          {"start_ns", thread.start_ns},
          {"end_ns", thread.end_ns ? Json(*thread.end_ns) : Json(nullptr)}};
}

void add_end(Json& json, const ProcessRecord& process) {
  const bool ended = process.end_ns.has_value();
  const auto if_ended = [ended](bool too, auto value) { return ended && too ? Json(value) : Json(nullptr); };
  const WaitStatus status = process.status;
  json["start_ns"] = process.start_ns;
  json["end_ns"] = if_ended(true, process.end_ns.value_or(0));
  json["duration_ns"] = if_ended(true, process.end_ns.value_or(0) - process.start_ns);
  json["exit_code"] = if_ended(status.exited(), status.exit_code());
  json["term_signal"] = if_ended(status.signaled(), status.term_signal());
  json["ended_by"] = ended_by_json(process);
  json["core_dumped"] = if_ended(true, status.signaled() && status.core_dumped());
  json["user_us"] = if_ended(true, process.usage.user_us);
  json["system_us"] = if_ended(true, process.usage.system_us);
  json["max_rss_kib"] = if_ended(true, process.usage.max_rss_kib);
}

Json process_json(const LogFile& log, const History& history, const ProcessRecord& process) {
  Json json;
  const char* const origin = origin_word(process.origin);
  const ExecRecord* const program = history.program_of(process);
  if (log.merged()) json["run_uuid"] = log.run_of(process.upid).uuid;
  json["upid"] = raw(process.upid);
  json["pid"] = raw(process.pid);
  json["parent_upid"] = process.parent == Upid{} ? Json(nullptr) : Json(raw(process.parent));
  json["created_by"] = origin ? Json(origin) : Json(nullptr);
  add_end(json, process);
  json["untraced"] = process.not_followed ? Json("not followed") : process.let_go ? Json("let go") : Json(nullptr);
  json["path"] = program ? Json(program->path) : Json(nullptr);
  json["argv"] = program ? argv_json(program->argv) : Json(nullptr);
  Json& execs = json["execs"] = Json::array();
  for (const std::size_t exec : process.execs) execs.push_back(exec_json(history.execs()[exec]));
  Json& threads = json["threads"] = Json::array();
  for (const std::size_t thread : process.threads) threads.push_back(thread_json(history.threads()[thread]));
  Json& children = json["children"] = Json::array();
  for (const Upid child : process.children) children.push_back(raw(child));
  json["hits"] = process.hits;
  return json;
}

TreeChoice choice_of(const ParsedOptions& options) {
  TreeChoice choice;
  choice.failed = options.count("failed") != 0;
  choice.all = options.count("all") != 0;
  if (options.count("under")) choice.under = id_option(options, "under");
  if (options.count("pid")) choice.pid = id_option(options, "pid");
  if (options.count("depth")) choice.depth = number_option(options, "depth");
  if (choice.under && choice.pid) throw UsageError("--under and --pid both name the top of the tree");
  return choice;
}

// Graphviz's DOT language: what is in quotes may be anything but a quote and a backslash.
std::string dot_text(const std::string& text) {
  std::string escaped = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped + '"';
}

class TreeDot {
 public:
  TreeDot(const Request& request, const History& history)
      : log_(request.log), out_(request.out()), history_(history), names_(request.log) {}

  void write(const std::vector<TreeNode>& roots) {
    out_ << "digraph recount {\n  rankdir=LR;\n  node [shape=box];\n";
    std::vector<const TreeNode*> todo;
    for (const TreeNode& root : roots) todo.push_back(&root);
    for (; !todo.empty();) {
      const TreeNode& node = *todo.back();
      todo.pop_back();
      write_node(node);
      for (const TreeNode& child : node.children) {
        out_ << "  " << id_of(node) << " -> " << id_of(child) << ";\n";
        todo.push_back(&child);
      }
    }
    out_ << "}\n";
  }

 private:
  static std::string id_of(const TreeNode& node) {
    return node.process ? "p" + std::to_string(raw(node.process->upid))
                        : "fold" + std::to_string(raw(node.folded.front()->upid));
  }

  void write_node(const TreeNode& node) {
    const bool bad = node.process ? node.process->failed() : node.folded_failed != 0;
    out_ << "  " << id_of(node) << " [label=" << dot_text(label_of(node)) << (bad ? ", color=red" : "") << "];\n";
  }

  std::string label_of(const TreeNode& node) const {
    if (!node.process)
      return "× " + std::to_string(node.folded.size()) + " " + program_names(history_, *node.folded.front());
    const ProcessRecord& process = *node.process;
    return std::to_string(raw(process.pid)) + " " + program_names(history_, process) + ", " +
           ending_of(Paint(false), log_, names_, process);
  }

  const LogFile& log_;
  std::ostream& out_;
  const History& history_;
  Names names_;
};

// JSON has no folds: it has all that the choice shows.
std::vector<const ProcessRecord*> shown(std::vector<TreeNode> roots) {
  std::vector<const ProcessRecord*> processes;
  for (std::size_t i = 0; i < roots.size(); ++i) {  // breadth first
    processes.push_back(roots[i].process);
    for (TreeNode& child : std::exchange(roots[i].children, {})) roots.push_back(std::move(child));
  }
  std::sort(processes.begin(), processes.end(), [](const auto* a, const auto* b) { return a->upid < b->upid; });
  processes.erase(std::unique(processes.begin(), processes.end()), processes.end());
  return processes;
}

}  // namespace

FormatNames tree_formats() {
  FormatNames formats = text_and_json();
  formats.push_back({"dot", "for Graphviz"});
  return formats;
}

void add_tree_options(OptionTable& options) {
  const auto value = text_value();
  options.add_options()("failed", "only processes that failed, and those above them")(
      "under", "only this process and those below it", value, "UPID")(
      "pid", "only processes with this pid, and those below them", text_value(), "PID")(
      "depth", "no more than N levels", text_value(), "N")("threads", "show the threads too")(
      "all", "one line for each process, also for siblings that did the same and ended well");
}

int run_tree(const Request& request) {
  TreeChoice choice = choice_of(request.options);
  History history(request.log);
  const Verdict verdict = Recount(request.log).run(&history);
  choice.all = choice.all || request.json();
  const std::vector<TreeNode> roots = TreeView(history, choice).roots();
  if (roots.empty() && (choice.under || choice.pid)) throw UsageError("the log has no such process");
  if (request.json()) {
    Json json;
    add_runs(json, request.log);
    Json& processes = json["processes"] = Json::array();
    for (const ProcessRecord* const process : shown(roots))
      processes.push_back(process_json(request.log, history, *process));
    write_json(request.out(), json);
  } else if (request.format == "dot") {
    TreeDot(request, history).write(roots);
  } else {
    TreeText(request, history, request.options.count("threads") != 0).write(roots);
  }
  warn_of_divergence(request, verdict);
  return kYes;
}

}  // namespace recount

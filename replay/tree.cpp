// tree: the processes, each beneath its parent.
#include <algorithm>
#include <ostream>

#include "replay/command.hpp"
#include "replay/dictionary.hpp"
#include "replay/history.hpp"

namespace recount {
namespace {

const char* origin_word(EventKind origin) {
  switch (origin) {
    case EventKind::spawned:
      return "root";
    case EventKind::event_fork:
      return "fork";
    case EventKind::event_vfork:
      return "vfork";
    case EventKind::event_clone:
      return "clone";
    default:
      return nullptr;  // nobody knows
  }
}

// What ran in a process: its programs in order, or whose copy it is.
std::string programs_text(const History& history, const ProcessRecord& process) {
  std::string text;
  for (const std::size_t exec : process.execs)
    text.append(text.empty() ? "" : " ⇒ ")
        .append(shell_quoted(words_of(history.execs()[exec].argv)));
  if (!text.empty()) return text;
  const ExecRecord* const program = history.program_of(process);
  const char* const word = origin_word(process.origin);
  text.append("(").append(word ? word : "found");
  if (program) text.append(" of ").append(shell_quoted(words_of(program->argv)));
  return text + ")";
}

class TreeText {
 public:
  TreeText(const Request& request, const History& history)
      : request_(request), history_(history), names_(request.log), width_(request.output.width()) {}

  void write() {
    for (const ProcessRecord& process : history_.processes())
      if (process.parent == Upid{}) branches_.push_back({&process, "", ""});
    std::reverse(branches_.begin(), branches_.end());
    while (!branches_.empty()) write_next();
  }

 private:
  struct Branch {
    const ProcessRecord* process;
    std::string lead;      // before this line
    std::string children;  // before the lines beneath
  };

  void write_next() {  // with a stack of its own: a chain of forks may be deep
    const Branch branch = branches_.back();
    branches_.pop_back();
    write_line(branch);
    const auto& children = branch.process->children;
    for (std::size_t i = children.size(); i-- > 0;) {
      const bool last = i + 1 == children.size();
      branches_.push_back({history_.process(children[i]), branch.children + (last ? "└─ " : "├─ "),
                           branch.children + (last ? "   " : "│  ")});
    }
  }

  void write_line(const Branch& branch) const {
    const ProcessRecord& process = *branch.process;
    const Paint paint = request_.paint();
    const bool ended = process.end_ns.has_value();
    const std::string end = process.let_go ? "let go" : ending(process);
    const std::string took = ended ? ", " + duration_text(*process.end_ns - process.start_ns) : "";
    const std::string head = branch.lead + std::to_string(raw(process.pid)) + " ";
    const std::string tail = "  [" + end + took + "]";
    const std::size_t used = width_of(head) + width_of(tail);
    const std::size_t left =
        width_ == 0 ? 0 : std::max<std::size_t>(20, width_ > used ? width_ - used : 0);
    const bool calm =
        process.ended_well() || process.let_go || (process.not_followed && !ended);
    request_.out() << head << shortened(programs_text(history_, process), left)
                   << (calm    ? paint.faint(tail)
                       : ended ? paint.bad(tail)
                               : paint.warn(tail))
                   << '\n';
  }

  // Of what is not followed, only the root's end is known.
  std::string ending(const ProcessRecord& process) const {
    const bool ended = process.end_ns.has_value();
    if (process.not_followed && !ended) return "not followed";
    return (process.not_followed ? "not followed, " : "") +
           ending_text(Paint(false), ended, process.status, signal_name(process));
  }

  std::string signal_name(const ProcessRecord& process) const {
    return names_.signal(process.status.term_signal());
  }

  const Request& request_;
  const History& history_;
  Names names_;
  std::size_t width_;
  std::vector<Branch> branches_;
};

Json exec_json(const ExecRecord& exec) {
  return {{"exec_id", raw(exec.id)},
          {"time_ns", exec.time_ns},
          {"path", exec.path},
          {"argv", argv_json(exec.argv)},
          {"cwd", exec.cwd},
          {"image_id", exec.image == ImageId{} ? Json(nullptr) : Json(raw(exec.image))}};
}

Json thread_json(const ThreadRecord& thread) {
  return {{"utid", raw(thread.utid)},
          {"tid", raw(thread.tid)},
          {"start_ns", thread.start_ns},
          {"end_ns", thread.end_ns ? Json(*thread.end_ns) : Json(nullptr)}};
}

void add_end(Json& json, const ProcessRecord& process) {
  const bool ended = process.end_ns.has_value();
  const auto if_ended = [ended](bool too, auto value) {
    return ended && too ? Json(value) : Json(nullptr);
  };
  const WaitStatus status = process.status;
  json["start_ns"] = process.start_ns;
  json["end_ns"] = if_ended(true, process.end_ns.value_or(0));
  json["duration_ns"] = if_ended(true, process.end_ns.value_or(0) - process.start_ns);
  json["exit_code"] = if_ended(status.exited(), status.exit_code());
  json["term_signal"] = if_ended(status.signaled(), status.term_signal());
  json["core_dumped"] = if_ended(true, status.signaled() && status.core_dumped());
  json["user_us"] = if_ended(true, process.usage.user_us);
  json["system_us"] = if_ended(true, process.usage.system_us);
  json["max_rss_kib"] = if_ended(true, process.usage.max_rss_kib);
}

Json process_json(const History& history, const ProcessRecord& process) {
  Json json;
  const char* const origin = origin_word(process.origin);
  const ExecRecord* const program = history.program_of(process);
  json["upid"] = raw(process.upid);
  json["pid"] = raw(process.pid);
  json["parent_upid"] = process.parent == Upid{} ? Json(nullptr) : Json(raw(process.parent));
  json["created_by"] = origin ? Json(origin) : Json(nullptr);
  add_end(json, process);
  json["untraced"] = process.not_followed ? Json("not followed")
                     : process.let_go     ? Json("let go")
                                          : Json(nullptr);
  json["path"] = program ? Json(program->path) : Json(nullptr);
  json["argv"] = program ? argv_json(program->argv) : Json(nullptr);
  Json& execs = json["execs"] = Json::array();
  for (const std::size_t exec : process.execs) execs.push_back(exec_json(history.execs()[exec]));
  Json& threads = json["threads"] = Json::array();
  for (const std::size_t thread : process.threads)
    threads.push_back(thread_json(history.threads()[thread]));
  Json& children = json["children"] = Json::array();
  for (const Upid child : process.children) children.push_back(raw(child));
  json["hits"] = process.hits;
  return json;
}

}  // namespace

int run_tree(const Request& request) {
  History history(request.log);
  const Verdict verdict = Recount(request.log).run(&history);
  if (request.json()) {
    Json json{{"run", run_json(request.log.run())}};
    Json& processes = json["processes"] = Json::array();
    for (const ProcessRecord& process : history.processes())
      processes.push_back(process_json(history, process));
    write_json(request.out(), json);
  } else {
    TreeText(request, history).write();
  }
  warn_of_divergence(request, verdict);
  return kYes;
}

}  // namespace recount

#include "tracer/stop/attachment.hpp"

#include <errno.h>
#include <linux/kcmp.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>
#include <utility>

#include "tracer/base/clock.hpp"
#include "tracer/base/error.hpp"
#include "tracer/process/proc_file.hpp"
#include "tracer/process/proc_status.hpp"

namespace recount {
namespace {

constexpr const char* kHasEnded = "its main thread has ended";

std::string number(Tid tid) { return std::to_string(raw(tid)); }

[[noreturn]] void cannot_attach(Tid pid, const std::string& why) {
  throw RecordError("cannot attach to process " + number(pid) + ": " + why);
}

std::string name_of(const std::string& pid) {
  std::string name = read_proc_file(Tid{std::atoi(pid.c_str())}, "comm");
  if (!name.empty() && name.back() == '\n') name.pop_back();
  return name.empty() ? pid : pid + " (" + name + ")";
}

bool is_another_users(Tid pid) {
  struct stat info {};
  return ::geteuid() != 0 && ::stat(proc_path(pid, "").c_str(), &info) == 0 && info.st_uid != ::geteuid();
}

// Yama (Documentation/admin-guide/LSM/Yama.rst).
char ptrace_scope() {
  char scope = '0';
  std::ifstream("/proc/sys/kernel/yama/ptrace_scope") >> scope;
  return scope;
}

std::string why_not_permitted(Tid pid) {
  if (const std::string tracer = status_word(pid, "TracerPid"); !tracer.empty() && tracer != "0")
    return "process " + name_of(tracer) + " traces it already; end that first";
  if (is_another_users(pid)) return "it is another user's; run the recorder as that user, or as root";
  switch (ptrace_scope()) {
    case '1':
      return "/proc/sys/kernel/yama/ptrace_scope is 1, so only a program's own descendants may be traced; run the "
             "recorder as root, or sysctl kernel.yama.ptrace_scope=0";
    case '2': return "/proc/sys/kernel/yama/ptrace_scope is 2, so only root may trace; run the recorder as root";
    case '3': return "/proc/sys/kernel/yama/ptrace_scope is 3, so nobody may trace until the machine is started again";
    default: break;
  }
  return "Operation not permitted; run the recorder as root, in a container with --cap-add=SYS_PTRACE";
}

bool is_traced_by_us(Tid tid) { return status_word(tid, "TracerPid") == std::to_string(::getpid()); }

Tid parent_of(Tid pid) { return Tid{std::atoi(status_word(pid, "PPid").c_str())}; }

// As a child of vfork(2) does until it execs or ends (kcmp(2)). False as well where a filter forbids to ask.
bool shares_memory(Tid one, Tid other) { return ::syscall(SYS_kcmp, raw(one), raw(other), KCMP_VM, 0, 0) == 0; }

std::vector<Tid> numbers_in(const std::string& folder) {
  std::vector<Tid> numbers;
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator(folder, gone))
    if (const int number = std::atoi(entry.path().filename().c_str()); number > 0) numbers.push_back(Tid{number});
  return numbers;
}

}  // namespace

void check_attachable(Tid pid) {
  const std::string leader = status_word(pid, "Tgid");
  if (leader.empty()) cannot_attach(pid, "there is no such process");
  if (leader != number(pid)) cannot_attach(pid, "it is a thread of process " + leader + "; use --pid " + leader);
  if (raw(pid) == ::getpid()) cannot_attach(pid, "that is the recorder itself");
  const std::string state = status_word(pid, "State");
  if (state == "Z" || state == "X")
    cannot_attach(pid, kHasEnded + std::string(status_word(pid, "Threads") == "1"
                                                   ? ", and its parent " + name_of(status_word(pid, "PPid")) +
                                                         " has not waited for it"
                                                   : ""));
  if (const std::string tracer = status_word(pid, "TracerPid"); tracer != "0" && !tracer.empty())
    cannot_attach(pid, why_not_permitted(pid));
}

std::string why_not_seized(Tid pid, int error) {
  if (error == EPERM) return why_not_permitted(pid);
  return error == ESRCH ? "it has ended" : ::strerror(error);
}

std::vector<Tid> descendants_of(Tid pid) {
  std::multimap<Tid, Tid> children;
  for (const Tid other : numbers_in("/proc"))
    if (const Tid parent = parent_of(other); parent != Tid{}) children.emplace(parent, other);
  std::vector<Tid> tree{pid};
  for (std::size_t i = 0; i < tree.size(); ++i)
    for (auto [at, end] = children.equal_range(tree[i]); at != end; ++at) tree.push_back(at->second);
  tree.erase(tree.begin());
  return tree;
}

Attachment::Attachment(Tid pid, bool tree, Skips skips) : tree_(tree), skips_(std::move(skips)), processes_{pid} {
  found_.push_back({pid, {pid, Tid{}}});
}

std::optional<Observation> Attachment::next() {
  if (found_.empty() && !is_complete_) list();
  while (found_.empty() && must_wait_) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    list();
  }
  is_complete_ = found_.empty();
  if (is_complete_) return std::nullopt;
  const auto [tid, found] = found_.back();
  found_.pop_back();
  return Observation{.tid = tid, .what = found};
}

void Attachment::list() {
  std::erase_if(processes_, [this](Tid process) {
    if (is_traced_by_us(process)) return false;
    leave_out(process, has_ended(process) ? "" : why_not_permitted(process));
    return true;
  });
  for (const Tid process : processes_)
    for (const Tid tid : numbers_in(proc_path(process, "task")))
      if (!is_traced_by_us(tid) && !has_ended(tid)) found_.push_back({tid, {process, Tid{}}});
  if (found_.empty() && tree_) list_children();
}

void Attachment::list_children() {
  must_wait_ = false;
  const std::set<Tid> parents(processes_.begin(), processes_.end());
  for (const Tid pid : numbers_in("/proc")) {
    const Tid parent = parent_of(pid);
    const bool is_new = parents.contains(parent) && !parents.contains(pid) && !left_out_.contains(pid);
    if (!is_new || raw(pid) == ::getpid() || is_traced_by_us(pid)) continue;
    const bool is_over = has_ended(pid);
    if (is_over || skips_(pid)) {
      const bool has_others = is_over && std::atoi(status_word(pid, "Threads").c_str()) > 1;
      leave_out(pid, has_others ? kHasEnded : "");
      continue;
    }
    if (must_wait_for(pid, parent)) continue;
    processes_.push_back(pid);
    found_.push_back({pid, {pid, parent}});
  }
}

bool Attachment::must_wait_for(Tid child, Tid parent) {
  constexpr std::int64_t kLongestNs = 1'000'000'000;
  if (!shares_memory(child, parent)) return false;
  const std::int64_t now_ns = monotonic_ns();
  if (!waits_since_ns_) waits_since_ns_ = now_ns;
  const bool waits = now_ns - *waits_since_ns_ < kLongestNs;
  must_wait_ = must_wait_ || waits;
  return waits;
}

void Attachment::leave_out(Tid process, const std::string& why) {
  left_out_.insert(process);
  if (!why.empty()) untold_.push_back({name_of(number(process)), why});
}

}  // namespace recount

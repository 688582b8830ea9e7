#include "tracer/stop/attachment.hpp"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "tracer/base/error.hpp"
#include "tracer/process/proc_file.hpp"
#include "tracer/process/proc_status.hpp"

namespace recount {
namespace {

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

}  // namespace

void check_attachable(Tid pid) {
  const std::string leader = status_word(pid, "Tgid");
  if (leader.empty()) cannot_attach(pid, "there is no such process");
  if (leader != number(pid)) cannot_attach(pid, "it is a thread of process " + leader + "; use --pid " + leader);
  if (raw(pid) == ::getpid()) cannot_attach(pid, "that is the recorder itself");
  const std::string state = status_word(pid, "State");
  if (state == "Z" || state == "X")
    cannot_attach(
        pid, "its main thread has ended" +
                 std::string(status_word(pid, "Threads") == "1"
                                 ? ", and its parent " + name_of(status_word(pid, "PPid")) + " has not waited for it"
                                 : ""));
  if (const std::string tracer = status_word(pid, "TracerPid"); tracer != "0" && !tracer.empty())
    cannot_attach(pid, why_not_permitted(pid));
}

std::string why_not_seized(Tid pid, int error) {
  if (error == EPERM) return why_not_permitted(pid);
  return error == ESRCH ? "it has ended" : ::strerror(error);
}

std::optional<Tid> Attachment::next_thread() {
  if (!std::exchange(has_begun_, true)) return pid_;
  if (found_.empty() && !is_complete_) list();
  is_complete_ = found_.empty();
  if (is_complete_) return std::nullopt;
  const Tid tid = found_.back();
  found_.pop_back();
  return tid;
}

void Attachment::list() {
  const std::string recorder = std::to_string(::getpid());
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator(proc_path(pid_, "task"), gone)) {
    const Tid tid{std::atoi(entry.path().filename().c_str())};
    if (status_word(tid, "TracerPid") != recorder && !has_ended(tid)) found_.push_back(tid);
  }
}

}  // namespace recount

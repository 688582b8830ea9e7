#include "tracer/tracing_programs.hpp"

#include <signal.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "tracer/process/proc_file.hpp"

namespace recount {
namespace {

constexpr std::array kDebuggers{"gdb", "gdbserver", "lldb", "lldb-server", "ltrace", "rr", "strace"};

std::string last_part(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// sanitizer_common/sanitizer_flag_parser: options are separated by blanks, ',' or ':'; false is 0, n, no, false.
bool says_no_leaks(std::string_view options) {
  constexpr std::string_view kName = "detect_leaks=";
  const auto at = options.rfind(kName);
  if (at == std::string_view::npos) return false;
  const std::string_view value = options.substr(at + kName.size());
  return value.starts_with('0') || value.starts_with('n') || value.starts_with("false");
}

bool looks_for_leaks(Tid tid) {
  const std::string environment = '\0' + read_proc_file(tid, "environ");
  for (const std::string_view name : {"ASAN_OPTIONS=", "LSAN_OPTIONS="}) {
    const auto at = environment.find('\0' + std::string(name));
    if (at == std::string::npos) continue;
    const auto end = environment.find('\0', at + 1);
    if (says_no_leaks(std::string_view(environment).substr(at + 1 + name.size(), end - at - 1 - name.size())))
      return false;
  }
  return true;
}

// sudo imports ptrace for its log of what a command runs, and fails of something else: privilege-withheld.
std::string tracing_sign_of(const Image& image) {
  const std::string name = last_part(image.path);
  std::string sign;
  if (name == "sudo") return sign;
  if (image.linking.calls_ptrace)
    sign = image.linking.has_interpreter ? "imports ptrace" : "has ptrace linked in";
  else if (std::find(kDebuggers.begin(), kDebuggers.end(), name) != kDebuggers.end())
    sign = "has the name of a debugger";
  return sign;
}

// A program that may not trace says so and exits, or gives up by abort(3). Other signals came from elsewhere.
bool may_come_of_it(WaitStatus status) {
  if (status.exited()) return status.exit_code() != 0;
  return status.term_signal() == SIGABRT || status.term_signal() == SIGTRAP;
}

std::string end_text(WaitStatus status) {
  return status.signaled() ? "was killed by signal " + std::to_string(status.term_signal())
                           : "exited with " + std::to_string(status.exit_code());
}

}  // namespace

void TracingPrograms::began(ExecId exec, const StoredImage& stored, Tid tid) {
  const Image& image = stored.image;
  const std::string leaks = leak_sanitizer_of(image.linking);
  const bool for_leaks = !leaks.empty() && looks_for_leaks(tid);
  const std::string sign = for_leaks ? leaks : tracing_sign_of(image);
  if (sign.empty()) return;
  execs_[exec] = stored.id;
  const auto [at, is_new] = programs_.try_emplace(stored.id);
  if (!is_new) return;
  const std::string no_follow = "--no-follow " + last_part(image.path);
  Program& program = at->second;
  program.path = image.path;
  program.sign = sign + (for_leaks ? ": LeakSanitizer can't look for leaks in a process that is traced"
                                   : ": it can't trace anything while it is traced itself");
  program.remedy =
      for_leaks ? "for coverage set ASAN_OPTIONS=detect_leaks=0; to look for leaks, leave it untraced with " + no_follow
                : "to let it trace, leave it untraced with " + no_follow;
}

Diagnostic TracingPrograms::made_way(const std::string& traced, const std::string& tracer) {
  return Diagnostic{0, std::exchange(told_way_, true) ? "info" : "notice", "traced-let-go",
                    "a process " + traced + " was about to be traced by " + tracer +
                        ": it was let go, and what it does from then on is not in the log",
                    ""};
}

std::string TracingPrograms::name_of(const Process& tracer) const {
  const auto known = execs_.find(tracer.exec);
  const std::string path = known == execs_.end() ? "" : programs_.at(known->second).path + " ";
  return path + "(process " + std::to_string(raw(tracer.pid)) + ")";
}

std::optional<Diagnostic> TracingPrograms::ended(ExecId exec, Tid pid, WaitStatus status) {
  const auto known = execs_.find(exec);
  const bool may_have_failed = known != execs_.end() && !could_trace_.contains(exec) && may_come_of_it(status);
  if (!may_have_failed || std::exchange(told_end_, true)) return std::nullopt;
  const Program& program = programs_.at(known->second);
  return Diagnostic{
      0, "notice", "program-traces",
      program.path + " (process " + std::to_string(raw(pid)) + ") " + end_text(status) + ". It " + program.sign,
      program.remedy};
}

}  // namespace recount

#include "tests/support/sample_logs.hpp"

namespace recount::test {
namespace {

const std::vector<ProbeSpec> kProgram{
    {0x10, "/src/a.c", {3}, "main", 2, false},
    {0x20, "/src/a.c", {4, 5}, "main", 2, false},
    {0x30, "/src/a.c", {5}, "helper, again", 9, false},
    {0x40, "/src/a.c", {10}, "helper, again", 9, true},
    {0x50, "/src/b.h", {1}, "main", 1, false},
    {0x60, "/src/b.h", {7}, "", 0, false},
    {0x70, "/src/b.h", {8}, "A::A()", 8, false, "_ZN1AC2Ev"},  // one function, two symbols
    {0x80, "/src/b.h", {8}, "A::A()", 8, false, "_ZN1AC1Ev"},
};

constexpr int kChild = 17, kUser1 = 10, kTerm = 15, kKill = 9, kStop = 19, kTrap = 5;
constexpr int kTrapTrace = 2;  // si_code of a single step's end

void start(LogBuilder& log, ImageId image) {
  log.spawned(100);
  log.exec(100, R"(["prog","--flag"])", image);
}

void children_that_report_early(LogBuilder& log, ImageId image) {
  log.stop(102);  // before the fork that makes it
  log.fork(100, 102);
  log.exec(102, R"(["other"])", log.image("/bin/other", {{0x10, "/src/a.c", {3, 20}, "other", 19, false}}));
  log.hit(102, 0x10);
  log.killed(102, kKill);
  log.stop(106);
  log.timer(Timer::claim);  // for 102, whose timer was still running
  log.timer(Timer::claim);  // for 106: it is adopted
  log.look_at(106, image);
  log.fork(100, 106);  // and its parent tells after all
  log.exited(106, 0);
}

void exec_of_a_thread(LogBuilder& log) {
  log.thread(101, 104, 101);
  log.stop(104);
  log.thread(101, 107, 101);
  log.stop(107);
  log.exec(101, R"(["new","program"])", {}, 104);
}

}  // namespace

void write_eventful_log(const std::string& path) {
  LogBuilder log(path);
  const ImageId image = log.image("/bin/prog", kProgram);
  log.image("/bin/plain", {});
  start(log, image);
  log.hit(100, 0x10);
  log.fork(100, 101);
  log.stop(101);
  log.hit(100, 0x20);
  log.hit(101, 0x20);
  log.hit(101, 0x20);  // it raced itself: a late stop
  log.hit(101, 0x30);
  log.thread(100, 103, 100);
  log.stop(103);
  log.hit(103, 0x40);  // also the program's own
  log.signal(103, kTrap, 0, kTrapTrace);
  children_that_report_early(log, image);
  log.birth(EventKind::event_vfork, 100, 105, 105, MemorySharing::shared);
  log.stop(105);
  log.hit(105, 0x30);
  log.exited(105, 127);
  log.vfork_done(100);
  log.signal(100, kChild, 105, 1);
  log.signal(101, kTerm, 100);  // it has a handler
  exec_of_a_thread(log);
  log.signal(101, kUser1, 100);
  log.signal(101, kTerm, 100);
  log.killed(101, kTerm, true);
  log.group_stop(100, kStop);
  log.stop(100);
  log.exited(103, 0);
  log.diagnostic("notice", "image-not-instrumented", "/bin/plain has no debug information");
  log.exited(100, 3);
  log.echild();
  log.finish();
}

void write_orphans_log(const std::string& path) {
  LogBuilder log(path);
  start(log, log.image("/bin/prog", kProgram));
  log.fork(100, 101);
  log.stop(101);
  log.hit(101, 0x10);
  log.exited(100, 0);
  log.timer(Timer::orphans);
  log.stop(101);
  log.echild();
  log.finish();
}

void write_lost_log(const std::string& path) {
  LogBuilder log(path);
  start(log, {});
  log.fork(100, 101);
  log.thread(100, 102, 100);
  log.stop(101);
  log.exited(101, 1);
  log.echild();
  log.finish();
}

void write_family_log(const std::string& path) {
  LogBuilder log(path);
  const ImageId image = log.image("/bin/prog", kProgram);
  start(log, image);
  for (int pid = 101; pid < 106; ++pid) {  // each the child of the one before
    log.fork(pid - 1, pid);
    log.stop(pid);
    if (pid == 103) log.exec(103, R"(["deep"])", image);
    log.hit(pid, 0x50);
  }
  log.exec(100, R"(["later"])");  // after the births: the children have not got it
  log.fork(100, 110);
  log.stop(110);
  log.exited(110, 0);
  for (int pid = 105; pid > 99; --pid) log.exited(pid, pid - 100);
  log.echild();
  log.finish();
}

void write_late_threads_log(const std::string& path) {
  LogBuilder log(path);
  const ImageId image = log.image("/bin/prog", kProgram);
  start(log, image);
  log.hit(100, 0x50);
  log.stop(102);
  log.timer(Timer::claim);  // it is taken for a process
  log.look_at(102, image);
  log.fork(102, 103);
  log.stop(103);
  log.hit(103, 0x10);
  log.signal(102, kUser1, 100);
  log.thread(102, 104, 102);
  log.stop(104);
  log.thread(100, 102, 100);  // and was a thread
  log.stop(110);
  log.timer(Timer::claim);
  log.look_at(110, image);
  log.fork(110, 111);
  log.stop(111);
  log.thread(111, 110, 111);  // of its own child: no kernel says so, but a file may
  log.exited(103, 0);
  log.exited(104, 0);
  log.exited(102, 0);
  log.killed(100, kUser1);
  log.echild();
  log.finish();
}

const std::vector<SampleLog>& sample_logs() {
  static const std::vector<SampleLog> kAll{{"eventful", write_eventful_log},
                                           {"orphans", write_orphans_log},
                                           {"lost", write_lost_log},
                                           {"family", write_family_log},
                                           {"late threads", write_late_threads_log}};
  return kAll;
}

}  // namespace recount::test

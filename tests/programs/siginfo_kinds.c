// Proves that a handler is told everything that the kernel knows of its signal: who sent it and how,
// the value, the child and its end, the timer and its overruns, the descriptor and its band, the
// address of a fault and why it is one.
#include <fcntl.h>
#include <mqueue.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

#include "play.h"

static siginfo_t seen;
static volatile sig_atomic_t count;
static sigjmp_buf out;

static void keep(int signal_number, siginfo_t* info, void* context) {
  (void)signal_number;
  (void)context;
  seen = *info;                                        // hits 1
  count++;                                             // hits 1
}

static void keep_and_leave(int signal_number, siginfo_t* info, void* context) {
  keep(signal_number, info, context);                  // hits 1
  siglongjmp(out, 1);                                  // hits 1
}

static void await_one(void) {
  sigset_t none;
  sigemptyset(&none);                                  // hits 1
  while (count == 0) sigsuspend(&none);                // hits 1
  count = 0;                                           // hits 1
}

static void tell_sender(const char* how, pid_t sender) {
  await_one();                                         // hits 1
  say("%s: signal %d, code %d, errno %d, sender %d, user %d, value %d\n", how, seen.si_signo,
      seen.si_code, seen.si_errno, seen.si_pid == sender, seen.si_uid == getuid(),  // hits 1
      seen.si_code == SI_USER || seen.si_code == SI_TKILL ? 0 : seen.si_value.sival_int);
}

static void tell_child(const char* how, pid_t child) {
  await_one();                                         // hits 1
  say("%s: code %d, child %d, user %d, status %d\n", how, seen.si_code, seen.si_pid == child,
      seen.si_uid == getuid(), seen.si_status);        // hits 1
}

static void from_processes(void) {
  pid_t root = getpid();                               // hits 1
  kill(root, SIGUSR1);                                 // hits 1
  tell_sender("kill", root);                           // hits 1
  raise(SIGUSR1);                                      // hits 1
  tell_sender("tgkill", root);                         // hits 1
  union sigval value = {.sival_int = -77};             // hits 1
  sigqueue(root, SIGUSR1, value);                      // hits 1
  tell_sender("sigqueue", root);                       // hits 1
  siginfo_t made = {.si_signo = SIGUSR1, .si_code = -60, .si_errno = 9};  // hits 1
  made.si_pid = root;                                  // hits 1
  made.si_uid = getuid();                              // hits 1
  made.si_value.sival_int = 1234;                      // hits 1
  syscall(SYS_rt_sigqueueinfo, root, SIGUSR1, &made);  // hits 1
  tell_sender("made up", root);                        // hits 1
  pid_t child = fork();
  if (child == 0) {
    kill(root, SIGUSR1);                               // hits 1
    _exit(0);                                          // hits 1
  }
  tell_sender("another process", child);               // hits 1
  reap(child);                                         // hits 1
}

static void from_children(void) {
  sigset_t later;
  sigemptyset(&later);                                 // hits 1
  sigaddset(&later, SIGCHLD);                          // hits 1
  sigprocmask(SIG_BLOCK, &later, NULL);                // hits 1
  on_signal(SIGCHLD, keep, 0);                         // hits 1
  pid_t child = fork();
  if (child == 0) _exit(23);
  tell_child("exited", child);                         // hits 1
  reap(child);                                         // hits 1
  child = fork();
  if (child == 0) {
    raise(SIGSTOP);                                    // hits 1
    raise(SIGTERM);                                    // hits 1
  }
  tell_child("stopped", child);                        // hits 1
  kill(child, SIGCONT);                                // hits 1
  // SIGCHLD is one signal: what is still waiting hides the next. Both are told, or the last alone.
  while (waitid(P_PID, (id_t)child, &seen, WEXITED | WNOWAIT) < 0) continue;  // hits 1
  say("waitid: code %d, status %d\n", seen.si_code, seen.si_status);  // hits 1
  tell_end("child", reap(child));                      // hits 1
  signal(SIGCHLD, SIG_DFL);                            // hits 1
  count = 0;                                           // hits 1
}

static void from_timer(void) {
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};  // hits 1
  event.sigev_value.sival_int = 88;                    // hits 1
  timer_t timer;
  timer_create(CLOCK_MONOTONIC, &event, &timer);       // hits 1
  struct itimerspec once = {{0, 0}, {0, 1000}};        // hits 1
  timer_settime(timer, 0, &once, NULL);                // hits 1
  await_one();                                         // hits 1
  say("timer: code %d, overruns %d, value %d\n", seen.si_code, seen.si_overrun,  // hits 1
      seen.si_value.sival_int);
  timer_delete(timer);                                 // hits 1
}

static void from_queue(void) {
  char name[64];
  snprintf(name, sizeof name, "/recount-%d", (int)getpid());  // hits 1
  mqd_t queue = mq_open(name, O_CREAT | O_RDWR | O_EXCL, 0600, NULL);  // hits 1
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};  // hits 1
  event.sigev_value.sival_int = 99;                    // hits 1
  mq_notify(queue, &event);                            // hits 1
  mq_send(queue, "x", 1, 0);                           // hits 1
  tell_sender("message", getpid());                    // hits 1
  mq_close(queue);                                     // hits 1
  mq_unlink(name);                                     // hits 1
}

static void from_descriptor(void) {
  int ends[2];
  if (pipe(ends) != 0) _exit(9);                       // hits 1
  on_signal(SIGIO, keep, 0);                           // hits 1
  on_signal(SIGRTMIN + 7, keep, 0);                    // hits 1
  fcntl(ends[0], F_SETOWN, getpid());                  // hits 1
  fcntl(ends[0], F_SETSIG, SIGRTMIN + 7);              // hits 1
  fcntl(ends[0], F_SETFL, O_ASYNC | O_NONBLOCK);       // hits 1
  if (write(ends[1], "x", 1) != 1) _exit(9);           // hits 1
  await_one();                                         // hits 1
  say("descriptor: code %d, band %lx, fd %d\n", seen.si_code, (unsigned long)seen.si_band,
      seen.si_fd == ends[0]);                          // hits 1
}

static void tell_fault(const char* how, void* address) {
  say("%s: signal %d, code %d, address %d\n", how, seen.si_signo, seen.si_code,  // hits 1
      seen.si_addr == address);                        // hits 1
  count = 0;                                           // hits 1
}

static void from_faults(void) {
  char* volatile page = (char*)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  char* volatile nowhere = (char*)8;                   // hits 1
  char* volatile beyond = (char*)0x8000000000000000;   // hits 1
  on_signal(SIGSEGV, keep_and_leave, 0);               // hits 1
  on_signal(SIGILL, keep_and_leave, 0);                // hits 1
  on_signal(SIGFPE, keep_and_leave, 0);                // hits 1
  if (sigsetjmp(out, 1) == 0) {                        // hits 1
    page[77] = 1;                                      // hits 1
  }
  tell_fault("read-only", page + 77);                  // hits 1
  if (sigsetjmp(out, 1) == 0) {                        // hits 1
    *nowhere = 1;                                      // hits 1
  }
  tell_fault("not mapped", nowhere);                   // hits 1
  if (sigsetjmp(out, 1) == 0) {                        // hits 1
    *beyond = 1;                                       // hits 1
  }
  tell_fault("no address", NULL);                      // hits 1
  if (sigsetjmp(out, 1) == 0) {                        // hits 1
    asm volatile("hlt");                               // hits 1
  }
  tell_fault("privileged", NULL);                      // hits 1
}

int main(void) {
  sigset_t later;
  sigemptyset(&later);                                 // hits 1
  sigaddset(&later, SIGUSR1);                          // hits 1
  sigprocmask(SIG_BLOCK, &later, NULL);                // hits 1
  on_signal(SIGUSR1, keep, 0);                         // hits 1
  from_processes();                                    // hits 1
  from_children();                                     // hits 1
  from_timer();                                        // hits 1
  from_queue();                                        // hits 1
  from_descriptor();                                   // hits 1
  from_faults();                                       // hits 1
  return 0;                                            // hits 1
}

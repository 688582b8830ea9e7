// Signals, timers, faults and traps.
#include "stress.h"

static __thread volatile sig_atomic_t caught;
static __thread volatile long caught_values;
static void on_signal(int number, siginfo_t* info, void* context) {
  (void)context;
  caught++;
  caught_values += info->si_code == SI_QUEUE ? info->si_value.sival_int : number;
}
static void handle(int number, int flags) {
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | flags};
  sigaction(number, &action, NULL);
}

void act_signal_self(Node* node) {
  static const int numbers[] = {SIGUSR1, SIGUSR2, SIGTERM, SIGHUP, SIGURG, SIGTRAP, SIGQUIT, SIGIO, SIGPWR};
  const int number = numbers[below(node, sizeof numbers / sizeof *numbers)];
  handle(number, below(node, 2) ? SA_NODEFER : 0);
  caught = 0;
  caught_values = 0;
  const int count = 1 + (int)below(node, 4);
  for (int i = 0; i < count; i++) syscall(SYS_tgkill, getpid(), (pid_t)syscall(SYS_gettid), number);
  mix(node, (uint64_t)caught * 1000 + (uint64_t)caught_values);
}

void act_signal_queue(Node* node) {
  const int number = SIGRTMIN + 2 + (int)below(node, 10);
  sigset_t set, before;
  sigemptyset(&set);
  sigaddset(&set, number);
  pthread_sigmask(SIG_BLOCK, &set, &before);
  const unsigned count = 1 + below(node, 8);
  for (unsigned i = 0; i < count; i++) {
    siginfo_t info = {.si_signo = number, .si_code = SI_QUEUE};
    info.si_pid = getpid();
    info.si_value.sival_int = (int)below(node, 1000);
    if (syscall(SYS_rt_tgsigqueueinfo, getpid(), (pid_t)syscall(SYS_gettid), number, &info) != 0) wrong("queue", i);
  }
  for (unsigned i = 0; i < count; i++) {
    siginfo_t info = {0};
    if (sigwaitinfo(&set, &info) != number) wrong("sigwaitinfo", i);
    mix(node, (uint64_t)info.si_value.sival_int + (info.si_pid == getpid() ? 5000 : 0));
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void act_signalfd(Node* node) {
  sigset_t set, before;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  pthread_sigmask(SIG_BLOCK, &set, &before);
  const int fd = signalfd(-1, &set, SFD_CLOEXEC);
  syscall(SYS_tgkill, getpid(), (pid_t)syscall(SYS_gettid), SIGUSR2);
  struct signalfd_siginfo info = {0};
  if (read(fd, &info, sizeof info) != sizeof info) wrong("signalfd", 0);
  mix(node, info.ssi_signo + (info.ssi_pid == (uint32_t)getpid() ? 1000 : 0));
  close(fd);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

// A handler interrupts what does not restart, and not what does. In a process of its own: the timer is the process's.
void act_timer(Node* node) {
  const int restart = (int)below(node, 2);
  const unsigned period_us = 300 + below(node, 1500);
  const pid_t pid = fork();
  if (pid == 0) {
    handle(SIGALRM, restart ? SA_RESTART : 0);
    caught = 0;
    struct itimerval timer = {{0, (suseconds_t)period_us}, {0, (suseconds_t)period_us}};
    setitimer(ITIMER_REAL, &timer, NULL);
    int interrupted = 0;
    for (int i = 0; i < 3; i++) interrupted += poll(NULL, 0, 60000) == -1 && errno == EINTR;
    while (caught < 6) pause();
    struct timespec rest = {0, 20000000};
    while (nanosleep(&rest, &rest) != 0) continue;  // who runs late enough is not interrupted: the sleep is over as well
    _exit(interrupted * 10 + restart);
  }
  mix(node, (uint64_t)wait_for(pid));
}

void act_posix_timer(Node* node) {
  const int number = SIGRTMIN + 15;
  sigset_t set, before;
  sigemptyset(&set);
  sigaddset(&set, number);
  pthread_sigmask(SIG_BLOCK, &set, &before);
  struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = number};
  event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
  event.sigev_value.sival_int = (int)below(node, 1000);
  timer_t timer;
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) wrong("timer_create", 0);
  const struct itimerspec when = {{0, 500000}, {0, 500000}};
  timer_settime(timer, 0, &when, NULL);
  for (int i = 0; i < 4; i++) {
    siginfo_t info = {0};
    while (sigwaitinfo(&set, &info) != number)
      if (errno != EINTR) wrong("sigwaitinfo of a timer", i);
    mix(node, (uint64_t)info.si_value.sival_int + (info.si_code == SI_TIMER ? 2000 : 0));
  }
  timer_delete(timer);
  const struct timespec now = {0, 0};
  while (sigtimedwait(&set, NULL, &now) == number) continue;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static __thread sigjmp_buf back;
static void on_fault(int number, siginfo_t* info, void* context) {
  (void)context;
  siglongjmp(back, number * 4 + (info->si_code & 3));
}
void act_fault(Node* node) {
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};
  static const int numbers[] = {SIGSEGV, SIGILL, SIGFPE, SIGTRAP};
  const unsigned which = below(node, 4);
  const pid_t pid = fork();  // a disposition is the process's
  if (pid == 0) {
    sigaction(numbers[which], &action, NULL);
    int seen = 0;
    for (volatile int i = 0; i < 3; i++) {
      const int now = sigsetjmp(back, 1);
      seen += now;
      if (now != 0) continue;
      if (which == 0) *(volatile int*)8 = 1;
      if (which == 1) __asm__ volatile("ud2");
      if (which == 2) __asm__ volatile("xorl %%ecx, %%ecx\n\tmovl $1, %%eax\n\tcltd\n\tidivl %%ecx" ::: "eax", "ecx", "edx");
      if (which == 3) __asm__ volatile("int3");
    }
    _exit(seen % 200);
  }
  mix(node, (uint64_t)wait_for(pid));
}

static volatile sig_atomic_t steps;
static void on_step(int number, siginfo_t* info, void* context) {
  (void)number;
  ucontext_t* const at = context;
  if (info->si_code == TRAP_TRACE && ++steps < 25) return;
  at->uc_mcontext.gregs[REG_EFL] &= ~0x100;
}
void act_single_step(Node* node) {
  const pid_t pid = fork();
  if (pid == 0) {
    struct sigaction action = {.sa_sigaction = on_step, .sa_flags = SA_SIGINFO};
    sigaction(SIGTRAP, &action, NULL);
    __asm__ volatile("pushfq\n\torq $0x100, (%%rsp)\n\tpopfq\n\tmovl $40, %%ecx\n1:\tdecl %%ecx\n\tjnz 1b" ::: "ecx", "memory");
    _exit((int)steps);
  }
  mix(node, (uint64_t)wait_for(pid));
}

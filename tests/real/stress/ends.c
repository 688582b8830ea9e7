// Deaths, stops, and what is done to a process from outside.
#include "stress.h"

void act_death(Node* node) {
  static const int numbers[] = {SIGKILL, SIGTERM, SIGSEGV, SIGABRT, SIGTRAP, SIGILL, SIGBUS, SIGINT, SIGPIPE, SIGUSR1, SIGSYS};
  const int number = numbers[below(node, sizeof numbers / sizeof *numbers)];
  const unsigned threads = below(node, 3);
  const pid_t pid = fork();
  if (pid == 0) {
    spin_threads(threads);
    signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    kill(getpid(), number);
    for (;;) pause();
  }
  mix(node, (uint64_t)wait_for(pid));
}

// A process and whatever it is just doing are killed at any moment; only that it was killed is told.
void act_kill_outside(Node* node) {
  const Node child = child_of(node);
  const unsigned delay_us = below(node, 6000);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) {
    die_with(parent);
    setpgid(0, 0);
    for (Node mess = child;; mess.depth = child.depth) play(&mess);
  }
  setpgid(pid, pid);
  usleep(delay_us);
  kill(-pid, SIGKILL);
  mix(node, (uint64_t)wait_for(pid));
}

static void wait_until(pid_t pid, int options, int code) {
  siginfo_t info = {0};
  while (waitid(P_PID, (id_t)pid, &info, options) != 0)
    if (errno != EINTR) wrong("waitid", code);
  if (info.si_code != code) wrong("a child's si_code is another", info.si_code);
}

void act_stop(Node* node) {
  static const int numbers[] = {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};
  const int number = numbers[below(node, 4)];
  const unsigned threads = below(node, 3);
  const unsigned rounds = 1 + below(node, 3);
  const Node child = child_of(node);
  const pid_t parent = getpid();
  sigset_t told, before;
  sigemptyset(&told);
  sigaddset(&told, SIGCHLD);
  pthread_sigmask(SIG_BLOCK, &told, &before);
  const pid_t pid = fork();
  if (pid == 0) {
    die_with(parent);
    setpgid(0, 0);
    spin_threads(threads);
    signal(number, SIG_DFL);
    for (unsigned i = 0; i < rounds; i++) {
      raise(number);
      sigwaitinfo(&told, NULL);  // who stops or ends again at once may never be seen to have been continued
    }
    play_and_exit(child);
  }
  setpgid(pid, pid);  // no orphaned group: its parent is in another group of the session
  if (below(node, 4) == 0) {
    wait_until(pid, WSTOPPED, CLD_STOPPED);
    kill(pid, SIGKILL);
  } else {
    for (unsigned i = 0; i < rounds; i++) {
      wait_until(pid, WSTOPPED, CLD_STOPPED);
      kill(pid, SIGCONT);
      wait_until(pid, WCONTINUED, CLD_CONTINUED);
      kill(pid, SIGCHLD);
    }
  }
  mix(node, (uint64_t)wait_for(pid));
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

// A child that works is stopped and continued at any moment.
void act_stop_outside(Node* node) {
  Node child = child_of(node);
  unsigned rounds = 1 + below(node, 4);
  const pid_t pid = fork();
  if (pid == 0) play_and_exit(child);
  for (; rounds > 0; rounds--) {
    usleep(below(node, 800));
    kill(pid, SIGSTOP);
    usleep(below(node, 800));
    kill(pid, SIGCONT);
  }
  mix(node, (uint64_t)wait_for(pid));
}

void act_compute(Node* node) {
  for (unsigned i = below(node, 3000); i > 0; i--) mix(node, i);
}

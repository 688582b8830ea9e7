// What these programs share: lines that go out at once, so that a fork never doubles what a buffer
// holds, and words for how a child ended. Nothing here prints a number that differs from run to
// run.
//
// Beside a line, `hits N` in a comment is what a recording in first-hit mode must say about it: how
// many address spaces reached it (per exec: a new program image starts anew; a forked child
// inherits what its parent has reached).
#pragma once

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((format(printf, 1, 2))) static inline void say(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vdprintf(STDOUT_FILENO, format, arguments);
  va_end(arguments);
}

// What can't be shown here (no privilege, an old kernel) is said, and the test says it on.
enum { kSkipped = 77 };

__attribute__((noreturn)) static inline void skip(const char* why) {
  say("skipped: %s\n", why);
  _exit(kSkipped);
}

static inline int reap(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return status;
}

static inline void tell_end(const char* who, int status) {
  if (WIFSIGNALED(status)) say("%s: killed by signal %d\n", who, WTERMSIG(status));
  if (WIFEXITED(status)) say("%s: exited with %d\n", who, WEXITSTATUS(status));
}

static inline void on_signal(int signal_number, void (*handler)(int, siginfo_t*, void*),
                             int flags) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | flags;
  sigemptyset(&action.sa_mask);
  sigaction(signal_number, &action, NULL);
}

// A pipe as a starting gun. The first who waits goes on at the shot; all go on when the last holder
// of the other end has fired or is gone.
typedef struct {
  int wait_end;
  int fire_end;
} Gate;

static inline Gate gate_new(void) {
  int ends[2] = {-1, -1};
  if (pipe(ends) != 0) exit(99);
  Gate gate = {ends[0], ends[1]};
  return gate;
}

static inline void gate_wait(Gate gate) {
  char byte;
  close(gate.fire_end);
  while (read(gate.wait_end, &byte, 1) < 0 && errno == EINTR) continue;
  close(gate.wait_end);
}

static inline void gate_fire(Gate gate) {
  if (write(gate.fire_end, "!", 1) != 1) exit(99);
  close(gate.wait_end);
  close(gate.fire_end);
}

// Blocks a signal and gives what was blocked before, for sigsuspend(): a child that is to be killed says so by a gate and
// then lets the signal in at one line. Without it, how far it comes depends on who is quicker.
static inline sigset_t hold(int signal) {
  sigset_t held, before;
  sigemptyset(&held);
  sigaddset(&held, signal);
  sigprocmask(SIG_BLOCK, &held, &before);
  return before;
}

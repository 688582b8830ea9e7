// Proves that a background job which reads or writes the terminal is stopped, and its parent told, by which signal.
#include <fcntl.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "play.h"

static void tell_news(const char* who, pid_t child) {
  int status = 0;
  waitpid(child, &status, WUNTRACED | WCONTINUED);
  if (WIFSTOPPED(status)) say("%s: stopped by signal %d\n", who, WSTOPSIG(status));
  if (WIFCONTINUED(status)) say("%s: continued\n", who);
  if (WIFEXITED(status) || WIFSIGNALED(status)) tell_end(who, status);
}

// A job of its own, in the background until somebody gives it the terminal.
static pid_t start_job(void (*work)(int), int terminal) {
  Gate ready = gate_new();                                   // hits 1
  pid_t job = fork();
  if (job == 0) {
    setpgid(0, 0);                                           // hits 6
    signal(SIGTTOU, SIG_DFL);                                // hits 6
    gate_fire(ready);                                        // hits 6
    work(terminal);
  }
  gate_wait(ready);                                          // hits 1
  return job;                                                // hits 1
}

static void read_terminal(int terminal) {
  char byte = 0;
  ssize_t got = read(terminal, &byte, 1);                    // hits 1
  _exit(got == 1 ? byte : 1);                                // hits 1
}

static void write_terminal(int terminal) {
  ssize_t put = write(terminal, "w", 1);                     // hits 1
  _exit(put == 1 ? 7 : 1);                                   // hits 1
}

static void only_wait(int terminal) {
  (void)terminal;
  for (;;) pause();
}

static void use_terminal(const char* who, void (*work)(int), int terminal) {
  pid_t job = start_job(work, terminal);                     // hits 1
  tell_news(who, job);                                       // hits 1
  tcsetpgrp(terminal, job);                                  // hits 1
  kill(-job, SIGCONT);                                       // hits 1
  tell_end(who, reap(job));                                  // hits 1
  tcsetpgrp(terminal, getpgrp());                            // hits 1
}

static void stop_by_hand(int signal_number) {
  pid_t job = start_job(only_wait, -1);                      // hits 1
  kill(job, signal_number);                                  // hits 1
  tell_news("job", job);                                     // hits 1
  kill(job, SIGCONT);                                        // hits 1
  tell_news("job", job);                                     // hits 1
  kill(job, SIGKILL);                                        // hits 1
  tell_news("job", job);                                     // hits 1
}

static void lead_session(int terminal) {
  setsid();                                                  // hits 1
  ioctl(terminal, TIOCSCTTY, 0);                             // hits 1
  signal(SIGTTOU, SIG_IGN);                                  // hits 1
  struct termios mode;
  tcgetattr(terminal, &mode);                                // hits 1
  mode.c_lflag |= TOSTOP;                                    // hits 1
  mode.c_lflag &= ~(tcflag_t)ICANON;                         // hits 1
  tcsetattr(terminal, TCSANOW, &mode);                       // hits 1
  use_terminal("reader", read_terminal, terminal);           // hits 1
  use_terminal("writer", write_terminal, terminal);          // hits 1
  for (int number = SIGSTOP; number <= SIGTTOU; number++)    // hits 1
    stop_by_hand(number);                                    // hits 1
  _exit(6);                                                  // hits 1
}

int main(void) {
  int master = -1, terminal = -1;
  if (openpty(&master, &terminal, NULL, NULL, NULL) != 0) return 2;
  if (write(master, "r", 1) != 1) return 2;                  // hits 1
  pid_t session = fork();
  if (session == 0) lead_session(terminal);
  tell_end("session", reap(session));                        // hits 1
  return 5;                                                  // hits 1
}

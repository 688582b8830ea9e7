// What the files of the stress share: a node, its random numbers, its digest. stress.c says what it is.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

typedef struct {
  uint64_t random;
  uint64_t digest;
  int depth;  // how many generations may follow
  int acts;
} Node;

extern char** environ;
extern char self[PATH_MAX];  // our executable: /proc/self/exe leads nowhere once the leader has ended

unsigned below(Node* node, unsigned limit);
void mix(Node* node, uint64_t value);
Node child_of(Node* node);
int wait_for(pid_t pid);                    // its wait status
void wrong(const char* what, long value);   // something that never happens untraced did: tells it, and ends
void die_with(pid_t parent);
void spin_threads(unsigned count);          // threads that come back again and again until the process ends
void arguments(Node child, char seed[24], char depth[8]);
void play(Node* node);
_Noreturn void play_and_exit(Node node);

void act_fork(Node* node);
void act_fork_many(Node* node);
void act_fork_pipe(Node* node);
void act_vfork(Node* node);
void act_vfork_exec(Node* node);
void act_spawn(Node* node);
void act_failing_exec(Node* node);
void act_clone(Node* node);
void act_orphan(Node* node);
void act_threads(Node* node);
void act_exit_with_threads(Node* node);
void act_exec_with_threads(Node* node);
void act_signal_self(Node* node);
void act_signal_queue(Node* node);
void act_signalfd(Node* node);
void act_timer(Node* node);
void act_posix_timer(Node* node);
void act_fault(Node* node);
void act_single_step(Node* node);
void act_death(Node* node);
void act_kill_outside(Node* node);
void act_stop(Node* node);
void act_stop_outside(Node* node);
void act_compute(Node* node);

// Threads, and how a process with threads ends or execs.
#include "stress.h"

static void* thread_main(void* argument) {
  play(argument);
  return NULL;
}

void act_threads(Node* node) {
  Node nodes[6];
  pthread_t threads[6];
  const unsigned count = 1 + below(node, 6);
  for (unsigned i = 0; i < count; i++) {
    nodes[i] = child_of(node);
    if (pthread_create(&threads[i], NULL, thread_main, &nodes[i]) != 0) wrong("pthread_create", i);
  }
  for (unsigned i = 0; i < count; i++) {
    pthread_join(threads[i], NULL);
    mix(node, nodes[i].digest);
  }
}

static volatile int spin_on = 1;
static void* spinner(void* unused) {
  while (spin_on) usleep(50);
  return unused;
}
static void* ender(void* argument) {
  play_and_exit(*(Node*)argument);
}
void spin_threads(unsigned count) {
  pthread_t thread;
  for (unsigned i = 0; i < count; i++)
    if (pthread_create(&thread, NULL, spinner, NULL) != 0) _exit(254);
}

// A process whose threads spin is ended, by its leader, by another thread, or by one after the leader has gone.
void act_exit_with_threads(Node* node) {
  Node child = child_of(node);
  const unsigned how = below(node, 3);
  const unsigned count = 1 + below(node, 4);
  const pid_t pid = fork();
  if (pid == 0) {
    spin_threads(count);
    if (how == 0) play_and_exit(child);
    pthread_t thread;
    if (pthread_create(&thread, NULL, ender, &child) != 0) _exit(254);
    if (how == 1) pthread_join(thread, NULL);
    syscall(SYS_exit, 99);
  }
  mix(node, (uint64_t)wait_for(pid));
}

static void* execer(void* argument) {
  char seed[24], depth[8];
  arguments(*(Node*)argument, seed, depth);
  char* const argv[] = {"stress", seed, depth, NULL};
  execve(self, argv, environ);
  _exit(253);
}

void act_exec_with_threads(Node* node) {
  Node child = child_of(node);
  const unsigned how = below(node, 3);
  const unsigned count = below(node, 4);
  const pid_t pid = fork();
  if (pid == 0) {
    spin_threads(count);
    if (how == 0) execer(&child);
    pthread_t thread;
    if (pthread_create(&thread, NULL, execer, &child) != 0) _exit(254);
    if (how == 1) pthread_join(thread, NULL);
    syscall(SYS_exit, 99);
  }
  mix(node, (uint64_t)wait_for(pid));
}

// Births: fork, vfork, clone, spawn, orphans.
#include "stress.h"

void act_fork(Node* node) {
  const Node child = child_of(node);
  const pid_t pid = fork();
  if (pid == 0) play_and_exit(child);
  mix(node, (uint64_t)wait_for(pid));
}

void act_fork_many(Node* node) {
  pid_t pids[8];
  const unsigned count = 2 + below(node, 7);
  for (unsigned i = 0; i < count; i++) {
    const Node child = child_of(node);
    if ((pids[i] = fork()) == 0) play_and_exit(child);
  }
  for (unsigned i = 0; i < count; i++) mix(node, (uint64_t)wait_for(pids[i]));
}

void act_fork_pipe(Node* node) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) wrong("pipe", 0);
  Node child = child_of(node);
  const pid_t pid = fork();
  if (pid == 0) {
    play(&child);
    if (write(ends[1], &child.digest, sizeof child.digest) != sizeof child.digest) _exit(252);
    _exit(0);
  }
  close(ends[1]);
  uint64_t digest = 0;
  ssize_t got;
  do got = read(ends[0], &digest, sizeof digest);
  while (got < 0 && errno == EINTR);
  close(ends[0]);
  if (got != sizeof digest) wrong("read of a child's digest", got);
  mix(node, digest);
  mix(node, (uint64_t)wait_for(pid));
}

void act_vfork(Node* node) {
  volatile int shared = 0;
  const int value = (int)below(node, 100);
  const pid_t pid = vfork();
  if (pid == 0) {
    shared = value;
    _exit(value);
  }
  mix(node, (uint64_t)wait_for(pid) + (uint64_t)shared);
}

void arguments(Node child, char seed[24], char depth[8]) {
  snprintf(seed, 24, "%llu", (unsigned long long)child.random);
  snprintf(depth, 8, "%d", child.depth);
}

void act_vfork_exec(Node* node) {
  char seed[24], depth[8];
  arguments(child_of(node), seed, depth);
  char* const argv[] = {"stress", seed, depth, NULL};
  const pid_t pid = vfork();
  if (pid == 0) {
    execve(self, argv, environ);
    _exit(253);
  }
  mix(node, (uint64_t)wait_for(pid));
}

void act_spawn(Node* node) {
  char seed[24], depth[8];
  arguments(child_of(node), seed, depth);
  char* const argv[] = {"stress", seed, depth, NULL};
  pid_t pid = 0;
  if (posix_spawn(&pid, self, NULL, NULL, argv, environ) != 0) wrong("posix_spawn", 0);
  mix(node, (uint64_t)wait_for(pid));
}

void act_failing_exec(Node* node) {
  char* const argv[] = {"missing", NULL};
  mix(node, (uint64_t)(execve("/missing/program", argv, environ) + errno));
}

enum { kStack = 256 * 1024 };
static int cloned(void* argument) {
  int* const value = argument;
  *value += 1;
  return *value % 100;
}

static void clone_with(Node* node, int flags) {
  char* const stack = mmap(NULL, kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  int value = (int)below(node, 90);
  const pid_t pid = clone(cloned, stack + kStack, flags, &value);
  if (pid < 0) wrong("clone", flags);
  mix(node, (uint64_t)wait_for(pid));
  mix(node, (uint64_t)value);
  munmap(stack, kStack);
}
void act_clone(Node* node) {
  static const int kinds[] = {SIGCHLD, CLONE_VM | SIGCHLD, CLONE_VM | CLONE_VFORK | SIGCHLD, CLONE_VFORK | SIGCHLD,
                              CLONE_VM | CLONE_FILES | CLONE_FS, CLONE_FILES | SIGWINCH, CLONE_VM | CLONE_SIGHAND | SIGCHLD};
  clone_with(node, kinds[below(node, sizeof kinds / sizeof *kinds)]);
}

void act_orphan(Node* node) {  // the grandchild outlives its parent, and comes to us: we are its subreaper
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) wrong("pipe", 0);
  Node grandchild = child_of(node);
  const pid_t pid = fork();
  if (pid == 0) {
    if (fork() == 0) {
      setsid();
      play(&grandchild);
      if (write(ends[1], &grandchild.digest, sizeof grandchild.digest) < 0) _exit(252);
      _exit(1);
    }
    _exit(7);
  }
  close(ends[1]);
  mix(node, (uint64_t)wait_for(pid));
  uint64_t digest = 0;
  ssize_t got;
  do got = read(ends[0], &digest, sizeof digest);
  while (got < 0 && errno == EINTR);
  mix(node, digest);
  close(ends[0]);
}

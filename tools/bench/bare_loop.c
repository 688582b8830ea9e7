// What a tracer must do at the least: plants an int3 at each address of a list, and at each stop finds which one it is, puts its
// byte back, sets the pc back and goes on. It logs nothing, and knows nothing of signals, forks and other images.
//
//   bare_loop ADDRESSES PROGRAM [ARG...]     addresses in hexadecimal, one a line, of a program that is not a PIE
//
// Prints how many stops there were. Of how to hand over between two processors it knows nothing either.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned long *addresses;
static unsigned char *originals;
static size_t count;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int by_address(const void *a, const void *b) {
  const unsigned long left = *(const unsigned long *)a, right = *(const unsigned long *)b;
  return (left > right) - (left < right);
}

static void read_list(const char *path) {
  FILE *list = fopen(path, "r");
  size_t room = 0;
  unsigned long address;
  if (!list) fail(path);
  while (fscanf(list, "%lx", &address) == 1) {
    if (count == room) addresses = realloc(addresses, (room = 2 * room + 1024) * sizeof *addresses);
    if (!addresses) fail("memory");
    addresses[count++] = address;
  }
  fclose(list);
  qsort(addresses, count, sizeof *addresses, by_address);
  originals = malloc(count + 1);
}

static void plant(int memory) {
  const unsigned char int3 = 0xcc;
  for (size_t i = 0; i < count; i++)
    if (pread(memory, &originals[i], 1, (off_t)addresses[i]) != 1 || pwrite(memory, &int3, 1, (off_t)addresses[i]) != 1)
      fail("plant");
}

int main(int argc, char **argv) {
  char path[32];
  int status, memory = -1;
  unsigned long stops = 0;
  const size_t rip = offsetof(struct user, regs) + offsetof(struct user_regs_struct, rip);
  if (argc < 3) return fprintf(stderr, "usage: bare_loop ADDRESSES PROGRAM [ARG...]\n"), 2;
  read_list(argv[1]);
  const pid_t child = fork();
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    execvp(argv[2], argv + 2);
    _exit(127);
  }
  while (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
    if (memory < 0) {
      snprintf(path, sizeof path, "/proc/%d/mem", child);
      if ((memory = open(path, O_RDWR)) < 0) fail(path);
      plant(memory);
    } else {
      const unsigned long pc = (unsigned long)ptrace(PTRACE_PEEKUSER, child, rip, 0) - 1;
      const unsigned long *found = bsearch(&pc, addresses, count, sizeof pc, by_address);
      if (!found) return fprintf(stderr, "bare_loop: a stop at %lx is not ours\n", pc), 1;
      if (pwrite(memory, &originals[found - addresses], 1, (off_t)pc) != 1) fail("lift");
      ptrace(PTRACE_POKEUSER, child, rip, pc);
      stops++;
    }
    if (ptrace(PTRACE_CONT, child, 0, 0) != 0 && errno != ESRCH) fail("continue");
  }
  printf("%lu stops\n", stops);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

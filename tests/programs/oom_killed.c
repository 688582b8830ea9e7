// Proves that a process which the kernel kills for its hunger for memory ends as it does untraced.
// The limit is that of a memory control group of its own, which takes root.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "play.h"

enum { kLimitMiB = 24 };

static char group[128];

static int write_to(const char* name, const char* text) {
  char path[200];
  snprintf(path, sizeof path, "%s/%s", group, name);
  int file = open(path, O_WRONLY | O_CLOEXEC);
  int wrote = file >= 0 && write(file, text, strlen(text)) > 0;
  if (file >= 0) close(file);
  return wrote;
}

static int limit_memory(void) {
  char limit[20];
  snprintf(limit, sizeof limit, "%d", kLimitMiB << 20);
  return write_to("memory.limit_in_bytes", limit) || write_to("memory.max", limit);
}

// Version 1 has a hierarchy for memory alone; in version 2 the root must pass the controller on.
static int make_group(void) {
  const char* const places[] = {"/sys/fs/cgroup/memory", "/sys/fs/cgroup/unified",
                                "/sys/fs/cgroup"};
  for (int i = 0; i < 3; i++) {
    snprintf(group, sizeof group, "%s/recount-%d", places[i], (int)getpid());
    if (mkdir(group, 0700) != 0) continue;
    if (limit_memory()) return 1;
    rmdir(group);
  }
  return 0;
}

// Four times what it may have, so that a limit which does not hold costs the machine no more. There
// is nothing but that to be reclaimed: the kernel may go round and round text that is read again.
static void eat(void) {
  write_to("memory.swap.max", "0");
  for (int i = 0; i < 4 * kLimitMiB; i++) {
    char* piece = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (piece == MAP_FAILED) _exit(2);
    memset(piece, 1, 1 << 20);
  }
  _exit(3);
}

int main(void) {
  if (!make_group()) skip("no memory control group may be made here");
  pid_t child = fork();
  if (child == 0) {
    if (mlockall(MCL_CURRENT) != 0 || !write_to("cgroup.procs", "0")) _exit(1);
    eat();  // hits 1
  }
  tell_end("hungry child", reap(child));  // hits 1
  rmdir(group);                           // hits 1
  return 0;                               // hits 1
}

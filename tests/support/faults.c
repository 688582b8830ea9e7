/* Preloaded into recount-record: lets one of its calls fail, or be its last.
 *
 *   RECOUNT_FAULT=eio:12      the 12th write, truncation, link, rename or unlink below RECOUNT_FAULT_FOLDER fails with EIO
 *   RECOUNT_FAULT=enospc+:12  it and all after it fail with ENOSPC
 *   RECOUNT_FAULT=kill:12     it is the last one: of a write, half is done
 *   RECOUNT_FAULT=signal15:12 the process is sent signal 15 just before it
 *   RECOUNT_FAULT=memory:12   the 12th allocation after the begin of main gets nothing
 *   RECOUNT_FAULT=storage     (or memory) counts them, for RECOUNT_FAULT_COUNT, a file
 *
 * Programs that the recorder starts have it loaded as well, and it does nothing in them. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum Kind { NONE, STORAGE, MEMORY };

static enum Kind kind = NONE;
static int error = 0;         /* 0: the process is sent a signal */
static int number = SIGKILL;  /* of it; of any other, the call is made all the same */
static int for_ever = 0;
static long failing = 0; /* 0: none */
static atomic_long count;
static pid_t recorder;
static const char *folder;

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

static int is_recorder(void) {
  char path[4096];
  const ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);
  path[size < 0 ? 0 : size] = 0;
  const char *const name = strrchr(path, '/');
  return name != NULL && strcmp(name, "/recount-record") == 0;
}

static void begin(void) {
  const char *const fault = getenv("RECOUNT_FAULT");
  folder = getenv("RECOUNT_FAULT_FOLDER");
  if (fault == NULL || folder == NULL || !is_recorder()) return;
  recorder = getpid();
  const char *const point = strchr(fault, ':');
  failing = point ? atol(point + 1) : 0;
  for_ever = point && point[-1] == '+';
  number = strncmp(fault, "signal", 6) == 0 ? atoi(fault + 6) : SIGKILL;
  error = strncmp(fault, "eio", 3) == 0 ? EIO : strncmp(fault, "enospc", 6) == 0 ? ENOSPC : 0;
  kind = strncmp(fault, "memory", 6) == 0 ? MEMORY : STORAGE;
}

static void write_count(void) {
  const char *const name = getenv("RECOUNT_FAULT_COUNT");
  if (kind == NONE || name == NULL || getpid() != recorder) return;
  const long all = count;
  kind = NONE;
  FILE *const file = fopen(name, "w");
  if (file == NULL) return;
  fprintf(file, "%ld", all);
  fclose(file);
}

static int (*real_main)(int, char **, char **);

static int counted_main(int argc, char **argv, char **environment) {
  begin();
  if (write(-1, "", 0) >= 0) return 127; /* looks it up */
  atexit(write_count);
  return real_main(argc, argv, environment);
}

int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*rtld_fini)(void), void *stack_end) {
  int (*const next)(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void), void (*)(void),
                    void *) = dlsym(RTLD_NEXT, "__libc_start_main");
  real_main = main;
  return next(counted_main, argc, argv, init, fini, rtld_fini, stack_end);
}

static int is_now(void) {
  const long number = ++count;
  return failing != 0 && (number == failing || (for_ever && number > failing));
}

/* --- memory: that of the recorder and of the processes that it forks for itself */

static int refuse_memory(void) {
  if (kind != MEMORY || !is_now()) return 0;
  errno = ENOMEM;
  return 1;
}

void *malloc(size_t size) { return refuse_memory() ? NULL : __libc_malloc(size); }
void *calloc(size_t number, size_t size) { return refuse_memory() ? NULL : __libc_calloc(number, size); }
void *realloc(void *old, size_t size) { return refuse_memory() ? NULL : __libc_realloc(old, size); }

/* --- storage */

static void send_signal(void) {
  kill(getpid(), number);
  while (number == SIGKILL) pause();
}

static int is_ours(const char *path) { return path != NULL && strncmp(path, folder, strlen(folder)) == 0; }

static int is_open_here(int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t size = readlink(link, path, sizeof path - 1);
  path[size < 0 ? 0 : size] = 0;
  return is_ours(path);
}

static int is_watched(void) { return kind == STORAGE && getpid() == recorder; }

static int fails(int concerns_us) {
  if (!concerns_us || !is_now()) return 0;
  if (error == 0) return send_signal(), 0;
  errno = error;
  return 1;
}

/* Looked up once, by the recorder: a process that was forked from it may not. */
#define REAL(name)                                                            \
  ({                                                                          \
    static __typeof__(&name) next;                                            \
    if (next == NULL) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name);      \
    next;                                                                     \
  })

ssize_t write(int fd, const void *bytes, size_t size) {
  __typeof__(&write) next = REAL(write);
  if (!is_watched() || !is_open_here(fd) || !is_now()) return next(fd, bytes, size);
  if (error != 0) return errno = error, -1;
  if (number == SIGKILL && next(fd, bytes, size / 2) < 0) return -1;
  send_signal();
  return next(fd, bytes, size);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at) {
  __typeof__(&pwrite64) next = REAL(pwrite64);
  if (!is_watched() || !is_open_here(fd) || !is_now()) return next(fd, bytes, size, at);
  if (error != 0) return errno = error, -1;
  if (number == SIGKILL && next(fd, bytes, size / 2, at) < 0) return -1;
  send_signal();
  return next(fd, bytes, size, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) { return pwrite64(fd, bytes, size, at); }

int ftruncate64(int fd, off64_t size) {
  return fails(is_watched() && is_open_here(fd)) ? -1 : REAL(ftruncate64)(fd, size);
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

int unlink(const char *path) { return fails(is_watched() && is_ours(path)) ? -1 : REAL(unlink)(path); }

int link(const char *from, const char *to) { return fails(is_watched() && is_ours(to)) ? -1 : REAL(link)(from, to); }

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) {
  return fails(is_watched() && is_ours(to)) ? -1 : REAL(linkat)(from_folder, from, to_folder, to, flags);
}

int rename(const char *from, const char *to) {
  return fails(is_watched() && is_ours(to)) ? -1 : REAL(rename)(from, to);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags) {
  return fails(is_watched() && is_ours(to)) ? -1 : REAL(renameat2)(from_folder, from, to_folder, to, flags);
}

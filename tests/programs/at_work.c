// Proves that a program which is attached to, and let go, at any moment can't tell: no signal is lost, no system call ends early,
// no thread stays stopped, and not one byte of code is left changed. It works until a SIGTERM.
//
// Threads come and go, send each other real-time signals, which are never merged, fork, and wait in calls that only a signal ends
// early; nobody sends one to those that wait.
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/msg.h>
#include <time.h>

#include "play.h"

enum { kWorkers = 3 };

static atomic_bool over;
static atomic_long sent, received, rounds, broken_calls, bad_children;
static int wait_pipe[2];
static sem_t wait_semaphore;
static pthread_t workers[kWorkers];
static pthread_barrier_t all_workers;

static void on_real_time(int signal_number, siginfo_t* info, void* context) {
  (void)signal_number, (void)info, (void)context;
  atomic_fetch_add(&received, 1);
}

static int odd(int number) { return number % 2; }

static int steps_to_one(int number) {
  int steps = 0;
  while (number != 1) {
    number = odd(number) ? 3 * number + 1 : number / 2;
    steps++;
  }
  return steps;
}

static void* short_lived(void* argument) {
  (void)argument;
  atomic_fetch_add(&rounds, steps_to_one(27) == 111);
  return NULL;
}

static void signal_to(pthread_t thread) {
  const union sigval none = {0};
  if (pthread_sigqueue(thread, SIGRTMIN + 1, none) == 0) atomic_fetch_add(&sent, 1);
}

static void* worker(void* argument) {
  const int self = *(int*)argument;
  pthread_barrier_wait(&all_workers);
  while (!atomic_load(&over)) {
    pthread_t other;
    if (pthread_create(&other, NULL, short_lived, NULL) != 0) continue;
    signal_to(workers[self]);
    signal_to(workers[(self + 1) % kWorkers]);
    pthread_join(other, NULL);
  }
  pthread_barrier_wait(&all_workers);  // nobody is sent a signal after its end
  return NULL;
}

static void* parent(void* argument) {
  (void)argument;
  while (!atomic_load(&over)) {
    const pid_t child = fork();
    if (child == 0) _exit(steps_to_one(6) - 1);
    if (child > 0 && reap(child) != 7 << 8) atomic_fetch_add(&bad_children, 1);
    char* const words[] = {"true", NULL};
    pid_t program = 0;
    if (posix_spawnp(&program, "true", NULL, NULL, words, environ) == 0 && reap(program) != 0)
      atomic_fetch_add(&bad_children, 1);
  }
  return NULL;
}

static void check_call(const char* name, int result) {
  if (result >= 0 || errno != EINTR) return;
  say("%s was broken off\n", name);
  atomic_fetch_add(&broken_calls, 1);
}

static void block_all(void) {
  sigset_t all;
  sigfillset(&all);
  sigdelset(&all, SIGTRAP);
  pthread_sigmask(SIG_SETMASK, &all, NULL);
}

static void* waits_in_epoll(void* argument) {
  (void)argument;
  block_all();
  struct epoll_event event = {.events = EPOLLIN};
  const int set = epoll_create1(0);
  epoll_ctl(set, EPOLL_CTL_ADD, wait_pipe[0], &event);
  check_call("epoll_wait", epoll_wait(set, &event, 1, -1));
  return NULL;
}

static void* waits_in_read(void* argument) {
  (void)argument;
  block_all();
  char byte;
  check_call("read", (int)read(wait_pipe[0], &byte, 1));
  return NULL;
}

static void* waits_in_poll(void* argument) {
  (void)argument;
  block_all();
  struct pollfd end = {.fd = wait_pipe[0], .events = POLLIN};
  check_call("poll", poll(&end, 1, -1));
  return NULL;
}

static void* waits_in_semaphore(void* argument) {
  (void)argument;
  block_all();
  check_call("sem_wait", sem_wait(&wait_semaphore));
  return NULL;
}

static void* waits_for_message(void* argument) {
  const int queue = *(int*)argument;
  block_all();
  struct {
    long type;
    char text[1];
  } message;
  check_call("msgrcv", (int)msgrcv(queue, &message, sizeof message.text, 0, 0));
  return NULL;
}

static void* sleeps(void* argument) {
  (void)argument;
  block_all();
  while (!atomic_load(&over)) {
    const struct timespec moment = {.tv_sec = 0, .tv_nsec = 20000000};
    check_call("nanosleep", nanosleep(&moment, NULL));
  }
  return NULL;
}

// What stands in memory of an object's code, against its file.
static int compare_code(struct dl_phdr_info* object, size_t size, void* differences) {
  (void)size;
  const char* const path = object->dlpi_name[0] ? object->dlpi_name : "/proc/self/exe";
  const int file = open(path, O_RDONLY);
  for (int i = 0; file >= 0 && i < object->dlpi_phnum; i++) {
    const ElfW(Phdr)* part = &object->dlpi_phdr[i];
    if (part->p_type != PT_LOAD || !(part->p_flags & PF_X)) continue;
    unsigned char* const bytes = malloc(part->p_filesz);
    if (pread(file, bytes, part->p_filesz, (off_t)part->p_offset) == (ssize_t)part->p_filesz)
      *(int*)differences += memcmp(bytes, (const void*)(object->dlpi_addr + part->p_vaddr), part->p_filesz) != 0;
    free(bytes);
  }
  if (file >= 0) close(file);
  return 0;
}

int main(void) {
  sigset_t end;
  sigemptyset(&end);
  sigaddset(&end, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &end, NULL);
  on_signal(SIGRTMIN + 1, on_real_time, SA_RESTART);
  int queue = msgget(IPC_PRIVATE, 0600);
  if (pipe(wait_pipe) != 0 || sem_init(&wait_semaphore, 0, 0) != 0 || queue < 0) return 99;

  pthread_barrier_init(&all_workers, NULL, kWorkers);
  int numbers[kWorkers] = {0, 1, 2};
  for (int i = 0; i < kWorkers; i++) pthread_create(&workers[i], NULL, worker, &numbers[i]);
  pthread_t threads[7];
  void* (*const others[])(void*) = {parent,        waits_in_epoll,     waits_in_read, waits_in_poll,
                                    waits_in_semaphore, waits_for_message, sleeps};
  for (int i = 0; i < 7; i++) pthread_create(&threads[i], NULL, others[i], &queue);
  while (atomic_load(&rounds) == 0) sched_yield();
  say("at work\n");

  int signal_number = 0;
  sigwait(&end, &signal_number);
  atomic_store(&over, 1);
  const struct {
    long type;
    char text[1];
  } message = {1, {'!'}};
  if (write(wait_pipe[1], "!!!", 3) != 3 || msgsnd(queue, &message, 1, 0) != 0) return 99;
  sem_post(&wait_semaphore);
  for (int i = 0; i < kWorkers; i++) pthread_join(workers[i], NULL);
  for (int i = 0; i < 7; i++) pthread_join(threads[i], NULL);
  msgctl(queue, IPC_RMID, NULL);

  int differences = 0;
  dl_iterate_phdr(compare_code, &differences);
  const long lost = atomic_load(&sent) - atomic_load(&received);
  say("signal %d, %s\n", signal_number, atomic_load(&rounds) > 0 ? "some work" : "no work");
  say("lost: %ld signals, %ld calls, %ld children, %d objects\n", lost, atomic_load(&broken_calls),
      atomic_load(&bad_children), differences);
  return lost == 0 ? 7 : 8;
}

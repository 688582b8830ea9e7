// A program that does at random whatever Linux lets a process do, with an output that depends on its seed alone.
//
//   stress SEED [DEPTH]        prints one line for each thing that the first process did, and a digest of all
//   STRESS_TELL=1 stress SEED  also says on stderr what every process and thread did
//
// Every process and thread is a node with random numbers of its own. A node plays a few acts, each of which ends in a
// value that does not depend on who ran when: exit statuses, what was read from pipes, numbers of signals that were
// waited for. Those are mixed into the node's digest, which its parent gets as an exit status or by a pipe. Whatever
// depends on time (how far a victim came before it was killed) is thrown away.
//
// fork in a process with threads: the child uses no stdio and no malloc.
#include "stress.h"

char self[PATH_MAX];
static int failures_fd = STDERR_FILENO;

static uint64_t next(uint64_t* state) {  // splitmix64's constants
  uint64_t z = (*state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}
unsigned below(Node* node, unsigned limit) { return (unsigned)(next(&node->random) % limit); }
void mix(Node* node, uint64_t value) {
  node->digest ^= value + 0x9e3779b97f4a7c15u + (node->digest << 6) + (node->digest >> 2);
  next(&node->digest);
}
Node child_of(Node* node) {
  Node child = {next(&node->random), 0, node->depth - 1, 0};
  child.acts = child.depth > 1 ? 4 : child.depth > 0 ? 3 : 2;
  return child;
}
static int code_of(const Node* node) { return (int)(node->digest % 200); }

// Something that never happens untraced did.
void wrong(const char* what, long value) {
  char text[120];
  const int length = snprintf(text, sizeof text, "stress: %s: %ld (errno %d)\n", what, value, errno);
  if (write(failures_fd, text, (size_t)length) < 0) _exit(251);
  _exit(250);
}

int wait_for(pid_t pid) {
  int status = 0;
  pid_t got;
  do got = waitpid(pid, &status, __WALL);
  while (got < 0 && errno == EINTR);
  if (got != pid) wrong("waitpid", got);
  return status;
}

_Noreturn void play_and_exit(Node node) {
  play(&node);
  _exit(code_of(&node));
}

// A process with a group of its own is not killed together with its parent, and would wait for it for ever.
void die_with(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(0);
}

typedef struct {
  const char* name;
  void (*act)(Node*);
  int depth;  // at least
} Act;
static const Act acts[] = {
    {"fork", act_fork, 1},           {"fork_many", act_fork_many, 1},   {"fork_pipe", act_fork_pipe, 1},
    {"vfork", act_vfork, 0},         {"vfork_exec", act_vfork_exec, 1}, {"spawn", act_spawn, 1},
    {"failing_exec", act_failing_exec, 0}, {"clone", act_clone, 0},     {"orphan", act_orphan, 1},
    {"threads", act_threads, 1},     {"threads", act_threads, 1},       {"exit_with_threads", act_exit_with_threads, 1},
    {"exec_with_threads", act_exec_with_threads, 1},                    {"signal_self", act_signal_self, 0},
    {"signal_queue", act_signal_queue, 0}, {"signalfd", act_signalfd, 0}, {"timer", act_timer, 0},
    {"posix_timer", act_posix_timer, 0},   {"fault", act_fault, 0},     {"single_step", act_single_step, 0},
    {"death", act_death, 0},         {"kill_outside", act_kill_outside, 1}, {"stop", act_stop, 0},
    {"stop_outside", act_stop_outside, 1}, {"compute", act_compute, 0},
};

static const Act* choose(Node* node) {
  while (1) {
    const Act* const act = &acts[below(node, sizeof acts / sizeof *acts)];
    if (act->depth <= node->depth) return act;
  }
}
static int tell = 0;  // STRESS_TELL is set: each act of each node on stderr
void play(Node* node) {
  for (int i = 0; i < node->acts && node->depth >= 0; i++) {
    const Act* const act = choose(node);
    act->act(node);
    if (tell) fprintf(stderr, "%*s%s %016llx\n", 2 * (3 - node->depth), "", act->name, (unsigned long long)node->digest);
  }
}

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  tell = getenv("STRESS_TELL") != NULL;
  if (readlink("/proc/self/exe", self, sizeof self - 1) < 0) wrong("readlink", 0);
  const struct rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  Node node = {strtoull(argv[1], NULL, 10), 0, argc > 2 ? atoi(argv[2]) : 2, 6};
  if (argc > 2) {
    node.acts = 2;
    play_and_exit(node);
  }
  for (int i = 0; i < node.acts; i++) {
    const Act* const act = choose(&node);
    act->act(&node);
    printf("%s %016llx\n", act->name, (unsigned long long)node.digest);
    fflush(stdout);
  }
  while (wait(NULL) > 0 || errno == EINTR) continue;
  printf("digest %016llx\n", (unsigned long long)node.digest);
  return code_of(&node);
}

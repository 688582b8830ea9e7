// Proves that a fault on a stack where no frame fits ends as untraced: in a handler on another stack
// where there is one, else in death by SIGSEGV; whichever signal was to be handled, the program's own
// trap too.
#include <sys/mman.h>
#include <sys/syscall.h>

#include "play.h"

static char other_stack[64 * 1024];

static void on_fault(int signal_number, siginfo_t* info, void* context) {
  (void)context;
  say("handled %d, code %d, at no address %d\n", signal_number, info->si_code,  // hits 4
      info->si_addr == NULL);                               // hits 4
  _exit(30);                                                // hits 4
}

static void on_other(int signal_number, siginfo_t* info, void* context) {
  (void)info;
  (void)context;
  say("handled %d\n", signal_number);                       // hits 0
  _exit(40);                                                // hits 0
}

// tgkill(getpid(), gettid(), signal) with nothing mapped where the stack pointer points.
static void signal_on_bad_stack(int signal_number) {
  long result = SYS_tgkill;                                 // hits 6
  asm volatile(                                             // hits 6
      "mov %%rsp, %%r12\n"
      "mov $0x1000, %%rsp\n"
      "syscall\n"
      "mov %%r12, %%rsp\n"
      : "+a"(result)
      : "D"((long)getpid()), "S"((long)gettid()), "d"((long)signal_number)  // hits 6
      : "rcx", "r11", "r12", "memory");
}

static void trap_on_bad_stack(void) {
  asm volatile(                                             // hits 3
      "mov %%rsp, %%r12\n"
      "mov $0x1000, %%rsp\n"
      "int3\n"
      "mov %%r12, %%rsp\n" ::
          : "r12", "memory");
}

static void push_on_bad_stack(void) {
  asm volatile(                                             // hits 3
      "mov %%rsp, %%r12\n"
      "mov $0x1000, %%rsp\n"
      "push %%rax\n"
      "mov %%r12, %%rsp\n" ::
          : "r12", "memory");
}

static void* read_only_stack(void) {
  char* stack = (char*)mmap(NULL, 65536, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return stack;                                             // hits 4
}

static void set_alternate(void* bytes) {
  stack_t stack = {.ss_sp = bytes, .ss_size = 64 * 1024};   // hits 8
  sigaltstack(&stack, NULL);                                // hits 8
}

typedef enum { kNone, kForFaults, kNotWritable } Alternate;

static void child(int how, Alternate alternate) {
  on_signal(SIGUSR1, on_other, 0);                          // hits 12
  on_signal(SIGTRAP, on_other, 0);                          // hits 12
  on_signal(SIGSEGV, on_fault, alternate == kNone ? 0 : SA_ONSTACK);  // hits 12
  if (alternate == kForFaults) set_alternate(other_stack);  // hits 12
  if (alternate == kNotWritable) set_alternate(read_only_stack());  // hits 12
  if (how == 0) signal_on_bad_stack(SIGUSR1);               // hits 12
  if (how == 1) trap_on_bad_stack();                        // hits 9
  if (how == 2) push_on_bad_stack();                        // hits 6
  if (how == 3) signal_on_bad_stack(SIGSEGV);               // hits 3
  _exit(50);                                                // hits 0
}

int main(void) {
  for (Alternate alternate = kNone; alternate <= kNotWritable; alternate++) {  // hits 1
    for (int how = 0; how < 4; how++) {                     // hits 1
      say("%d %d ", (int)alternate, how);                   // hits 1
      pid_t pid = fork();
      if (pid == 0) child(how, alternate);
      tell_end("child", reap(pid));                         // hits 1
    }
  }
  return 0;                                                 // hits 1
}

// Proves that a process which was let go goes on as itself: when the root is gone and word comes
// through the FIFO, it runs lines that nobody has run before and writes down who traces it.
#include <fcntl.h>

#include "play.h"

static int tracer_of_this_process(void) {
  FILE* file = fopen("/proc/self/status", "r");
  char line[256];
  int tracer = -1;
  while (fgets(line, sizeof line, file) != NULL) {
    if (sscanf(line, "TracerPid: %d", &tracer) == 1) break;
  }
  fclose(file);
  return tracer;
}

static void work(const char* result) {
  int file = open(result, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  int sum = 0;
  for (int i = 1; i <= 10; i++) {
    sum += i;
  }
  dprintf(file, "tracer %d, sum %d, done\n", tracer_of_this_process(), sum);
  close(file);
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  Gate gate = gate_new();
  if (fork() == 0) {
    gate_wait(gate);
    char byte;
    int word = open(argv[1], O_RDONLY);
    while (read(word, &byte, 1) < 0 && errno == EINTR) continue;
    work(argv[2]);
    _exit(0);
  }
  say("root: leaving\n");
  return 21;
}

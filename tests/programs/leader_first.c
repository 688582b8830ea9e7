// Proves that threads go on, and reach new lines, after the thread that ran main has ended.
#include <pthread.h>

#include "play.h"

static int with_exit;

static int leader_is_zombie(void) {
  char path[64], text[512];
  snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)getpid());
  FILE* file = fopen(path, "r");
  size_t size = file ? fread(text, 1, sizeof text - 1, file) : 0;
  if (file) fclose(file);
  text[size] = '\0';
  const char* after_name = strrchr(text, ')');
  return after_name && after_name[1] == ' ' && after_name[2] == 'Z';
}

static void* outlive(void* argument) {
  while (!leader_is_zombie()) usleep(1000);  // hits 1
  say("the leader is gone\n");               // hits 1
  if (with_exit) {                           // hits 1
    exit(5);                                 // hits 0
  }
  return argument;                           // hits 1
}

int main(int argc, char** argv) {
  with_exit = argc > 1 && strcmp(argv[1], "exit") == 0;  // hits 1
  pthread_t thread;
  pthread_create(&thread, NULL, outlive, NULL);          // hits 1
  say("the leader goes\n");                              // hits 1
  pthread_exit(NULL);                                    // hits 1
}

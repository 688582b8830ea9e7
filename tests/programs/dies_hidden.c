// Proves that what a process which hides its memory loads is seen, and so is where it dies, though nobody without privilege may open
// anything of it any more: it and its child load a library, and the child dies in a thread of its own.
#include <dlfcn.h>
#include <pthread.h>
#include <sys/prctl.h>

#include "play.h"

typedef int (*Function)(int);

static int use(const char* path, const char* name) {
  void* library = dlopen(path, RTLD_NOW);                   // hits 1
  if (library == NULL) skip(dlerror());                     // hits 1
  return ((Function)dlsym(library, name))(1);               // hits 1
}

static void* of_thread(void* path) {
  if (use(path, "library_twice") == 2) abort();             // hits 1
  return NULL;                                              // hits 0
}

int main(int argc, char** argv) {
  if (argc < 2) return 1;                                   // hits 1
  if (prctl(PR_SET_DUMPABLE, 0) != 0) skip("no process can hide its memory here");
  say("library_next: %d\n", use(argv[1], "library_next"));  // hits 1
  pid_t child = fork();                                     // hits 1
  if (child == 0) {
    pthread_t thread;
    pthread_create(&thread, NULL, of_thread, argv[1]);      // hits 1
    pthread_join(thread, NULL);
    _exit(0);                                               // hits 0
  }
  tell_end("child", reap(child));                           // hits 1
  return 0;                                                 // hits 1
}

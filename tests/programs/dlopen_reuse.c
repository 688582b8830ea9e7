// Proves that a library may be unloaded and loaded again, and another one may take its place: at the
// address that was the first one's, the second one's code runs.
#include <dlfcn.h>

#include "play.h"

typedef int (*Function)(int);

static Function use(const char* path, const char* name) {
  void* library = dlopen(path, RTLD_NOW);                          // hits 1
  Function function = (Function)dlsym(library, name);              // hits 1
  say("%s: %d\n", name, function(1));                              // hits 1
  dlclose(library);                                                // hits 1
  return function;                                                 // hits 1
}

int main(int argc, char** argv) {
  if (argc < 3) return 1;
  Function first = use(argv[1], "library_next");                   // hits 1
  Function again = use(argv[1], "library_next");                   // hits 1
  Function second = use(argv[1], "library_twice");                 // hits 1
  Function other = use(argv[2], "library_next");                   // hits 1
  say("the same place: %d %d\n", again == first, other == first);  // hits 1
  for (int i = 0; i < 20; i++) {                                   // hits 1
    use(argv[1 + i % 2], i % 4 < 2 ? "library_next" : "library_twice");  // hits 1
  }
  return second == first;                                          // hits 1
}

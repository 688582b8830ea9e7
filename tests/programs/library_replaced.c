// Proves that a program whose library is replaced while it runs goes on with the one that it has
// loaded, and gets the other one when it loads it again.
#include <dlfcn.h>

#include "copy_file.h"

static void call(void* library) {
  int (*next)(int) = (int (*)(int))dlsym(library, "library_next");  // hits 1
  int (*twice)(int) = (int (*)(int))dlsym(library, "library_twice");  // hits 1
  say("%d", next(1));                                              // hits 1
  say(" %d\n", twice(2));                                          // hits 1
}

int main(int argc, char** argv) {
  if (argc < 3) return 1;
  char path[] = "/tmp/recount-XXXXXX", other[] = "/tmp/recount-XXXXXX";  // hits 1
  copy_to_new_file(argv[1], path);                                 // hits 1
  copy_to_new_file(argv[2], other);                                // hits 1
  void* library = dlopen(path, RTLD_NOW);                          // hits 1
  int (*next)(int) = (int (*)(int))dlsym(library, "library_next"); // hits 1
  say("%d\n", next(1));                                            // hits 1
  rename(other, path);                                             // hits 1
  call(library);                                                   // hits 1
  dlclose(library);                                                // hits 1
  library = dlopen(path, RTLD_NOW);                                // hits 1
  call(library);                                                   // hits 1
  dlclose(library);                                                // hits 1
  unlink(path);                                                    // hits 1
  return 0;                                                        // hits 1
}

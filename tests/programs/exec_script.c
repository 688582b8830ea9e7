// Proves that a script is run by what its first line names: this program, once more, with the
// script's own name behind the argument of that line.
#include <fcntl.h>
#include <sys/stat.h>

#include "play.h"

static void write_script(const char* path, const char* interpreter) {
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);   // hits 1
  dprintf(file, "#!%s as-script\nnobody reads this\n", interpreter);       // hits 1
  close(file);                                                             // hits 1
}

static int be_script(int argc, char** argv) {
  const char* name = strrchr(argv[2], '.');                                // hits 1
  say("%d arguments: %s *%s %s\n", argc, argv[1], name, argv[3]);        // hits 1
  unlink(argv[2]);                                                         // hits 1
  return 14;                                                               // hits 1
}

int main(int argc, char** argv) {
  if (argc > 2) {                                                          // hits 2
    return be_script(argc, argv);                                          // hits 1
  }
  char folder[] = "/tmp/recount-XXXXXX", path[64], self[4096] = "";        // hits 1
  if (mkdtemp(folder) == NULL) return 1;
  if (readlink("/proc/self/exe", self, sizeof self - 1) < 0) return 1;
  snprintf(path, sizeof path, "%s/say.it", folder);                        // hits 1
  write_script(path, self);                                                // hits 1
  pid_t child = fork();
  if (child == 0) {
    execl(path, path, "louder", (char*)NULL);                              // hits 1
    _exit(127);                                                            // hits 0
  }
  tell_end("script", reap(child));                                         // hits 1
  return rmdir(folder);                                                    // hits 1
}

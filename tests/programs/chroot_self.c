// Proves that a program goes on in a chroot that holds nothing but a copy of it: its lines there are
// its own, whatever path it has. Where it may not chroot it says so and leaves with 77.
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "play.h"

static void copy_self(void) {
  struct stat size;
  int from = open("/proc/self/exe", O_RDONLY);         // hits 1
  int to = open("inside", O_WRONLY | O_CREAT, 0755);   // hits 1
  if (fstat(from, &size) != 0) _exit(8);               // hits 1
  while (sendfile(to, from, NULL, (size_t)size.st_size) > 0) continue;  // hits 1
  close(from);                                         // hits 1
  close(to);                                           // hits 1
}

static int go_inside(void) {
  if (chroot(".") != 0) {                              // hits 1
    say("not permitted: %s\n", strerror(errno));       // hits 0
    return 77;                                         // hits 0
  }
  execl("/inside", "/inside", "inside", (char*)NULL);  // hits 1
  return 9;                                            // hits 0
}

static int look_around(void) {
  char here[64] = "";                                  // hits 1
  if (getcwd(here, sizeof here) == NULL) return 8;     // hits 1
  say("in %s, /proc %d, /etc %d\n", here, access("/proc", F_OK) == 0, access("/etc", F_OK) == 0);
  pid_t child = fork();
  if (child == 0) _exit(33);
  tell_end("child", reap(child));                      // hits 1
  return 13;                                           // hits 1
}

int main(int argc, char** argv) {
  (void)argv;
  if (argc > 1) return look_around();                  // hits 2
  char folder[] = "/tmp/recount-root-XXXXXX";          // hits 1
  if (mkdtemp(folder) == NULL || chdir(folder) != 0) return 1;  // hits 1
  copy_self();                                         // hits 1
  pid_t child = fork();
  if (child == 0) _exit(go_inside());
  int status = reap(child);                            // hits 1
  tell_end("inside", status);                          // hits 1
  unlink("inside");                                    // hits 1
  rmdir(folder);                                       // hits 1
  return WEXITSTATUS(status) == 77 ? 77 : 0;           // hits 1
}

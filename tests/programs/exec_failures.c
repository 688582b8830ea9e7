// Proves that an exec which fails, for whatever reason and in whichever thread, changes nothing.
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

#include "play.h"

static char folder[] = "/tmp/recount-XXXXXX";

static char* file_of(char* path, const char* name, const char* text, mode_t mode) {
  sprintf(path, "%s/%s", folder, name);                            // hits 1
  int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, mode);     // hits 1
  if (write(file, text, strlen(text)) < 0) exit(1);
  close(file);                                                     // hits 1
  return path;                                                     // hits 1
}

static void try(const char* what, const char* path, char** arguments) {
  execv(path, arguments);                                          // hits 1
  say("%s: %s\n", what, strerror(errno));                          // hits 1
}

// One argument may have 128 KiB (MAX_ARG_STRLEN of Linux).
static void try_too_much(void) {
  size_t size = 200 * 1024;                                        // hits 1
  char* much = malloc(size);                                       // hits 1
  memset(much, 'x', size);                                         // hits 1
  much[size - 1] = '\0';                                           // hits 1
  char* arguments[] = {(char*)"true", much, NULL};                 // hits 1
  try("too much", "/bin/true", arguments);                         // hits 1
  free(much);                                                      // hits 1
}

static void* try_all(void* unused) {
  char path[64];
  char* arguments[] = {(char*)"x", NULL};                          // hits 1
  try("nothing there", "/nowhere/at-all", arguments);              // hits 1
  try("not executable", file_of(path, "plain", "x", 0600), arguments);   // hits 1
  unlink(path);                                                    // hits 1
  try("no format", file_of(path, "unknown", "what?", 0700), arguments);  // hits 1
  unlink(path);                                                    // hits 1
  try("no interpreter", file_of(path, "script", "#!/nowhere/sh\n", 0700), arguments);  // hits 1
  unlink(path);                                                    // hits 1
  try("half an ELF", file_of(path, "elf", "\177ELF\2\1\1", 0700), arguments);  // hits 1
  unlink(path);                                                    // hits 1
  try_too_much();                                                  // hits 1
  return unused;                                                   // hits 1
}

int main(void) {
  if (mkdtemp(folder) == NULL) return 1;
  try_all(NULL);                                                   // hits 1
  pthread_t thread;
  pthread_create(&thread, NULL, try_all, NULL);                    // hits 1
  pthread_join(thread, NULL);                                      // hits 1
  return rmdir(folder);                                            // hits 1
}

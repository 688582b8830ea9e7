// For the programs whose file is taken away or replaced while it runs.
#pragma once

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "play.h"

static inline void copy_into(const char* from, int to) {
  int source = open(from, O_RDONLY | O_CLOEXEC);
  struct stat info;
  if (source < 0 || fstat(source, &info) != 0) exit(97);
  for (off_t at = 0; at < info.st_size;) {
    if (sendfile(to, source, &at, (size_t)(info.st_size - at)) <= 0) exit(97);
  }
  close(source);
}

// `path` ends in XXXXXX, which is replaced.
static inline void copy_to_new_file(const char* from, char* path) {
  int copy = mkostemp(path, O_CLOEXEC);
  copy_into(from, copy);
  fchmod(copy, 0700);
  close(copy);
}

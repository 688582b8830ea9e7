// Proves that popen() works in both directions.
#include "play.h"

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  char command[4096];
  snprintf(command, sizeof command, "'%s' pipe; exec '%s' end", argv[1], argv[1]);  // hits 1
  char line[100];
  FILE* in = popen(command, "r");          // hits 1
  while (fgets(line, sizeof line, in)) {   // hits 1
    say("read: %s", line);                 // hits 1
  }
  tell_end("reader", pclose(in));          // hits 1
  FILE* out = popen("cat; exit 4", "w");   // hits 1
  fputs("written\n", out);                 // hits 1
  tell_end("writer", pclose(out));         // hits 1
  return 0;                                // hits 1
}

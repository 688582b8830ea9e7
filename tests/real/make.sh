#!/usr/bin/env bash
# make -j4 of a small C project with -g, then its programs, a failing rule and make -k
# Needs: make cc ar
# Probes
# Quick
prepare() {
  local n
  for n in $(seq 12); do
    cat >"part$n.c" <<C
#include <stdlib.h>
int part$n(int value) {
  int sum = value;
  for (int i = 0; i < $n; i++) {
    if (i % 2) sum += i;
    else sum ^= $n;
  }
  return sum;
}
C
  done
  { for n in $(seq 12); do echo "int part$n(int);"; done
    printf '#include <stdio.h>\n#include <sys/wait.h>\n#include <unistd.h>\nint main(void) {\n  int sum = 0;\n'
    for n in $(seq 12); do echo "  sum += part$n(sum);"; done
    cat <<'C'
  for (int i = 0; i < 4; i++)
    if (fork() == 0) _exit(sum % 7 + i);
  int status, total = 0;
  while (wait(&status) > 0) total += WEXITSTATUS(status);
  printf("%d %d\n", sum, total);
  return 3;
}
C
  } >main.c
  cat >Makefile <<'MAKE'
CFLAGS = -g -O0
PARTS := $(patsubst %.c,%.o,$(wildcard part*.c))
all: program
parts.a: $(PARTS)
	rm -f $@
	ar crD $@ $(sort $^)
program: main.o parts.a
	cc -o $@ $^
test: t1 t2 t3 t4
t1 t2 t3 t4: program
	./program >$@ || [ $$? = 3 ]
bad1 bad2:
	@exit 4
bad: bad1 bad2
MAKE
}
run() {
  make -s -j4 all
  make -s -j4 test
  cat t1 t2 t3 t4
  make -s -k bad
}
"$1"

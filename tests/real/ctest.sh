#!/usr/bin/env bash
# cmake and ctest -j4 of a small project: passing, failing, crashing, timed-out and fixture tests
# Needs: cmake ctest ninja cc
# Probes
# Same: s/[0-9.]+ sec/TIME sec/; s/Start +[0-9]+: /Start N: /; s/^ *[0-9]+\/[0-9]+ Test +#[0-9]+/Test/; s/(Test time|Configuring done|Generating done).*/\1/
# Unlike: build/*
prepare() {
  cat >CMakeLists.txt <<'CMAKE'
cmake_minimum_required(VERSION 3.20)
project(small C)
add_executable(subject subject.c)
target_compile_options(subject PRIVATE -g -O0)
enable_testing()
foreach(n RANGE 1 8)
  add_test(NAME passes${n} COMMAND subject ${n})
endforeach()
add_test(NAME fails COMMAND subject fail)
add_test(NAME crashes COMMAND subject crash)
add_test(NAME hangs COMMAND subject hang)
set_tests_properties(hangs PROPERTIES TIMEOUT 1)
add_test(NAME fails_as_it_should COMMAND subject fail)
set_tests_properties(fails_as_it_should PROPERTIES WILL_FAIL ON)
CMAKE
  cat >subject.c <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
static int work(int n) {
  for (int i = 0; i < n; i++)
    if (fork() == 0) _exit(i);
  int status, sum = 0;
  while (wait(&status) > 0) sum += WEXITSTATUS(status);
  return sum == n * (n - 1) / 2 ? 0 : 1;
}
int main(int argc, char** argv) {
  if (argc < 2) return 2;
  if (strcmp(argv[1], "fail") == 0) return 1;
  if (strcmp(argv[1], "crash") == 0) abort();
  while (strcmp(argv[1], "hang") == 0) pause();
  printf("works\n");
  return work(atoi(argv[1]));
}
C
}
run() {
  cmake -S . -B build -G Ninja
  cmake --build build
  ctest --test-dir build -j4 --output-on-failure 2>&1 | sed -E 's|^ *[0-9]+/[0-9]+ ||; s/Start +[0-9]+/Start/; s/#[0-9]+//' | sort
}
"$1"

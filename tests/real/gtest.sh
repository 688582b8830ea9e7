#!/usr/bin/env bash
# googletest's own unit tests from its source package, built with -g, lines probed: death tests fork and clone
# Needs: cmake ninja c++ /usr/src/googletest
# Probes
# Same: s/\([0-9]+ ms( total)?\)/(TIME)/; s/[0-9]+\.[0-9]+ sec/TIME/; s/process [0-9]+/process PID/g; s/0x[0-9a-f]+/ADDRESS/g; s/TID[0-9 ]+/TID/
# Unlike: build/*
tests='googletest-death-test-test gtest-death-test_ex_catch_test gtest_unittest googletest-port-test googletest-listener-test
       googletest-filepath-test gtest_stress_test gtest_repeat_test gtest_environment_test gtest-typed-test_test
       gtest_premature_exit_test gtest_no_test_unittest googletest-options-test googletest-test-part-test'
prepare() {
  mkdir -p "$HOME/gtest"
  [ -e "$HOME/gtest/done" ] || {
    cp -r /usr/src/googletest "$HOME/gtest/source"
    cmake -S "$HOME/gtest/source" -B "$HOME/gtest/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -Dgtest_build_tests=ON \
          -DBUILD_GMOCK=OFF -DCMAKE_CXX_FLAGS="-ffile-prefix-map=$HOME/gtest/source=$PWD/source" -Wno-dev
    cmake --build "$HOME/gtest/build" --target $tests
    touch "$HOME/gtest/done"
  }
  cp -r "$HOME/gtest/source" .
  mkdir build
  for test in $tests; do cp "$HOME/gtest/build/googletest/$test" build; done
}
in_order() { if [ "$1" = gtest_stress_test ]; then tail -3; else cat; fi; }  # its threads write in any order, between each other's words
run() {
  local test
  set -o pipefail
  for test in $tests; do
    echo "== $test"
    "build/$test" 2>&1 | in_order "$test" || echo "status $?"
  done
}
"$1"

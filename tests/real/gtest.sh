#!/usr/bin/env bash
# googletest's own unit tests from its source package, built with -g, lines probed: death tests fork and clone
# Needs: cmake ninja c++ /usr/src/googletest
# Probes
# Same: s/\([0-9]+ ms( total)?\)/(TIME)/; s/[0-9]+\.[0-9]+ sec/TIME/; s/process [0-9]+/process PID/g; s/0x[0-9a-f]+/ADDRESS/g; s/TID[0-9 ]+/TID/
# Unlike: build/*
tests='gtest-death-test_test gtest-death-test_ex_catch_test gtest_unittest gtest-typed-test_test gtest_environment_test
       gtest-filepath_test gtest-port_test gtest_repeat_test gtest_stress_test gtest_throw_on_failure_ex_test gtest-printers_test
       gtest-listener_test gtest-message_test gtest-options_test gtest-param-test_test gtest_no_test_unittest
       gtest_premature_exit_test gtest_prod_test gtest_sole_header_test gtest-unittest-api_test gtest_main_unittest
       gtest-test-part_test gtest_pred_impl_unittest gtest_assert_by_exception_test'
prepare() {
  mkdir -p "$HOME/gtest"
  [ -e "$HOME/gtest/done" ] || {
    cp -r /usr/src/googletest "$HOME/gtest/source"
    cmake -S "$HOME/gtest/source" -B "$HOME/gtest/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -Dgtest_build_tests=ON \
          -DBUILD_GMOCK=OFF -DCMAKE_CXX_FLAGS="-ffile-prefix-map=$HOME/gtest/source=$PWD/source" -Wno-dev
    cmake --build "$HOME/gtest/build"
    touch "$HOME/gtest/done"
  }
  cp -r "$HOME/gtest/source" .
  mkdir build
  cp "$HOME"/gtest/build/googletest/*test* build/ 2>/dev/null || true
}
run() {
  local test
  for test in $tests; do
    [ -x "build/$test" ] || { echo "$test is not there"; continue; }
    echo "== $test"
    "build/$test" 2>&1 || echo "status $?"
  done
}
"$1"

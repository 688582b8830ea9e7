// What crash.cpp loads.
int crash_there(int *p) {
  return *p;  // frame library 0 crash_there
}

// What exec_preload has loaded into it.
char* getlogin(void);

char* getlogin(void) {
  return "somebody else";
}

#include "tracer/manual.hpp"

namespace recount {

std::vector<ManualText> recorder_manual() {
  return {{"Description",
           {"Runs PROGRAM under ptrace(2), follows every fork, vfork, clone and exec, and writes every "
            "wait status and every action of "
            "its own, in order, into one SQLite file, which recount-replay(1) and sqlite3(1) read. "
            "Lines of sources are seen by "
            "breakpoints, as far as debug information (-g) says where they are; nothing needs to be "
            "recompiled. The program behaves as "
            "it does untraced: same output, same exit status, same signals.",
            "Options end at the first word that is none."},
           {}},
          {"Exit status",
           {"That of the program, and"},
           {{"128+N", "if signal N killed it;"},
            {"124", "after --timeout;"},
            {"125", "if the recorder itself failed;"},
            {"126, 127", "if the program cannot be run, or is not found."}}},
          {"Signals",
           {"SIGINT, SIGTERM, SIGHUP and SIGQUIT to the recorder alone are passed on to the program; a "
            "second SIGTERM kills the run. If "
            "the recorder dies, the kernel ends what it traced, and the log is one up to its last "
            "commit."},
           {}},
          {"Files",
           {},
           {{"recount.db", "The log, unless -o says otherwise. An existing file is not replaced without --force."}}},
          {"Examples",
           {"A run of tests, and what failed in it:", "    recount-record -o run.db -- ctest -j4",
            "    recount-replay failures run.db",
            "Programs that trace are left alone:", "    recount-record --no-follow gdb -- make check"},
           {}},
          {"See also", {"recount-replay(1), ptrace(2), gcov(1), strace(1)"}, {}}};
}

}  // namespace recount

#include "tracer/manual.hpp"

namespace recount {

std::vector<ManualText> recorder_manual() {
  return {
      {"Description",
       {"Runs PROGRAM under ptrace(2), and follows every fork, vfork, clone and exec. It writes every wait status "
        "and every action of its own, in order, into one SQLite file for recount-replay(1) and sqlite3(1). "
        "Breakpoints report the lines of sources. They need debug information (-g), and nothing is recompiled. The "
        "program behaves as it does untraced: same output, same exit status, same signals.",
        "With --pid it attaches to a process that runs already, with all its threads, and follows the children that it "
        "makes from then on; with --tree, to its descendants that run already as well. SIGINT, SIGTERM, SIGHUP or "
        "SIGQUIT to the recorder, or the end of --for, removes every "
        "probe and lets it run on. If the recorder is killed, the kernel ends that process too, unless --safe was "
        "given.",
        "Options end at the first word that is not an option."},
       {}},
      {"Exit status",
       {"The program's own, or"},
       {{"128+N", "if signal N killed it;"},
        {"0", "if the process of --pid was let go;"},
        {"124", "after --timeout;"},
        {"125", "if the recorder itself failed;"},
        {"126, 127", "if the program can't be run, or is not found."}}},
      {"Signals",
       {"The recorder passes on SIGINT, SIGTERM, SIGHUP and SIGQUIT if it alone received them; a second SIGTERM "
        "kills the run. If the recorder dies, the kernel ends the traced processes, and the log ends with its last "
        "commit."},
       {}},
      {"Files",
       {},
       {{"recount.db", "The log, unless -o says otherwise. An existing file is not replaced without --force."},
        {"FILE.replaced-N", "What --force replaces, until the program runs; a later recording of FILE puts it back."}}},
      {"Examples",
       {"A run of tests, and the failures in it:", "    recount-record -o run.db -- ctest -j4",
        "    recount-replay failures run.db",
        "A build in which one program is left alone:", "    recount-record --no-follow sccache -- make check",
        "Half a minute of a server that runs, with its workers:",
        "    recount-record -o run.db --pid 4711 --tree --for 30"},
       {}},
      {"See also", {"recount-replay(1), ptrace(2), gcov(1), strace(1)"}, {}}};
}

}  // namespace recount

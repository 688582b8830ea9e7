// The command line: what recount-replay is told, done from end to end.
#pragma once

namespace recount {

// As main(3) gets it. The report goes where the command line says, what went wrong to standard error. Returns the exit status.
int run_command_line(int argc, char** argv);

}  // namespace recount

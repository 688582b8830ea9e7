// What a file would have given to whoever execs it, and the kernel kept back.
//
// An exec gives no more than the program had before if a tracer without CAP_SYS_PTRACE watches it (ptrace(2), "execve(2)
// under ptrace"; cap_bprm_creds_from_file, security/commoncap.c, Linux 6.18).
#pragma once

#include <string>

#include "schema/vocabulary/ids.hpp"

namespace recount {

// At the exec stop of `tid`: "without the privilege of ...", or empty if nothing was kept back, or would have been untraced,
// too (no_new_privs, a nosuid mount), or if that can't be told (a user namespace of its own).
std::string withheld_privilege(Tid tid);

}  // namespace recount

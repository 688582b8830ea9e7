// ptrace(2), with 0 or an errno as its result.
#pragma once

#include <sys/ptrace.h>

#include <cerrno>

#include "schema/vocabulary/ids.hpp"

namespace recount {

template <typename Address, typename Data>
int ptrace_request(__ptrace_request what, Tid tid, Address address, Data data) {
  return ::ptrace(what, raw(tid), address, data) == -1 ? errno : 0;
}

}  // namespace recount

// ptrace(2), with 0 or an errno as its result.
#pragma once

#include <sys/ptrace.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "schema/vocabulary/ids.hpp"
#include "tracer/base/x86_64.hpp"

namespace recount {

template <typename Address, typename Data>
int ptrace_request(__ptrace_request what, Tid tid, Address address, Data data) {
  return ::ptrace(what, raw(tid), address, data) == -1 ? errno : 0;
}

// 0 if the task was killed meanwhile.
inline std::uint64_t register_of(Tid tid, std::size_t offset) {
  errno = 0;
  const long value = ::ptrace(PTRACE_PEEKUSER, raw(tid), offset, nullptr);
  return errno == 0 ? static_cast<std::uint64_t>(value) : 0;
}
inline Address pc_of(Tid tid) { return Address{register_of(tid, arch::kPc)}; }

}  // namespace recount

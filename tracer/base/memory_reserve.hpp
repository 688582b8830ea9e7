// Memory that is put by for the moment when there is no more: the allocation that failed is tried again with it, so that nothing
// that was begun is left half done, and there is some for what has to be done then. A std::bad_alloc in the middle of a step
// would leave a stopped thread that nobody resumes.
//
//   MemoryReserve reserve;             // from here on
//   if (MemoryReserve::is_used()) ...  // stop recording, let the program go
//
// It counts for operator new. SQLite and the C library say by themselves that they got none.
#pragma once

namespace recount {

class MemoryReserve {
 public:
  MemoryReserve();
  ~MemoryReserve();
  MemoryReserve(const MemoryReserve&) = delete;
  MemoryReserve& operator=(const MemoryReserve&) = delete;

  static bool is_used() noexcept;
};

}  // namespace recount

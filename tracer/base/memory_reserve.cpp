#include "tracer/base/memory_reserve.hpp"

#include <array>
#include <atomic>
#include <cstdlib>
#include <new>

namespace recount {
namespace {

// Several parts, for threads may run out together. It is address space: no page of it is touched.
constexpr std::size_t kPartBytes = std::size_t{4} << 20;
std::array<std::atomic<void*>, 8> parts{};
std::atomic<bool> used{false};

void release_one() {
  used = true;
  for (auto& part : parts)
    if (void* const bytes = part.exchange(nullptr)) return std::free(bytes);
  throw std::bad_alloc();
}

}  // namespace

MemoryReserve::MemoryReserve() {
  for (auto& part : parts)
    if ((part = std::malloc(kPartBytes)) == nullptr) throw std::bad_alloc();
  std::set_new_handler(release_one);
}

MemoryReserve::~MemoryReserve() {
  std::set_new_handler(nullptr);
  for (auto& part : parts) std::free(part.exchange(nullptr));
}

bool MemoryReserve::is_used() noexcept { return used; }

}  // namespace recount

// Where the signal handlers of a program of 32 bits return to: its vDSO (vdso(7)), which is the kernel's and no file. Handlers of 64 bits
// return to the C library (watch_finder.hpp).
#pragma once

#include <cstdint>
#include <span>

#include "tracer/image/image.hpp"

namespace recount {

// `code`: what begins at AT_SYSINFO_EHDR. It has watches and no probes; its addresses begin at 0.
Image vdso_image(std::span<const std::uint8_t> code);

}  // namespace recount

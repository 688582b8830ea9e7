// An image as bytes, for the way from the process that read it to the one that uses it: both are the same program, so numbers
// stand as they do in memory.
//
// The process that read it may have been led astray by what it read. So what comes back is believed only as far as no use
// of it can harm: every index points at something, probes ascend.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "tracer/image/image.hpp"

namespace recount {

std::string packed(Image image);
std::string packed(ObjectOutline outline);
std::optional<Image> unpacked_image(std::span<const std::uint8_t> bytes);  // nullopt if it can't be believed
std::optional<ObjectOutline> unpacked_outline(std::span<const std::uint8_t> bytes);

}  // namespace recount

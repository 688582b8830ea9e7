// What a task has just written, read at the watch behind its system call.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schema/machine/address_space.hpp"
#include "tracer/process/process_memory.hpp"

namespace recount {

// fd 0 if it was no write to descriptor 1 or 2, or one that failed. Of more than `most` bytes the first and the last halves of
// that are kept. What can't be read (another thread has unmapped it) is not kept.
Written read_output(Tid tid, WatchKind kind, std::size_t most, ProcessMemory& memory);

// Asterisks in the place of each of these values.
void mask(const std::vector<std::string>& secrets, std::string& text);

}  // namespace recount

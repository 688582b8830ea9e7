// What the machine knows of a thread, in words.
#pragma once

#include "schema/machine/machine.hpp"

namespace recount {

const char* word_of(ThreadState state);
const char* waits_for(const Thread& thread);

}  // namespace recount

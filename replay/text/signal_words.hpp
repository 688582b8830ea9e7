// What siginfo says of a signal, in words: sigaction(2), "The si_code field".
#pragma once

#include <cstdint>
#include <string>

namespace recount {

std::string code_word(int signal, std::int32_t code);  // SEGV_MAPERR, SI_TKILL; "si_code 99" for one that has no name
// Whether si_addr says where the fault was. (What the recorder found to be 0 has no number in the log.)
bool has_address(int signal, std::int32_t code);

}  // namespace recount

// Single facts about a process from /proc/PID/status and /proc/PID/auxv (proc(5)).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "schema/vocabulary/ids.hpp"

namespace recount {

// The words behind "Name:" in /proc/PID/status; none if it is not there.
std::vector<std::string> status_words(Tid tid, const std::string& name);
std::vector<std::string> status_words_in(const std::string& status,
                                         const std::string& name);  // `status`: that file's text
// The first of them, or empty.
std::string status_word(Tid tid, const std::string& name);
// It, as a hexadecimal set: "SigCgt", "CapPrm".
std::uint64_t status_set(Tid tid, const std::string& name);
bool is_under_seccomp(Tid tid);  // or nobody knows
bool has_ended(Tid tid);         // it is a zombie, or gone
bool is_in_other_pids(Tid tid);  // in another pid namespace than the recorder
// By signal, from "SigBlk" or "SigIgn".
bool status_has_signal(Tid tid, const std::string& name, int signal);
// By any of several, read at once. True if there is nothing to be read.
bool status_has_signal_in(Tid tid, const std::vector<std::string>& names, int signal);

// An entry of the auxiliary vector (getauxval(3)), as the process itself sees it.
std::optional<std::uint64_t> auxiliary_value(Tid tid, std::uint64_t type);

}  // namespace recount

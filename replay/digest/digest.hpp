// What a store keeps of a log: the tests, failures and lines that the reports tell of it.
#pragma once

#include "replay/log/log_file.hpp"
#include "replay/store/run_digest.hpp"

namespace recount {

RunDigest digest_of(const LogFile& log);  // of one run; throws FileError

}  // namespace recount

#include "tracer/log/diagnostic.hpp"

#include <iostream>

namespace recount {

void tell(const Diagnostic& diagnostic, bool quiet, bool verbose) {
  if (diagnostic.severity == "info" && !verbose) return;
  if (diagnostic.severity == "notice" && quiet) return;
  std::string line = "recount-record: " + diagnostic.message;
  if (!diagnostic.remedy.empty()) line += "; " + diagnostic.remedy;
  std::cerr << line + '\n';
}

}  // namespace recount

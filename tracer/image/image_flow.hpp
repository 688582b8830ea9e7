// The control flow of one program's code, with everything that its file says of where execution may come from elsewhere: symbols,
// functions, landing pads, addresses in its data, tables of switches.
#pragma once

#include <libelf.h>

#include <optional>
#include <vector>

#include "tracer/code/control_flow.hpp"
#include "tracer/elf/function_table.hpp"

namespace recount {

struct FlowSubject {
  Elf* program;  // what runs
  Elf* debug;    // where its debug information and its symbols are; may be the same
  std::vector<AddressRange> ranges;
  std::vector<std::uint64_t> functions;  // where those begin that the debug information names
};

// nullopt if the file does not say enough: it has no section headers, or unwind tables that can't be read.
std::optional<ControlFlow> flow_of(const FlowSubject& subject, const CodeBytes& code);

}  // namespace recount

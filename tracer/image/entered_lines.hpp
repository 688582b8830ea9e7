// Lines that begin where a jump leads into the middle of their code, and where the line table has no row.
//
// Unoptimized, gcc gave each block of a line a row. Since gcc 14 some have none where the code in front is of the same line: a
// case of a macro with several cases begins in the middle of the code of another.
// Other code has no row either, whatever line is in front: what copies the arguments of a call that is inlined (always_inline),
// what computes the index of a switch's cases behind other comparisons, what copies a string for a builtin. It is the beginning of
// a statement that has a row where it goes on. So a jump enters the line in front only if execution does not go on to
// the line behind. (The last case of a macro that falls out of it is lost, if nothing else of the line ran.)
#pragma once

#include <vector>

#include "tracer/code/control_flow.hpp"
#include "tracer/code/epilogue.hpp"
#include "tracer/elf/elf_file.hpp"
#include "tracer/image/code_spans.hpp"
#include "tracer/image/probe_plan.hpp"

namespace recount {

struct EnteredSubject {
  const ControlFlow& flow;
  const CodeBytes& code;
  const EpilogueReader& epilogues;
  const std::vector<CodeSpan>& spans;  // apart()
};

// A row for each such place, ascending.
std::vector<CodeRow> entered_lines(const EnteredSubject& subject, const std::vector<CodeRow>& rows);

}  // namespace recount

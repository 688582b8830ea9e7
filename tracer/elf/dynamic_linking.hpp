// What an ELF file says about dynamic linking: which objects it wants, and whether it may load more while it runs.
//
// From the program headers PT_INTERP and PT_DYNAMIC (System V gABI, chapter 5) and the dynamic symbol table.
#pragma once

#include <libelf.h>

#include <string>
#include <vector>

#include "tracer/elf/debug_file.hpp"

namespace recount {

struct DynamicLinking {
  bool has_interpreter = false;     // PT_INTERP: a dynamic linker maps what it needs before it starts
  bool has_search_path = false;     // DT_RPATH, DT_RUNPATH: its objects need not lie in the system's folders
  bool loads_at_run_time = false;   // it calls dlopen(3) or dlmopen(3)
  bool calls_ptrace = false;        // it imports ptrace(2); a static program: it has it in it
  bool has_leak_check = false;      // LeakSanitizer is linked in: it defines __lsan_do_leak_check, or asks for the
                                    // __lsan_is_turned_off that a program may have
  std::vector<std::string> needed;  // DT_NEEDED: names such as libm.so.6, in order
};

DynamicLinking dynamic_linking_of(Elf* elf);

// How LeakSanitizer came into it: "needs libasan.so.8"; "" if it is not there.
std::string leak_sanitizer_of(const DynamicLinking& linking);
inline bool may_trace(const DynamicLinking& linking) {
  return linking.calls_ptrace || !leak_sanitizer_of(linking).empty();
}

// A glance at an object, without reading its debug information.
struct ObjectOutline {
  DynamicLinking linking;
  bool has_debug_info = false;  // in the file itself, or where its build id leads
};
ObjectOutline outline_of(int fd, const DebugFolders& folders);

}  // namespace recount

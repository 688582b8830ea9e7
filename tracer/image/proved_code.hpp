// Which bytes of a program are instructions for sure, by everything that its file says of where its code is entered.
//
// Where symbols have no type they may name data, and addresses that are stored somewhere may be those of data. What counts is the
// entry of the program, its initializers, main, symbols of functions, unwind tables, and what a compiler gave a line.
#pragma once

#include <libelf.h>

#include <cstdint>
#include <vector>

#include "tracer/code/reached_code.hpp"
#include "tracer/elf/function_table.hpp"

namespace recount {

// `debug` has the debug information and may be `program`; `compiled`: where rows of compilers begin.
ReachedCode proved_code_of(Elf* program, Elf* debug, const std::vector<std::uint64_t>& compiled, const CodeBytes& code);

// What symbols of functions cover, of both tables: ascending and apart.
std::vector<AddressRange> function_symbols_of(Elf* program, Elf* debug);

}  // namespace recount

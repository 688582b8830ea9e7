// Which bytes of a program are instructions for sure: those that execution reaches from places that are known to be code.
//
//   ReachedCode reached(code);
//   reached.add_function(address);   // where code is entered: the program's entry, symbols of functions, ...
//   reached.add_code(address);       // an instruction somewhere within code: a row of a compiler's line table
//   reached.add_data(address);       // no instruction begins here: a symbol of an object
//   reached.add_exit(slot);          // the pointer there leads to a function that does not return: exit(3)
//   reached.follow();
//   if (reached.has(address)) ...
//
// Assemblers write line rows for data, too, and data may stand right behind code: an int3 there changes what the program
// computes. So decoding goes where execution goes: on to the next instruction, along direct jumps and calls, and behind a call
// only where its callee may come back: one that reaches no return, or takes its return address off the stack, does not.
// Behind a system call it goes on where the number is known to be none that ends the process. Computed jumps lead nowhere here:
// what only they reach is not proved.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "tracer/elf/elf_file.hpp"

namespace recount {

struct DecodedCode;

class ReachedCode {
 public:
  explicit ReachedCode(const CodeBytes& code);

  void add_function(std::uint64_t address) { functions_.insert(address); }
  void add_code(std::uint64_t address) { inner_.push_back(address); }
  void add_data(std::uint64_t address) { data_.insert(address); }
  void add_exit(std::uint64_t slot) { exits_.insert(slot); }
  void follow();
  bool has(std::uint64_t address) const noexcept;  // an instruction begins here

 private:
  using Function = std::uint32_t;  // the place of its first byte
  static constexpr Function kNone = 0xffffffff;
  struct Way {  // on which execution comes to an address
    std::uint64_t address = 0;
    Function function = kNone;  // that it is a part of
    int number = -1;            // the lowest byte of rax, which tells system calls apart; -1: not known
    int pushed = -1;            // that of the number which the last instruction pushed
  };
  struct Span {
    std::uint64_t start = 0;
    std::uint64_t size = 0;
    std::uint32_t first = 0;  // place
  };
  std::optional<std::uint32_t> place_of(std::uint64_t address) const noexcept;
  void begin(std::uint64_t function);
  void follow_all();
  bool step(Way& way);
  bool goes_on(Way& way, std::uint64_t address, const DecodedCode& at);
  void jump(const Way& way, std::uint64_t target);
  bool call(std::uint64_t callee, const Way& behind);
  void join(Function function, Function other);
  bool returns(Function function);

  const CodeBytes& code_;
  std::vector<Span> spans_;        // ascending
  std::vector<Function> reached_;  // by place: the function in which the instruction there was first reached
  std::vector<std::uint64_t> inner_;
  std::unordered_set<std::uint64_t> functions_, data_, exits_;
  std::vector<Way> ways_;                                       // yet to be gone
  std::unordered_set<Function> returning_;                      // functions that reach a return
  std::unordered_map<Function, std::vector<Way>> waiting_;      // behind calls, for the callee to return
  std::unordered_map<Function, std::vector<Function>> joined_;  // functions that return if this one does
};

}  // namespace recount

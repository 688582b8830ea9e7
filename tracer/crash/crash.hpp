// What a process looked like at the stop for a signal that it is about to die of, or before the recorder killed it.
//
// A frame is where a thread is, or will return to; level 0 is the innermost. Where functions were inlined at that address,
// each has a level of its own, and all but the outermost of them are `inlined`: they share one frame on the stack.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "schema/vocabulary/ids.hpp"

namespace recount {

inline constexpr std::size_t kCrashFramesMax = 64;  // of one thread, inlined ones counted

struct CrashFrame {
  Address address{};       // the pc, or the address behind the call
  bool inlined = false;    // into the function of the next level
  std::string image;       // the file that it lies in; empty: in none
  ImageAddress offset{};   // the address in that file
  std::string function;    // empty if nothing names it
  std::string file;        // of the source
  std::uint32_t line = 0;  // 0: nothing tells it
};

struct CrashWait {
  std::string call;    // the system call that it waits in
  std::string object;  // what for; empty if nothing tells it
  Tid holder{};        // the thread of the same process that it waits for; 0: none is known
};

struct CrashThread {
  Tid tid{};
  std::string name;  // as PR_SET_NAME has it (prctl(2)); empty: nobody knows
  std::vector<CrashFrame> frames;
  std::optional<CrashWait> wait;  // nothing: it ran
};

struct CrashImage {
  std::string path;
  std::string build_id;  // hexadecimal
  Address start{};
  Address end{};  // the first address behind
};

class CrashNames;

struct Crash {
  Tid tid{};                                                     // the thread that the signal is for
  std::vector<std::pair<const char*, std::uint64_t>> registers;  // of that one
  std::vector<CrashThread> threads;                              // that one first; none: its stacks could not be walked
  std::vector<CrashImage> images;                                // those with code
  // Its command line as it has it now: programs write there what they are about (proc(5), /proc/PID/cmdline). Empty: it is gone.
  std::vector<std::string> title;
  std::string words;   // why the process aborts, as its memory has it (last_words.hpp); empty if nothing tells it
  std::string reason;  // what is missing, and why; empty if nothing is known to be
  std::int64_t took_ns = 0;
  std::shared_ptr<CrashNames> names;  // who tells the lines of its frames by this number; null: they have what they get
  std::uint64_t number = 0;
};

}  // namespace recount

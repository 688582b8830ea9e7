#include "tracer/crash/stack_walk.hpp"

#include <algorithm>
#include <utility>

namespace recount {
namespace {

constexpr pid_t kThread = 1;  // its name in libdwfl: there is one

struct Places {
  std::vector<StackPlace> found;
  std::size_t max;
};

int add_place(Dwfl_Frame* frame, void* argument) {
  auto& places = *static_cast<Places*>(argument);
  Dwarf_Addr pc = 0;
  bool is_activation = false;
  if (!dwfl_frame_pc(frame, &pc, &is_activation)) return DWARF_CB_ABORT;
  places.found.push_back({pc, !is_activation});
  return places.found.size() < places.max ? DWARF_CB_OK : DWARF_CB_ABORT;
}

}  // namespace

struct StackWalk::Callbacks {
  static StackWalk& self(void* argument) { return *static_cast<StackWalk*>(argument); }

  static int find_elf(Dwfl_Module*, void** image, const char*, Dwarf_Addr, char**, Elf** elf) {
    *elf = *image ? static_cast<WalkedImage*>(*image)->open() : nullptr;
    return -1;
  }
  static int find_debuginfo(Dwfl_Module*, void**, const char*, Dwarf_Addr, const char*, const char*, GElf_Word,
                            char**) {
    return -1;  // what is apart has nothing for a walk
  }
  static pid_t next_thread(Dwfl*, void* argument, void** thread) {
    return std::exchange(*thread, argument) == nullptr ? kThread : 0;
  }
  static bool get_thread(Dwfl*, pid_t tid, void* argument, void** thread) {
    *thread = argument;
    return tid == kThread;
  }
  static bool memory_read(Dwfl*, Dwarf_Addr address, Dwarf_Word* word, void* argument) {
    std::uint64_t value = 0;
    const bool there = self(argument).read_word(address, value);
    *word = value;
    return there;
  }
  static bool set_initial_registers(Dwfl_Thread* thread, void* argument) {
    const StackRegisters& registers = self(argument).registers_;
    const auto set = [&](std::size_t first, std::size_t count) {
      return dwfl_thread_state_registers(thread, static_cast<int>(first), static_cast<unsigned>(count),
                                         &registers.values[first]);
    };
    if (registers.all_known) return set(0, registers.values.size());
    return set(registers.sp_number(), 1) && set(registers.pc_number(), 1);
  }
  static constexpr Dwfl_Callbacks kOfImages{find_elf, find_debuginfo, nullptr, nullptr};
  static constexpr Dwfl_Thread_Callbacks kOfThread{next_thread,           get_thread, memory_read,
                                                   set_initial_registers, nullptr,    nullptr};
};

StackWalk::StackWalk(std::vector<WalkedImage> images, Read read)
    : images_(std::move(images)), read_(std::move(read)), dwfl_(dwfl_begin(&Callbacks::kOfImages)) {
  if (dwfl_ == nullptr) return;
  dwfl_report_begin(dwfl_);
  for (WalkedImage& image : images_) {
    Dwfl_Module* const module = dwfl_report_module(dwfl_, "image", image.start, image.end);
    void** argument = nullptr;
    if (module != nullptr &&
        dwfl_module_info(module, &argument, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr) != nullptr)
      *argument = &image;
  }
  dwfl_report_end(dwfl_, nullptr, nullptr);
  dwfl_attach_state(dwfl_, nullptr, kThread, &Callbacks::kOfThread, this);
}

bool StackWalk::read_word(std::uint64_t address, std::uint64_t& word) const {
  return read_(address, &word, registers_.word());
}

StackWalk::~StackWalk() { dwfl_end(dwfl_); }

bool StackWalk::is_in_image(std::uint64_t address) const {
  return std::any_of(images_.begin(), images_.end(),
                     [address](const WalkedImage& image) { return address >= image.start && address < image.end; });
}

StackRegisters StackWalk::returned(StackRegisters registers) {
  std::uint64_t word = 0;
  if (!read_(registers.sp(), &word, registers.word()) || !is_in_image(word)) return registers;
  registers.pc() = word;
  registers.sp() += registers.word();
  return registers;
}

std::vector<StackPlace> StackWalk::from(const StackRegisters& registers, std::size_t places_max) {
  const std::uint64_t pc = registers.pc();
  registers_ = is_in_image(pc) ? registers : returned(registers);
  Places places{{}, places_max};
  const bool was_called = registers_.pc() != pc;
  if (was_called) places.found.push_back({pc, false});
  if (dwfl_ != nullptr) dwfl_getthread_frames(dwfl_, kThread, add_place, &places);
  if (places.found.empty()) places.found.push_back({pc, false});
  if (was_called && places.found.size() > 1) places.found[1].is_return = true;
  return std::move(places.found);
}

std::optional<std::uint64_t> StackWalk::bias_at(std::uint64_t address) {
  Dwfl_Module* const module = dwfl_ ? dwfl_addrmodule(dwfl_, address) : nullptr;
  GElf_Addr bias = 0;
  if (module == nullptr || dwfl_module_getelf(module, &bias) == nullptr) return std::nullopt;
  return bias;
}

}  // namespace recount

#include "replay/text/signal_words.hpp"

#include <array>

#include "schema/vocabulary/event.hpp"

namespace recount {
namespace {

struct CodeName {
  int signal;  // 0: of any
  std::int32_t code;
  const char* name;
};

// Numbers of x86-64: asm-generic/siginfo.h, signal(7).
constexpr int kIll = 4, kBus = 7, kFpe = 8, kSegv = 11;
constexpr std::array kCodes{
    CodeName{0, 0, "SI_USER"},
    CodeName{0, 0x80, "SI_KERNEL"},
    CodeName{0, -1, "SI_QUEUE"},
    CodeName{0, -2, "SI_TIMER"},
    CodeName{0, -3, "SI_MESGQ"},
    CodeName{0, -4, "SI_ASYNCIO"},
    CodeName{0, -5, "SI_SIGIO"},
    CodeName{0, -6, "SI_TKILL"},
    CodeName{kSegv, 1, "SEGV_MAPERR"},
    CodeName{kSegv, 2, "SEGV_ACCERR"},
    CodeName{kSegv, 3, "SEGV_BNDERR"},
    CodeName{kSegv, 4, "SEGV_PKUERR"},
    CodeName{kBus, 1, "BUS_ADRALN"},
    CodeName{kBus, 2, "BUS_ADRERR"},
    CodeName{kBus, 3, "BUS_OBJERR"},
    CodeName{kBus, 4, "BUS_MCEERR_AR"},
    CodeName{kBus, 5, "BUS_MCEERR_AO"},
    CodeName{kIll, 1, "ILL_ILLOPC"},
    CodeName{kIll, 2, "ILL_ILLOPN"},
    CodeName{kIll, 3, "ILL_ILLADR"},
    CodeName{kIll, 4, "ILL_ILLTRP"},
    CodeName{kIll, 5, "ILL_PRVOPC"},
    CodeName{kIll, 6, "ILL_PRVREG"},
    CodeName{kIll, 7, "ILL_COPROC"},
    CodeName{kIll, 8, "ILL_BADSTK"},
    CodeName{kFpe, 1, "FPE_INTDIV"},
    CodeName{kFpe, 2, "FPE_INTOVF"},
    CodeName{kFpe, 3, "FPE_FLTDIV"},
    CodeName{kFpe, 4, "FPE_FLTOVF"},
    CodeName{kFpe, 5, "FPE_FLTUND"},
    CodeName{kFpe, 6, "FPE_FLTRES"},
    CodeName{kFpe, 7, "FPE_FLTINV"},
    CodeName{kFpe, 8, "FPE_FLTSUB"},
    CodeName{signals::kTrap, 1, "TRAP_BRKPT"},
    CodeName{signals::kTrap, 2, "TRAP_TRACE"},
    CodeName{signals::kTrap, 3, "TRAP_BRANCH"},
    CodeName{signals::kTrap, 4, "TRAP_HWBKPT"},
    CodeName{signals::kSys, 1, "SYS_SECCOMP"},
};

}  // namespace

std::string code_word(int signal, std::int32_t code) {
  for (const CodeName& known : kCodes)
    if (known.code == code && (known.signal == 0 || known.signal == signal)) return known.name;
  return "si_code " + std::to_string(code);
}

bool has_address(int signal, std::int32_t code) {
  const bool fault = signal == kSegv || signal == kBus || signal == kIll || signal == kFpe || signal == signals::kTrap;
  return fault && code > 0 && code != kSiKernel;
}

}  // namespace recount

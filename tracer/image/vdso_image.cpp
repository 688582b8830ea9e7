#include "tracer/image/vdso_image.hpp"

#include <elf.h>

#include <algorithm>
#include <array>

#include "tracer/base/x86_64.hpp"
#include "tracer/code/displaced_instruction.hpp"

namespace recount {
namespace {

// arch/x86/entry/vdso/vdso32/sigreturn.S (Linux 6.18): pop %eax; mov $119, %eax; int $0x80: sigreturn. mov $173, %eax; int $0x80:
// rt_sigreturn.
constexpr std::array<std::uint8_t, 8> kNarrowSigreturn{0x58, 0xb8, 0x77, 0, 0, 0, 0xcd, 0x80};
constexpr std::array<std::uint8_t, 7> kNarrowRtSigreturn{0xb8, 0xad, 0, 0, 0, 0xcd, 0x80};

}  // namespace

Image vdso_image(std::span<const std::uint8_t> code) {
  Image image;
  image.path = "[vdso]";
  image.elf_machine = EM_386;
  image.reason = "it is the kernel's";
  image.segments.push_back({0, code.size(), ImageAddress{0}});
  for (const std::span<const std::uint8_t> wanted : {std::span<const std::uint8_t>(kNarrowSigreturn), {kNarrowRtSigreturn}}) {
    const auto found = std::search(code.begin(), code.end(), wanted.begin(), wanted.end());
    if (found == code.end()) continue;
    const auto first = wanted.first(length_of(wanted, arch::Mode::bits32));
    image.watches.push_back({{ImageAddress{static_cast<std::uint64_t>(found - code.begin())}, WatchKind::sigreturn},
                             {first.begin(), first.end()}});
  }
  std::sort(image.watches.begin(), image.watches.end(),
            [](const ImageWatch& a, const ImageWatch& b) { return a.watch.address < b.watch.address; });
  return image;
}

}  // namespace recount

#include "tracer/image/vdso_image.hpp"

#include <elf.h>

#include <algorithm>

#include "tracer/base/x86_64.hpp"
#include "tracer/code/displaced_instruction.hpp"
#include "tracer/image/watch_finder.hpp"

namespace recount {

Image vdso_image(std::span<const std::uint8_t> code) {
  Image image;
  image.path = "[vdso]";
  image.elf_machine = EM_386;
  image.reason = "it is the kernel's";
  image.segments.push_back({0, code.size(), ImageAddress{0}});
  for (const std::size_t offset : handler_returns_in(code, arch::Mode::bits32)) {
    const auto first = code.subspan(offset).first(length_of(code.subspan(offset), arch::Mode::bits32));
    image.watches.push_back({{ImageAddress{offset}, WatchKind::sigreturn}, {first.begin(), first.end()}});
  }
  std::sort(image.watches.begin(), image.watches.end(),
            [](const ImageWatch& a, const ImageWatch& b) { return a.watch.address < b.watch.address; });
  return image;
}

}  // namespace recount

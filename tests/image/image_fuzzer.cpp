// libFuzzer's entry to the reader of images; not among the tests. By hand, with clang, from the repository's folder:
//
//   cmake -S . -B build/fuzz -G Ninja -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ -DRECOUNT_FUZZ=ON
//   ninja -C build/fuzz image_fuzzer
//   build/fuzz/tests/image_fuzzer -fork=1 -ignore_crashes=1 -ignore_timeouts=1 -timeout=20 -max_len=32768 CORPUS SEEDS
//
// SEEDS are small programs, a few KiB each (-nostartfiles -Wl,-z,noseparate-code), in all versions of DWARF. Every source is
// wanted, so that all of the reader runs.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

#include "tracer/base/unique_fd.hpp"
#include "tracer/image/image_reader.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const recount::ImageSubject subject{recount::SourceFilter({"/"}, {}, {}), recount::DebugFolders()};
  const recount::UniqueFd fd(::memfd_create("image", MFD_CLOEXEC));
  if (::write(fd.get(), bytes, size) != static_cast<ssize_t>(size)) std::abort();
  const recount::Image image = recount::read_image(fd.get(), "fuzzed", subject);
  for (const recount::ImageLine& line : image.lines)
    if (line.probe >= image.probes.size() || line.file >= image.files.size() || line.line == 0) std::abort();
  return 0;
}

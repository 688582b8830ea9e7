#include "tracer/stop/output_reader.hpp"

#include <limits.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>

#include "tracer/base/x86_64.hpp"
#include "tracer/process/ptrace_request.hpp"

namespace recount {
namespace {

struct Piece {
  std::uint64_t address;
  std::uint64_t size;
};

template <typename Thing>
std::span<std::uint8_t> bytes_of(std::vector<Thing>& things) {
  return {reinterpret_cast<std::uint8_t*>(things.data()), things.size() * sizeof(Thing)};
}

// The pieces that `written` bytes came from.
std::vector<Piece> pieces_of(arch::Registers& registers, WatchKind kind, std::uint64_t written, Tid tid,
                             ProcessMemory& memory) {
  const std::uint64_t where = arch::argument(registers, 2), count = arch::argument(registers, 3);
  if (kind == WatchKind::write) return {{where, written}};
  std::vector<iovec> vectors(std::min<std::uint64_t>(count, IOV_MAX));
  if (memory.read(tid, Address{where}, bytes_of(vectors)) != 0) return {};
  std::vector<Piece> pieces;
  for (const iovec& vector : vectors) {
    const std::uint64_t size = std::min<std::uint64_t>(vector.iov_len, written);
    if (size != 0) pieces.push_back({reinterpret_cast<std::uint64_t>(vector.iov_base), size});
    written -= size;
  }
  return pieces;
}

// The bytes from `first` on, counted over all pieces. Empty if they can't be read.
std::string part_of(const std::vector<Piece>& pieces, std::uint64_t first, std::uint64_t size, Tid tid,
                    ProcessMemory& memory) {
  std::string text(size, '\0');
  std::uint64_t filled = 0;
  for (const Piece& piece : pieces) {
    const std::uint64_t skipped = std::min(first, piece.size);
    const std::uint64_t here = std::min(piece.size - skipped, size - filled);
    first -= skipped;
    const std::span bytes(reinterpret_cast<std::uint8_t*>(text.data()) + filled, here);
    if (here != 0 && memory.read(tid, Address{piece.address + skipped}, bytes) != 0) return {};
    filled += here;
  }
  text.resize(filled);
  return text;
}

}  // namespace

Written read_output(Tid tid, WatchKind kind, std::size_t most, ProcessMemory& memory) {
  arch::Registers registers{};
  if (ptrace_request(PTRACE_GETREGS, tid, 0, &registers) != 0) return {};
  const auto fd = static_cast<std::int32_t>(arch::argument(registers, 1));
  const std::int64_t result = arch::result(registers);
  if ((fd != STDOUT_FILENO && fd != STDERR_FILENO) || result <= 0) return {};
  const auto written = static_cast<std::uint64_t>(result);
  const auto pieces = pieces_of(registers, kind, written, tid, memory);
  const std::uint64_t half = most / 2;
  const std::uint64_t head = written <= most ? written : half;
  Written output{fd, result, part_of(pieces, 0, head, tid, memory), 0};
  output.head = static_cast<std::int64_t>(output.kept.size());
  if (written > most) output.kept += part_of(pieces, written - half, half, tid, memory);
  return output;
}

void mask(const std::vector<std::string>& secrets, std::string& text) {
  for (const std::string& secret : secrets)
    for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + secret.size()))
      std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(at), secret.size(), '*');
}

}  // namespace recount

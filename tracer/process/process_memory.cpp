#include "tracer/process/process_memory.hpp"

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "tracer/base/x86_64.hpp"
#include "tracer/process/proc_file.hpp"

namespace recount {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::size_t kWord = sizeof(std::uint64_t);  // of PTRACE_PEEKDATA on x86-64

std::uint64_t page_of(Address address) { return raw(address) / kPage; }

// The kernel says EIO for an address where nothing is mapped, and transfers 0 bytes when the whole address space is
// gone, which it is once the task was killed (fs/proc/base.c, mem_rw; Linux 6.18).
int errno_of(ssize_t done) {
  if (done < 0) return errno;
  return done == 0 ? ESRCH : EIO;
}

// PTRACE_PEEKDATA in the C library's manner: the word is the result.
int peek(Tid tid, Address address, std::uint64_t& word) {
  errno = 0;
  word = static_cast<std::uint64_t>(::ptrace(PTRACE_PEEKDATA, raw(tid), raw(address), nullptr));
  return errno;
}

int poke(Tid tid, Address address, std::uint64_t word) {
  return ::ptrace(PTRACE_POKEDATA, raw(tid), raw(address), word) == 0 ? 0 : errno;
}

// The part of an aligned word that lies in a range of bytes. Aligned, so that no word lies on two pages.
struct WordPart {
  Address word{};
  std::size_t in_word = 0, in_bytes = 0, size = 0;
};

template <typename Do>
int each_word(Address start, std::size_t size, Do do_word) {
  for (std::size_t at = 0; at < size;) {
    const std::size_t in_word = (raw(start) + at) % kWord;
    const WordPart part{Address{raw(start) + at - in_word}, in_word, at, std::min(kWord - in_word, size - at)};
    if (const int error = do_word(part)) return error;
    at += part.size;
  }
  return 0;
}

int peek_all(Tid tid, Address address, std::span<std::uint8_t> bytes) {
  return each_word(address, bytes.size(), [&](const WordPart& part) {
    std::uint64_t word = 0;
    const int error = peek(tid, part.word, word);
    std::memcpy(bytes.data() + part.in_bytes, reinterpret_cast<const std::uint8_t*>(&word) + part.in_word, part.size);
    return error;
  });
}

int poke_all(Tid tid, Address address, std::span<const std::uint8_t> bytes) {
  return each_word(address, bytes.size(), [&](const WordPart& part) {
    std::uint64_t before = 0;
    if (const int error = peek(tid, part.word, before)) return error;
    std::uint64_t after = before;
    std::memcpy(reinterpret_cast<std::uint8_t*>(&after) + part.in_word, bytes.data() + part.in_bytes, part.size);
    return after == before ? 0 : poke(tid, part.word, after);
  });
}

}  // namespace

UniqueFd open_memory_file(Tid tid) { return UniqueFd(::open(proc_path(tid, "mem").c_str(), O_RDWR | O_CLOEXEC)); }

ProcessMemory::ProcessMemory(OpenFile open) : open_(std::move(open)) {
  constexpr rlim_t kUsual = 1024, kEnough = 100'000;
  rlimit limit{kUsual, kUsual};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  files_max_ = static_cast<std::size_t>(std::min(limit.rlim_cur / 2, kEnough));
}

void ProcessMemory::File::close() {
  open_files -= (fd ? 1 : 0) + (maps ? 1 : 0);
  fd.reset();
  maps.reset();
}

std::shared_ptr<ProcessMemory::File> ProcessMemory::entry_of(Tid tid) {
  std::shared_ptr<File>& entry = files_[tid];
  if (!entry) entry = std::make_shared<File>(open_files_);
  return entry;
}

void ProcessMemory::share(Tid tid, Tid with) {
  auto entry = entry_of(with);
  files_[tid] = std::move(entry);
}

int ProcessMemory::file_of(Tid tid) {
  const std::shared_ptr<File> entry = entry_of(tid);
  if (entry->fd) return entry->fd.get();
  if (open_files_ >= files_max_) {
    errno = EMFILE;
    return -1;
  }
  entry->fd = open_(tid);
  if (!entry->fd) return -1;
  if (open_files_ < files_max_ / 2) entry->maps.reset(::open(proc_path(tid, "maps").c_str(), O_RDONLY | O_CLOEXEC));
  open_files_ += entry->maps ? 2 : 1;
  return entry->fd.get();
}

// A task that has ended says nothing any more for those that share its files.
std::string ProcessMemory::maps(Tid tid) {
  file_of(tid);
  const int file = entry_of(tid)->maps.get();
  const std::string kept = file < 0 || ::lseek(file, 0, SEEK_SET) != 0 ? std::string() : read_all(file);
  return kept.empty() ? read_proc_file(tid, "maps") : kept;
}

int ProcessMemory::open(Tid tid) { return file_of(tid) < 0 ? errno : 0; }

// Where the address space has gone, or one that was about to go had none any more when it was opened, others that share the file open it
// again.
int ProcessMemory::error_of(Tid tid, ssize_t done) {
  const int error = errno_of(done);
  if (error == ESRCH) entry_of(tid)->close();
  return error;
}

int ProcessMemory::read_file(Tid tid, Address address, std::span<std::uint8_t> bytes) {
  const int file = file_of(tid);
  if (file < 0) return errno;
  const ssize_t done = ::pread(file, bytes.data(), bytes.size(), static_cast<off_t>(raw(address)));
  return done == static_cast<ssize_t>(bytes.size()) ? 0 : error_of(tid, done);
}

int ProcessMemory::write_file(Tid tid, Address address, std::span<const std::uint8_t> bytes) {
  const int file = file_of(tid);
  if (file < 0) return errno;
  const ssize_t done = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(raw(address)));
  return done == static_cast<ssize_t>(bytes.size()) ? 0 : error_of(tid, done);
}

int ProcessMemory::read(Tid tid, Address address, std::span<std::uint8_t> bytes) {
  const int error = read_file(tid, address, bytes);
  return error == 0 || error == ESRCH ? error : peek_all(tid, address, bytes);
}

int ProcessMemory::write(Tid tid, Address address, std::span<const std::uint8_t> bytes) {
  const int error = write_file(tid, address, bytes);
  return error == 0 || error == ESRCH ? error : poke_all(tid, address, bytes);
}

int ProcessMemory::write_byte(Tid tid, Address address, std::uint8_t byte) { return write(tid, address, {&byte, 1}); }

int ProcessMemory::read_word(Tid tid, Address address, std::uint64_t& word) {
  return read(tid, address, {reinterpret_cast<std::uint8_t*>(&word), sizeof word});
}

int ProcessMemory::write_word(Tid tid, Address address, std::uint64_t word) {
  return write(tid, address, {reinterpret_cast<const std::uint8_t*>(&word), sizeof word});
}

// Runs of probes on the same or on adjacent pages: pages without a probe are not touched.
std::vector<ProcessMemory::Range> ProcessMemory::page_runs(const ProbeBytes& probes, LoadBias bias) {
  std::vector<Range> runs;
  for (std::size_t i = 0; i < probes.addresses.size(); ++i) {
    const bool joins = i > 0 && page_of(probes.addresses[i] + bias) <= page_of(probes.addresses[i - 1] + bias) + 1;
    if (joins)
      runs.back().second = i + 1;
    else
      runs.emplace_back(i, i + 1);
  }
  return runs;
}

std::vector<ProcessMemory::Range> ProcessMemory::pages_of(const ProbeBytes& probes, LoadBias bias, Range range) {
  std::vector<Range> pages;
  for (std::size_t i = range.first; i < range.second; ++i) {
    const bool same = !pages.empty() && page_of(probes.addresses[i] + bias) == page_of(probes.addresses[i - 1] + bias);
    if (same)
      pages.back().second = i + 1;
    else
      pages.emplace_back(i, i + 1);
  }
  return pages;
}

template <typename Change>
int ProcessMemory::change(Tid tid, const ProbeBytes& probes, LoadBias bias, Range range, Change change) {
  const auto [first, end] = range;
  const Address start = probes.addresses[first] + bias;
  std::vector<std::uint8_t> bytes(raw(probes.addresses[end - 1] + bias) - raw(start) + 1);
  if (const int error = read(tid, start, bytes)) return error == EIO ? EFAULT : error;
  bool changed = false;
  for (std::size_t i = first; i < end; ++i) {
    std::uint8_t& byte = bytes[raw(probes.addresses[i] + bias) - raw(start)];
    const std::uint8_t before = byte;
    if (const int error = change(byte, probes.originals[i])) return error;
    changed = changed || byte != before;
  }
  return changed ? write(tid, start, bytes) : 0;
}

int ProcessMemory::plant(Tid tid, const ProbeBytes& probes, LoadBias bias) {
  for (const Range& run : page_runs(probes, bias)) {
    const int error = change(tid, probes, bias, run, [](std::uint8_t& byte, std::uint8_t original) {
      if (byte != original && byte != arch::kInt3) return EILSEQ;  // a fork child has what its parent had
      byte = arch::kInt3;
      return 0;
    });
    if (error == 0) continue;
    if (error != ESRCH) unplant(tid, probes, bias);
    return error;
  }
  return 0;
}

// What was written may have been the first bytes of a function, and one of them may be what stood there. If it is nearly
// everything, another file stands there.
int ProcessMemory::plant_again(Tid tid, const ProbeBytes& probes, LoadBias bias) {
  const int error = plant(tid, probes, bias);
  if (error != EILSEQ) return error;
  std::vector<ImageAddress> written;
  if (const int failed = find_written(tid, probes, bias, written)) return failed;
  if (written.size() > probes.addresses.size() / 2) return EILSEQ;
  constexpr std::uint64_t kNear = 16;  // more than a jump to any address takes
  ProbeBytes kept;
  for (std::size_t i = 0; i < probes.addresses.size(); ++i) {
    const std::uint64_t at = raw(probes.addresses[i]);
    const auto near = std::lower_bound(written.begin(), written.end(), ImageAddress{at < kNear ? 0 : at - kNear});
    if (near != written.end() && raw(*near) <= at + kNear) continue;
    kept.addresses.push_back(probes.addresses[i]);
    kept.originals.push_back(probes.originals[i]);
  }
  return plant(tid, kept, bias);
}

int ProcessMemory::find_written(Tid tid, const ProbeBytes& probes, LoadBias bias, std::vector<ImageAddress>& written) {
  for (std::size_t i = 0; i < probes.addresses.size(); ++i) {
    std::uint8_t byte = 0;
    if (const int error = read(tid, probes.addresses[i] + bias, {&byte, 1})) return error;
    if (byte != probes.originals[i] && byte != arch::kInt3) written.push_back(probes.addresses[i]);
  }
  return 0;
}

int ProcessMemory::replace(Tid tid, const std::vector<CodePatch>& patches, LoadBias bias) {
  struct Piece {
    Address start{};
    std::vector<std::uint8_t> bytes;
    bool differs = false;
  };
  std::vector<Piece> pieces;
  for (std::size_t first = 0, next = 0; first < patches.size(); first = next) {
    const auto page = [&](std::size_t i) { return page_of(patches[i].at + bias); };
    for (next = first + 1; next < patches.size() && page(next) <= page(next - 1) + 1;) ++next;
    Piece piece{patches[first].at + bias, {}, false};
    piece.bytes.resize(raw(patches[next - 1].at + bias) + patches[next - 1].before.size() - raw(piece.start));
    if (const int error = read(tid, piece.start, piece.bytes)) return error == EIO ? EFAULT : error;
    for (std::size_t i = first; i < next; ++i) {
      const CodePatch& patch = patches[i];
      const auto there = std::span(piece.bytes).subspan(raw(patch.at + bias) - raw(piece.start), patch.before.size());
      if (patch.int3 && there[*patch.int3] != arch::kInt3 && !patch.even_if_lifted) continue;
      if (patch.int3 && there[*patch.int3] == arch::kInt3) there[*patch.int3] = patch.before[*patch.int3];
      if (!std::equal(there.begin(), there.end(), patch.before.begin())) {
        if (patch.int3) return EILSEQ;
        continue;
      }
      std::copy(patch.after.begin(), patch.after.end(), there.begin());
      piece.differs = true;
    }
    if (piece.differs) pieces.push_back(std::move(piece));
  }
  for (const Piece& piece : pieces)
    if (const int error = write(tid, piece.start, piece.bytes)) return error;
  return 0;
}

// A program may unmap its own text, or keep a page from its children (MADV_DONTFORK): on a page that is not there, there
// is nothing to put back, and the others count all the same.
int ProcessMemory::unplant(Tid tid, const ProbeBytes& probes, LoadBias bias) {
  for (const Range& run : page_runs(probes, bias)) {
    int error = put_back(tid, probes, bias, run);
    for (const Range& page : error == EFAULT ? pages_of(probes, bias, run) : std::vector<Range>()) {
      error = put_back(tid, probes, bias, page);
      if (error == EFAULT) error = 0;
      if (error != 0) break;
    }
    if (error != 0) return error;
  }
  return 0;
}

int ProcessMemory::put_back(Tid tid, const ProbeBytes& probes, LoadBias bias, Range range) {
  return change(tid, probes, bias, range, [](std::uint8_t& byte, std::uint8_t original) {
    if (byte == arch::kInt3) byte = original;
    return 0;
  });
}

}  // namespace recount

#include "tracer/process_memory.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace recount {
namespace {

constexpr std::uint8_t kInt3 = 0xcc;
constexpr std::uint64_t kPage = 4096;

std::uint64_t page_of(Address address) { return raw(address) / kPage; }

// The kernel says EIO for an address where nothing is mapped, and transfers 0 bytes when the whole address space is
// gone, which it is once the task was killed (fs/proc/base.c, mem_rw; Linux 6.18).
int errno_of(ssize_t done) {
  if (done < 0) return errno;
  return done == 0 ? ESRCH : EIO;
}

}  // namespace

int ProcessMemory::file_of(Tid tid) {
  if (const auto found = files_.find(tid); found != files_.end()) return found->second.get();
  if (files_.size() >= kFilesMax) files_.clear();
  const std::string path = "/proc/" + std::to_string(raw(tid)) + "/mem";
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!file) {
    if (errno == ENOENT) errno = ESRCH;
    return -1;
  }
  return files_.emplace(tid, std::move(file)).first->second.get();
}

int ProcessMemory::read(Tid tid, Address address, std::span<std::uint8_t> bytes) {
  const int file = file_of(tid);
  if (file < 0) return errno;
  const ssize_t done = ::pread(file, bytes.data(), bytes.size(), static_cast<off_t>(raw(address)));
  return done == static_cast<ssize_t>(bytes.size()) ? 0 : errno_of(done);
}

int ProcessMemory::write(Tid tid, Address address, std::span<const std::uint8_t> bytes) {
  const int file = file_of(tid);
  if (file < 0) return errno;
  const ssize_t done = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(raw(address)));
  return done == static_cast<ssize_t>(bytes.size()) ? 0 : errno_of(done);
}

int ProcessMemory::write_byte(Tid tid, Address address, std::uint8_t byte) {
  return write(tid, address, {&byte, 1});
}

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

template <typename Change>
int ProcessMemory::change(Tid tid, const ProbeBytes& probes, LoadBias bias, Change change) {
  std::vector<std::uint8_t> bytes;
  for (const auto& [first, end] : page_runs(probes, bias)) {
    const Address start = probes.addresses[first] + bias;
    bytes.resize(raw(probes.addresses[end - 1] + bias) - raw(start) + 1);
    if (const int error = read(tid, start, bytes)) return error;
    for (std::size_t i = first; i < end; ++i) {
      std::uint8_t& byte = bytes[raw(probes.addresses[i] + bias) - raw(start)];
      if (const int error = change(byte, probes.originals[i])) return error;
    }
    if (const int error = write(tid, start, bytes)) return error;
  }
  return 0;
}

int ProcessMemory::plant(Tid tid, const ProbeBytes& probes, LoadBias bias) {
  const int error = change(tid, probes, bias, [](std::uint8_t& byte, std::uint8_t original) {
    if (byte != original) return EILSEQ;
    byte = kInt3;
    return 0;
  });
  if (error != 0 && error != ESRCH) unplant(tid, probes, bias);
  return error;
}

int ProcessMemory::unplant(Tid tid, const ProbeBytes& probes, LoadBias bias) {
  return change(tid, probes, bias, [](std::uint8_t& byte, std::uint8_t original) {
    if (byte == kInt3) byte = original;
    return 0;
  });
}

}  // namespace recount

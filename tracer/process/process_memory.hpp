// Reads and writes the text of tracees through /proc/PID/mem (proc(5)): a whole range in one call, and without regard
// to page protection, as PTRACE_POKEDATA does one word at a time. Writing copies each page once, since text is mapped
// privately.
//
// Where that file can't be used, words are peeked and poked, those only that change: /proc may not be there or not be ours,
// and a kernel may be told to keep it from what is not writable (proc_mem.force_override, Linux 6.12). That takes a stopped
// task, which everybody is whose stop is being answered, and a system call a word: 100,000 take 0.3 s.
//
// An open /proc/PID/mem or maps stays with the address space that it was opened for: it has to be forgotten when the task execs or
// ends, and before its number is used again. Tasks that share an address space share the files: a process that hides its memory later
// (PR_SET_DUMPABLE, prctl(2)) lets nobody open it any more who lacks CAP_SYS_PTRACE, while what is open is as good as before.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "schema/vocabulary/ids.hpp"
#include "tracer/base/unique_fd.hpp"

namespace recount {

// The probes of one image, as bytes: parallel to ProbeTable::addresses.
struct ProbeBytes {
  std::vector<ImageAddress> addresses;
  std::vector<std::uint8_t> originals;
};

struct CodePatch {  // instructions that take the place of others
  ImageAddress at{};
  std::vector<std::uint8_t> before, after;  // as long
  std::optional<std::size_t> int3;          // where an int3 of ours stands among those
  bool even_if_lifted = false;              // or may stand
};

// /proc/PID/mem for reading and writing; an empty one, and errno, if that can't be had.
UniqueFd open_memory_file(Tid tid);

class ProcessMemory {
 public:
  using OpenFile = std::function<UniqueFd(Tid)>;
  // So many files may be open at a time: half of what the process may have, and the maps only of the first. Beyond that words are peeked
  // and poked.
  explicit ProcessMemory(OpenFile open = open_memory_file);

  // Each returns 0 or an errno. ESRCH: the task is gone. EILSEQ: what is in memory is not what the file has. EFAULT: nothing
  // is mapped there.
  int plant(Tid tid, const ProbeBytes& probes, LoadBias bias);  // all or none
  // Where they were planted before, and the program may have rewritten some of its code since: that is left as it is.
  int plant_again(Tid tid, const ProbeBytes& probes, LoadBias bias);
  int unplant(Tid tid, const ProbeBytes& probes, LoadBias bias);  // wherever there is an int3 now; not where nothing is
  // All or none; but where the int3 has been lifted, or something else than what none is in, all stays as it is. `patches`: ascending and
  // apart.
  int replace(Tid tid, const std::vector<CodePatch>& patches, LoadBias bias);
  int write_byte(Tid tid, Address address, std::uint8_t byte);
  int read(Tid tid, Address address, std::span<std::uint8_t> bytes);
  int write(Tid tid, Address address, std::span<const std::uint8_t> bytes);
  int read_word(Tid tid, Address address, std::uint64_t& word);
  int write_word(Tid tid, Address address, std::uint64_t word);

  int open(Tid tid);              // now, since it may not be possible later
  void share(Tid tid, Tid with);  // they are in one address space
  int file_of(Tid tid);           // -1, and errno, if it can't be had; it belongs to this
  std::string maps(Tid tid);      // what /proc/PID/maps says; empty if it can't be read
  void forget(Tid tid) { files_.erase(tid); }

 private:
  using Range = std::pair<std::size_t, std::size_t>;  // of indexes into the probes
  struct File {
    explicit File(std::size_t& of_all) : open_files(of_all) {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() { close(); }
    void close();

    UniqueFd fd, maps;
    std::size_t& open_files;
  };
  std::shared_ptr<File> entry_of(Tid tid);
  int error_of(Tid tid, ssize_t done);
  int read_file(Tid tid, Address address, std::span<std::uint8_t> bytes);
  int write_file(Tid tid, Address address, std::span<const std::uint8_t> bytes);
  static std::vector<Range> page_runs(const ProbeBytes& probes, LoadBias bias);
  static std::vector<Range> pages_of(const ProbeBytes& probes, LoadBias bias, Range range);
  int find_written(Tid tid, const ProbeBytes& probes, LoadBias bias, std::vector<ImageAddress>& written);
  int put_back(Tid tid, const ProbeBytes& probes, LoadBias bias, Range range);
  template <typename Change>
  int change(Tid tid, const ProbeBytes& probes, LoadBias bias, Range range, Change change);

  OpenFile open_;
  std::size_t files_max_;
  std::size_t open_files_ = 0;
  std::map<Tid, std::shared_ptr<File>> files_;  // empty ones: not opened yet
};

}  // namespace recount

// Which probes are planted where: the machine's knowledge of one address space.
//
// An address space belongs to whoever shares it: all threads of a process, a vfork child until its exec, any clone with
// CLONE_VM. A fork child has a copy, int3 bytes included.
//
// A probe is planted from the plant on, until its first hit in this address space lifts it for good. "Lifted" is what
// the table says; the byte may still be an int3 for a task that raced the lift or was forked just before it. So a trap is
// ours if its address is a probe's, whatever the table says, and the table only tells a first hit from a late one.
//
// A watch is an int3 that stays: it tells the tracer of something that happens without a stop, and what it displaces is
// done for the task, so that nobody slips past it.
//
// A flagged image has jumps to code in an annex, memory of ours in the same address space, which sets a flag for each of the probes
// that have one. None of these is planted any more: nobody stops there.
//
// Images come and go with dlopen(3) and dlclose(3): remap() is told what stands there now.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "schema/vocabulary/event.hpp"

namespace recount {

enum class WatchKind : std::uint8_t {
  loader = 1,     // _dl_debug_state of the dynamic linker: objects were loaded, or some will be unloaded
  sigaction = 2,  // of the C library, as the next four: sigaction(3)
  sigmask = 3,    // pthread_sigmask(3), which sigprocmask(3) calls, too
  sigreturn = 4,  // where signal handlers return to
  clone = 5,      // clone(2)
  syscall = 6,    // syscall(2)
  write = 7,      // behind the system call of write(2), pwrite(2) or send(2): it is done
  writev = 8,     // likewise of writev(2), pwritev(2)
  way_on = 9,     // a conditional jump, until it was seen not to jump
  way_jump = 10,  // until it was seen to jump
  way_both = 11,  // until it was seen to do either
  ptrace = 12,    // of the C library: ptrace(2)
  leaks = 13,     // of LeakSanitizer: it is about to clone the task that attaches to all threads, the flags in place
  // Before the system calls of sigaction(3) and pthread_sigmask(3). They take the place of those two, and stop for fewer calls.
  sigaction_block = 14,  // of SIGTRAP's action, or of one that blocks it
  sigaction_clear = 15,  // of another, which may take the place of one that blocks it
  sigmask_block = 16,    // that may block SIGTRAP
  sigmask_clear = 17,    // that may unblock it
};

constexpr WatchKind kWatchKindFirst = WatchKind::loader, kWatchKindLast = WatchKind::sigmask_clear;

constexpr bool is_of_sigaction(WatchKind kind) {
  return kind == WatchKind::sigaction || kind == WatchKind::sigaction_block || kind == WatchKind::sigaction_clear;
}
constexpr bool is_of_sigmask(WatchKind kind) {
  return kind == WatchKind::sigmask || kind == WatchKind::sigmask_block || kind == WatchKind::sigmask_clear;
}
// There only while somebody blocks SIGTRAP, or has an action that does.
constexpr bool is_of_clear(WatchKind kind) {
  return kind == WatchKind::sigaction_clear || kind == WatchKind::sigmask_clear;
}

// Of SIGTRAP.
constexpr bool keeps_account(WatchKind kind) { return is_of_sigaction(kind) || is_of_sigmask(kind); }

constexpr bool is_of_output(WatchKind kind) { return kind == WatchKind::write || kind == WatchKind::writev; }

constexpr bool is_of_way(WatchKind kind) { return kind >= WatchKind::way_on && kind <= WatchKind::way_both; }
// Those that it stays for.
constexpr std::uint8_t wanted_ways(WatchKind kind) {
  return static_cast<std::uint8_t>((kind != WatchKind::way_jump ? bits_of(Way::on) : 0) |
                                   (kind != WatchKind::way_on ? bits_of(Way::jump) : 0));
}

struct Watch {
  ImageAddress address{};
  WatchKind kind{};
};

// The probes of one image: the dictionary's part that the machine needs. Probe i has the id `first` + i.
struct ProbeTable {
  ImageId image{};
  ProbeId first{};
  std::vector<ImageAddress> addresses;  // ascending
  std::vector<ImageAddress> own_int3;   // ascending; those where the program itself has an int3
  std::vector<ImageAddress> counted;    // ascending; those whose int3 stays, so that each execution is seen
  std::vector<ImageAddress> flagged;    // ascending; those that a flag can tell of, or that are counted without a stop
  WatchId first_watch{};
  std::vector<Watch> watches;  // ascending; none at a probe's address; ids as probes have
  bool traces = false;         // it calls ptrace(2), or LeakSanitizer is in it: watches of that are of use

  bool has_counters() const noexcept { return !flagged.empty() && !counted.empty(); }  // in the place of flags
  bool is_empty() const noexcept { return addresses.empty() && watches.empty(); }
};

struct ProbeAt {
  ProbeId probe{};
  ImageId image{};
  std::size_t index = 0;  // among the image's probes
  bool planted = false;   // this is its first hit here
  bool counted = false;   // its int3 stays here
  bool own_int3 = false;  // the program's own byte is an int3, too: the trap is also the program's
  bool by_flag = false;   // a flag tells of it here
};

struct WatchAt {
  WatchId watch{};
  WatchKind kind{};
  std::uint32_t uses = 0;  // before this one
  bool retired = false;    // its byte was put back
  std::uint8_t ways = 0;   // that were seen, as bits of Way
};

// Where a task has executed an int3, and what of ours stands there.
struct Int3 {
  Address address{};
  std::optional<ProbeAt> probe;
  std::optional<WatchAt> watch;
};

class AddressSpace {
 public:
  // `lifted`: those that are not planted at all; empty: all are.
  void map(std::shared_ptr<const ProbeTable> table, LoadBias bias, std::vector<bool> lifted = {});
  void plant_again(Placed image);  // what was lifted is planted
  void unmap(Placed image);
  // Forgets what is not among `now`. Returns what is there and was not known.
  std::vector<Placed> remap(const std::vector<Placed>& now);
  bool is_surveyed() const noexcept { return surveyed_; }  // it was told once
  std::optional<ProbeAt> find(Address address) const;
  std::optional<WatchAt> watch_at(Address address) const;
  Int3 int3_at(Address address) const;
  void use_watch(Address address);
  bool see_way(Address address, Way way);  // whether it is the first time
  void retire_watch(Address address);
  void arm_watch(Address address);                            // its int3 is there again
  std::vector<Address> retired_clears(WatchKind kind) const;  // of is_of_clear
  void lift(Address address);
  std::uint64_t count(Address address);  // one more: how many there are now
  void stop_counting(Address address);   // its int3 leaves
  void lift_all(Placed image);           // every byte of that image has been put back
  // Of one byte that was to be put back: whether it was. It is stuck when it was not, twice.
  void note_put_back(Address address, bool was_put_back);
  bool is_stuck(Address address) const;

  // What a fork child has. Its bytes were copied at a moment before the fork event was answered: int3 bytes may be
  // among them that were put back here since.
  std::shared_ptr<AddressSpace> copy() const;
  // What a fork child has that was born at an unknown moment: any probe may be there, and no annex but up to this one.
  std::shared_ptr<AddressSpace> earlier_copy(AnnexId last) const;

  void annex(Placed image, AnnexId annex);
  void flag(Placed image);    // its annex is in use
  void unflag(Placed image);  // jumps of flags that are set have left
  bool is_flagged(Placed image) const;
  std::vector<Placed> share_counters();  // several run here from now on: those whose counters were one's own until now
  bool lacks_jumps(Placed image) const;  // none was written yet, or some have left
  bool has_annexes() const;
  std::map<AnnexId, Placed> annexes() const;  // in use
  void trip(Placed image, bool on);           // the code of set flags has int3 bytes of ours, or no more
  std::vector<Placed> tripped_images() const;

  // Somebody who is not traced is about to run here as well: no byte of ours may be here.
  void lend(Tid process) { lent_to_.insert(process); }
  void take_back(Tid process) { lent_to_.erase(process); }
  bool is_lent() const noexcept { return !lent_to_.empty(); }
  // It is planted as before. Which probes are not: those that were lifted, and those that a flag tells of.
  std::vector<bool> renew(Placed image);
  std::vector<Placed> bare_images() const;

  bool is_empty() const noexcept { return mappings_.empty(); }
  std::vector<Placed> images() const;  // every one that is known to stand here
  // Every image that was planted here and has not been put back as a whole.
  std::vector<Placed> planted_images() const;
  std::uint64_t planted() const noexcept;
  std::uint64_t lifted() const noexcept;

 private:
  struct Mapping {
    std::shared_ptr<const ProbeTable> table;
    LoadBias bias{};
    std::vector<bool> lifted;
    std::uint64_t lifted_count = 0;
    bool counts = true;
    std::map<std::size_t, std::uint64_t> counts_of;  // probes that have a limit
    std::set<std::size_t> uncounted;                 // probes that were counted and are no more
    bool bare = false;                               // not one int3 of ours is left
    AnnexId annex{};
    bool flagged = false;
    bool tripped = false;
    bool lacks_jumps = true;
    bool shares_counters = false;
    std::vector<bool> by_flag;  // by probe: a flag, or a counter, tells of its first hit
    struct Use {
      std::uint32_t count = 0;
      bool retired = false;
      std::uint8_t ways = 0;
    };
    std::vector<Use> uses;            // side by side with the table's watches
    std::vector<std::size_t> clears;  // indexes of those of is_of_clear
    Placed placed() const noexcept { return {table->image, bias}; }
  };
  struct Place {
    std::size_t mapping;
    std::size_t index;
  };
  std::optional<Place> place_of(Address address) const;
  std::optional<Place> place_of_watch(Address address) const;

  std::vector<Mapping> mappings_;
  bool surveyed_ = false;
  std::set<Tid> lent_to_;
  std::map<Address, int> failures_;  // to put a byte back
};

}  // namespace recount

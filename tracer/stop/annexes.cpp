#include "tracer/stop/annexes.hpp"

#include <sys/ipc.h>
#include <sys/shm.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <iterator>
#include <set>
#include <utility>

#include "tracer/base/x86_64.hpp"
#include "tracer/image/flag_plan.hpp"
#include "tracer/process/mappings.hpp"

namespace recount {
namespace {

// The program sets them meanwhile. A counter has its first byte at a multiple of its size.
std::uint8_t flag_in(const std::uint8_t& byte) {
  return std::atomic_ref<std::uint8_t>(const_cast<std::uint8_t&>(byte)).load(std::memory_order_relaxed);
}

std::atomic_ref<std::uint64_t> counter_in(std::uint8_t* bytes, std::size_t number) {
  return std::atomic_ref<std::uint64_t>(*(reinterpret_cast<std::uint64_t*>(bytes) + number));
}

// Of a flag or a counter.
std::uint64_t value_in(std::uint8_t* bytes, const ImageAnnex& code, std::size_t number) {
  return code.counts ? counter_in(bytes, number).load(std::memory_order_relaxed) : flag_in(bytes[number]);
}

// 0: of none, and nobody has that number.
AnnexId annex_of(const AddressSpace& memory, Placed image) {
  for (const auto& [annex, placed] : memory.annexes())
    if (placed == image) return annex;
  return {};
}

constexpr int kForOwnerOnly = 0700;  // to be executed as well (SHM_EXEC, shmop(2))

}  // namespace

Annexes::~Annexes() {
  for (const auto& [annex, shared] : shared_) drop(shared);
}

void Annexes::drop(const Shared& shared) { ::shmdt(shared.bytes); }

int Annexes::make(Tid tid, AnnexId annex, Placed image) {
  if (shared_.size() >= many_) drop_unused();
  const ImageAnnex& code = images_.at(image.image).image.annex;
  Shared shared;
  shared.id = ::shmget(IPC_PRIVATE, code.bytes.size(), IPC_CREAT | kForOwnerOnly);
  if (shared.id < 0) return errno;
  void* const place = ::shmat(shared.id, nullptr, 0);
  const int error = errno;
  ::shmctl(shared.id, IPC_RMID, nullptr);
  if (place == reinterpret_cast<void*>(-1)) return error;
  shared.bytes = static_cast<std::uint8_t*>(place);
  shared.told.resize(code.flags.size());
  std::copy(code.bytes.begin(), code.bytes.end(), shared.bytes);
  shared.without.resize(code.flags.size());
  if (code.counts) note_told(tid, image, shared);
  if (const Shared* const original = shared_by(tid, image)) shared.without = original->without;
  shared_[annex] = std::move(shared);
  return 0;
}

// Those that were come to before stopped then.
void Annexes::note_told(Tid tid, Placed image, Shared& shared) const {
  const auto& flags = images_.at(image.image).image.annex.flags;
  const auto& probes = images_.at(image.image).image.probes;
  shared.counted.resize(flags.size());
  const AddressSpace* const memory = memory_of(tid);
  for (std::size_t flag = 0; memory && flag < flags.size(); ++flag) {
    const auto probe = memory->find(probes[flags[flag].probe].address + image.bias);
    shared.told[flag] = probe && !probe->planted && !probe->by_flag;
  }
}

int Annexes::shared_memory(AnnexId annex) const { return shared_.at(annex).id; }

// One that no memory uses any more may stand there for nothing: its library was closed.
AnnexId Annexes::last_in(const std::string& maps) const {
  const std::vector<std::uint64_t> ids = shared_.empty() ? std::vector<std::uint64_t>() : shared_memory_in(maps);
  AnnexId last{};
  for (const AnnexId annex : used_annexes()) {
    const auto shared = shared_.find(annex);
    if (shared == shared_.end()) continue;
    if (std::find(ids.begin(), ids.end(), static_cast<std::uint64_t>(shared->second.id)) != ids.end()) last = annex;
  }
  return last;
}

// A task that has left a stub before what it displaces may have taken back what was told.
std::vector<Annexes::Reading> Annexes::read(const AddressSpace& memory) {
  std::vector<Reading> readings;
  for (const auto& [annex, image] : memory.annexes()) {
    const auto found = shared_.find(annex);
    if (found == shared_.end()) continue;
    Shared& shared = found->second;
    const StoredImage& stored = images_.at(image.image);
    const ImageAnnex& code = stored.image.annex;
    for (std::size_t i = 0; i < code.flags.size(); ++i) {
      const std::uint64_t now = value_in(shared.bytes, code, i);
      if (now == 0 || (!code.counts && shared.told[i]) || (code.counts && now <= shared.counted[i])) continue;
      Reading reading{ProbeId{raw(stored.table->first) + code.flags[i].probe}, !shared.told[i]};
      if (code.counts) reading.times = now - std::exchange(shared.counted[i], now);
      shared.told[i] = true;
      readings.push_back(reading);
    }
  }
  return readings;
}

// Whoever runs there takes the one instruction or the other.
void Annexes::share(Tid tid, Placed image) {
  Shared* const shared = shared_by(tid, image);
  if (!shared) return;
  for (const ImageFlag& counter : images_.at(image.image).image.annex.flags)
    std::atomic_ref<std::uint8_t>(shared->bytes[lock_of(counter)]).store(kLockPrefix, std::memory_order_relaxed);
}

// Null while nobody has claimed the task.
const AddressSpace* Annexes::memory_of(Tid tid) const {
  const auto thread = machine_.threads().find(tid);
  if (thread == machine_.threads().end() || !thread->second.process) return nullptr;
  return thread->second.process->memory.get();
}

Annexes::Shared* Annexes::shared_by(Tid tid, Placed image) {
  const AddressSpace* const memory = memory_of(tid);
  const auto found = memory ? shared_.find(annex_of(*memory, image)) : shared_.end();
  return found == shared_.end() ? nullptr : &found->second;
}

void Annexes::trip(Tid tid, Placed image) {
  Shared* const shared = shared_by(tid, image);
  if (!shared) return;
  const auto& flags = images_.at(image.image).image.annex.flags;
  for (std::size_t flag = 0; flag < flags.size(); ++flag)
    if (flag_in(shared->bytes[flag]) != 0 && !shared->without[flag]) shared->bytes[flags[flag].stub] = arch::kInt3;
}

void Annexes::untrip(Tid tid, Placed image) {
  Shared* const shared = shared_by(tid, image);
  if (!shared) return;
  const ImageAnnex& code = images_.at(image.image).image.annex;
  for (const ImageFlag& flag : code.flags) shared->bytes[flag.stub] = code.bytes[flag.stub];
}

std::vector<std::size_t> Annexes::take_useless(Tid tid, Placed image) {
  std::vector<std::size_t> useless;
  Shared* const shared = shared_by(tid, image);
  for (std::size_t flag = 0; shared && flag < shared->without.size(); ++flag) {
    if (flag_in(shared->bytes[flag]) == 0 || shared->without[flag]) continue;
    shared->without[flag] = true;
    useless.push_back(flag);
  }
  return useless;
}

std::vector<std::size_t> Annexes::left(Tid tid, Placed image) {
  std::vector<std::size_t> left;
  const Shared* const shared = shared_by(tid, image);
  for (std::size_t flag = 0; shared && flag < shared->without.size(); ++flag)
    if (shared->without[flag]) left.push_back(flag);
  return left;
}

void Annexes::come_back(Tid tid, Placed image, const std::vector<std::size_t>& flags) {
  Shared* const shared = shared_by(tid, image);
  for (const std::size_t flag : flags) shared->without[flag] = false;
}

bool Annexes::is_set(const AddressSpace& memory, Placed image, std::uint32_t probe) const {
  const auto shared = shared_.find(annex_of(memory, image));
  if (shared == shared_.end()) return false;
  const auto& flags = images_.at(image.image).image.annex.flags;
  const auto flag = std::lower_bound(flags.begin(), flags.end(), probe,
                                     [](const ImageFlag& each, std::uint32_t wanted) { return each.probe < wanted; });
  if (flag == flags.end() || flag->probe != probe) return false;
  const ImageAnnex& code = images_.at(image.image).image.annex;
  return value_in(shared->second.bytes, code, static_cast<std::size_t>(flag - flags.begin())) != 0;
}

std::optional<Annexes::Stub> Annexes::stub_at(Tid tid, Address pc) const {
  const AddressSpace* const memory = memory_of(tid);
  if (!memory) return std::nullopt;
  for (const auto& [annex, image] : memory->annexes()) {
    const ImageAnnex& code = images_.at(image.image).image.annex;
    const auto& vias = images_.at(image.image).vias;
    if (const auto via = vias.find(pc - image.bias); via != vias.end())  // on its way there
      return Stub{annex, image.bias, &code, via->second, 0};
    const std::uint64_t offset = raw(pc) - raw(code.at + image.bias);
    if (offset >= code.bytes.size() || offset < code.flags.front().stub) continue;
    const auto after = std::upper_bound(code.flags.begin(), code.flags.end(), offset,
                                        [](std::uint64_t wanted, const ImageFlag& each) { return wanted < each.stub; });
    const auto flag = std::prev(after);
    return Stub{annex, image.bias, &code, static_cast<std::size_t>(flag - code.flags.begin()), offset - flag->stub};
  }
  return std::nullopt;
}

bool Annexes::is_trip(Tid tid, Address pc) const {
  const auto stub = stub_at(tid, Address{raw(pc) - 1});
  return stub && stub->offset == 0;
}

void Annexes::leave(const Stub& stub, bool comes_again) {
  const auto found = shared_.find(stub.annex);
  if (found == shared_.end()) return;
  std::uint8_t* const bytes = found->second.bytes;
  const bool has_counted = has_stored(*stub.code, stub.code->flags[stub.flag], stub.offset);
  if (!stub.code->counts) {
    if (!comes_again) bytes[stub.flag] = 1;
  } else if (has_counted == comes_again) {
    comes_again ? --counter_in(bytes, stub.flag) : ++counter_in(bytes, stub.flag);
  }
}

std::optional<Annexes::CopiedJump> Annexes::copied_jump_to(Tid tid, Address pc, ProcessMemory& memory) const {
  const AddressSpace* const known = memory_of(tid);
  if (!known) return std::nullopt;
  std::vector<std::uint8_t> there;
  for (const auto& [annex, image] : known->annexes()) {
    const StoredImage& stored = images_.at(image.image);
    for (std::size_t i = 0; i < stored.jumps.size(); ++i) {
      const ImageFlag& flag = stored.image.annex.flags[i];
      const std::uint64_t distance = raw(stored.image.annex.at) + flag.stub - raw(flag.from);
      const Address at{raw(pc) - distance};
      there.resize(stored.jumps[i].after.size());
      if (memory.read(tid, at, there) != 0 || there != stored.jumps[i].after) continue;
      return CopiedJump{at, ProbeId{raw(stored.table->first) + flag.probe}, &flag, &stored};
    }
  }
  return std::nullopt;
}

Address Annexes::place_in_program(Tid tid, Address pc) const {
  const auto stub = stub_at(tid, pc);
  if (!stub) return pc;
  const ImageFlag& flag = stub->code->flags[stub->flag];
  return Address{raw(flag.from + stub->bias) + (flag.is_call ? 0 : done_at(*stub->code, flag, stub->offset))};
}

// Those of no process that the machine knows.
std::set<AnnexId> Annexes::used_annexes() const {
  std::set<AnnexId> used;
  for (const auto& [upid, process] : machine_.processes())
    for (const auto& [annex, image] : process.memory->annexes()) used.insert(annex);
  for (const Process& process : machine_.dropped())
    for (const auto& [annex, image] : process.memory->annexes()) used.insert(annex);
  return used;
}

void Annexes::drop_unused() {
  std::set<AnnexId> used = used_annexes();
  for (const auto& [tid, thread] : machine_.threads()) used.insert(thread.annex);
  for (auto at = shared_.begin(); at != shared_.end();) {
    if (used.contains(at->first)) {
      ++at;
      continue;
    }
    drop(at->second);
    at = shared_.erase(at);
  }
  many_ = std::max(kManyAnnexes, 2 * shared_.size());
}

}  // namespace recount

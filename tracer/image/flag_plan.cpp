#include "tracer/image/flag_plan.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <optional>

#include "tracer/base/x86_64.hpp"
#include "tracer/code/conditional_jump.hpp"
#include "tracer/code/decoded_code.hpp"
#include "tracer/code/displaced_instruction.hpp"
#include "tracer/code/flags_in_use.hpp"

namespace recount {
namespace {

constexpr std::uint64_t kPageBytes = 4096, kMiB = 1 << 20;
constexpr std::uint64_t kFixedFrom = kMiB;  // an image whose code is above is loaded where its addresses say
constexpr std::size_t kStoreBytes = 7;      // of movb $1, disp32(%rip)
constexpr std::size_t kCountBytes = 8;      // of ds incq disp32(%rip)
constexpr std::uint8_t kNoPrefix = 0x3e;    // of the segment ds, which means nothing in code of 64 bits

std::size_t store_bytes(const ImageAnnex& annex) { return annex.counts ? kCountBytes : kStoreBytes; }

// What stands in front of a program is free for a gigabyte, and so is what is below a library, where the next ones go. Behind a
// program that is loaded at its own addresses there is its heap. The images of one process are not to meet.
ImageAddress place_of(const Image& image) {
  std::uint64_t mixed = 0xcbf29ce484222325;  // FNV-1a
  for (const char c : image.build_id.empty() ? image.path : image.build_id)
    mixed = (mixed ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  const std::uint64_t distance = (512 + mixed % 512) * kMiB;
  const auto& segments = image.segments;
  const std::uint64_t first = segments.empty() ? 0 : raw(segments.front().address);
  if (first < kFixedFrom) return ImageAddress{0 - distance};
  const std::uint64_t end = raw(segments.back().address) + segments.back().size;
  return ImageAddress{(end + distance) / kPageBytes * kPageBytes};
}

bool fits_in_32_bits(std::int64_t value) {
  return value >= std::numeric_limits<std::int32_t>::min() && value <= std::numeric_limits<std::int32_t>::max();
}

enum class Kind : std::uint8_t { plain, branch, jump, call, end, other };

struct Displaced {
  std::uint64_t address = 0;
  std::vector<std::uint8_t> bytes;
  Kind kind = Kind::other;
  std::uint64_t target = 0;      // of a branch, a jump, a call
  std::size_t displacement = 0;  // where it holds the distance to what it names relative to itself; 0: it does not
  bool can_be_finished = false;  // for a task that was found before it
  bool may_fault = false;
  std::uint64_t next() const { return address + bytes.size(); }
};

Kind kind_of(const DecodedCode& decoded, std::span<const std::uint8_t> bytes) {
  switch (decoded.head.meta.category) {
    case ZYDIS_CATEGORY_COND_BR: return is_conditional_jump(bytes) ? Kind::branch : Kind::other;
    case ZYDIS_CATEGORY_UNCOND_BR: return bytes[0] == 0xe9 || bytes[0] == 0xeb ? Kind::jump : Kind::other;
    case ZYDIS_CATEGORY_CALL: return bytes[0] == 0xe8 ? Kind::call : Kind::other;
    case ZYDIS_CATEGORY_RET: return bytes[0] == 0xc3 ? Kind::end : Kind::other;
    case ZYDIS_CATEGORY_SYSCALL:
    case ZYDIS_CATEGORY_SYSRET:
    case ZYDIS_CATEGORY_SYSTEM:
    case ZYDIS_CATEGORY_INTERRUPT:
    case ZYDIS_CATEGORY_IO:
    case ZYDIS_CATEGORY_IOSTRINGOP: return Kind::other;
    default: break;
  }
  switch (decoded.head.mnemonic) {
    case ZYDIS_MNEMONIC_ENDBR64:
    case ZYDIS_MNEMONIC_DIV:  // of a division by zero the program is told the address
    case ZYDIS_MNEMONIC_IDIV:
    case ZYDIS_MNEMONIC_XBEGIN:
    case ZYDIS_MNEMONIC_XEND:
    case ZYDIS_MNEMONIC_UD0:
    case ZYDIS_MNEMONIC_UD1:
    case ZYDIS_MNEMONIC_UD2: return Kind::other;
    default: return Kind::plain;
  }
}

std::optional<Displaced> displaced_at(std::uint64_t address, std::span<const std::uint8_t> code) {
  DecodedCode decoded;
  if (!decode(code, arch::Mode::bits64, decoded)) return std::nullopt;
  const auto bytes = code.first(decoded.head.length);
  Displaced at{address, {bytes.begin(), bytes.end()}, kind_of(decoded, bytes)};
  const bool is_relative = (decoded.head.attributes & ZYDIS_ATTRIB_IS_RELATIVE) != 0;
  if (at.kind == Kind::branch) {
    at.target = at.next() + static_cast<std::uint64_t>(distance_of(bytes));
  } else if (at.kind == Kind::jump || at.kind == Kind::call) {
    at.target = at.next() + static_cast<std::uint64_t>(decoded.head.raw.imm[0].value.s);
  } else if (is_relative) {
    if (decoded.head.raw.disp.size != 32 || decoded.head.address_width != 64) at.kind = Kind::other;
    at.displacement = decoded.head.raw.disp.offset;
  }
  at.can_be_finished = at.kind != Kind::other && can_be_done(bytes, arch::Mode::bits64);
  at.may_fault = !stays_on_stack(bytes, arch::Mode::bits64);
  return at;
}

// A jump to its stub, or, if it is a call, a call, that stands there.
std::array<std::uint8_t, kFlagJump> jump_to(const ImageAnnex& annex, const ImageFlag& flag, ImageAddress from) {
  const std::uint64_t distance = raw(annex.at) + flag.stub - (raw(from) + kFlagJump);
  std::array<std::uint8_t, kFlagJump> bytes{static_cast<std::uint8_t>(flag.is_call ? 0xe8 : 0xe9)};
  for (std::size_t byte = 0; byte < 4; ++byte) bytes[1 + byte] = static_cast<std::uint8_t>(distance >> (8 * byte));
  return bytes;
}

class FlagPlanner {
 public:
  FlagPlanner(const FlagSubject& subject, Image& image) : subject_(subject), image_(image), annex_(image.annex) {}

  void run() {
    for (std::uint32_t probe = 0; probe < image_.probes.size(); ++probe) add_piece(probe);
    add_stubs();
  }

  // Best where a short one finds room for its long jump as well, and else at a probe that stands there anyway.
  std::optional<CounterPlace> place_in(const ControlFlow::Block& block, const std::set<std::uint64_t>& probes) {
    annex_.counts = true;
    std::optional<CounterPlace> place;
    int best = -1;
    std::uint64_t start = block.start;  // behind what stands at the last probe
    for (std::uint64_t at = block.start; at < block.end && best < 5; ++at) {
      if (!subject_.flow.starts_at(at)) continue;
      const auto first = read(at);
      const bool is_probe = probes.contains(at);
      const auto next = probes.upper_bound(at);
      const std::uint64_t end = next == probes.end() ? block.end : std::min(block.end, *next);
      const bool may_be = first && first->can_be_finished && !subject_.own.at(at);
      Piece piece = may_be ? without_room({0, at}, start, end) : Piece();
      const bool is_long = may_be && has_room(piece);
      const bool is_roomy = is_long && piece.before == 0 && !is_call(piece) && go_on_to(piece, 2 * kFlagJump);
      const int rank = (is_roomy ? 4 : is_long ? 2 : 0) + (is_probe ? 1 : 0);
      if ((is_long || is_short(piece)) && rank > best) place = {at, is_long}, best = rank;
      if (is_probe) start = first ? first->next() : block.end;
    }
    return place;
  }

  void count() {
    annex_.counts = true;
    for (const ImageCounter& counter : image_.counters) add_piece(counter.probe);
    find_hosts();
    add_stubs();
  }

 private:
  struct Piece {
    std::uint32_t probe = 0;
    std::vector<Displaced> code;
    std::size_t before = 0;   // instructions of it, up to the probe
    std::size_t store = 0;    // up to where the flag is set
    std::uint64_t limit = 0;  // it may go on up to here
    std::uint64_t via = 0;    // of one that is short; 0: none was found
    std::size_t guests = 0;   // short ones whose long jump stands here
    std::uint64_t start() const { return code.front().address; }
    std::uint64_t end() const { return code.back().next(); }
    std::size_t size() const { return end() - start(); }
  };

  std::optional<Displaced> read(std::uint64_t address) const {
    return displaced_at(address, subject_.code.from(address));
  }

  struct Probe {
    std::uint32_t number;
    std::uint64_t at;
  };

  std::optional<Piece> piece_of(std::uint32_t probe) {
    const std::uint64_t at = raw(image_.probes[probe].address);
    const std::uint32_t number = subject_.flow.block_at(at);
    if (number == ControlFlow::kNone || !subject_.flow.starts_at(at) || image_.probes[probe].original == arch::kInt3)
      return std::nullopt;
    const ControlFlow::Block& block = subject_.flow.blocks()[number];
    if (block.doubtful) return std::nullopt;
    std::uint64_t end = block.end;
    if (probe + 1 < image_.probes.size()) end = std::min(end, raw(image_.probes[probe + 1].address));
    const std::uint64_t start = start_of(block, probe);
    Piece piece = without_room({probe, at}, start, end);
    if (has_room(piece)) return piece;
    if (annex_.counts && is_short(piece)) short_.push_back(std::move(piece));
    return std::nullopt;
  }

  bool has_room(Piece& piece) const {
    if (piece.code.empty()) return false;
    const bool fits = is_call(piece) ? piece.size() == kFlagJump : piece.size() >= kFlagJump;
    return fits && is_free(piece) && place_store(piece);
  }

  bool is_short(Piece& piece) const {
    const bool begins = !piece.code.empty() && !is_call(piece) && piece.before == 0;
    return begins && piece.size() >= kShortJump && is_free(piece) && place_store(piece);
  }

  Piece without_room(Probe probe, std::uint64_t start, std::uint64_t end) const {
    Piece piece{probe.number, {}, 0, 0, end, 0, 0};
    go_on(probe.at, end, piece);
    if (!piece.code.empty() && !is_call(piece) && piece.size() < kFlagJump) go_back(start, piece);
    return piece;
  }

  static bool is_call(const Piece& piece) { return piece.code.front().kind == Kind::call; }

  // A jump of two bytes, and five more for the long one that it leads to.
  bool find_host(Piece& piece) {
    constexpr std::uint64_t kReach = 160;
    const std::uint64_t from = piece.start() + kShortJump;
    auto host = std::lower_bound(pieces_.begin(), pieces_.end(), from - std::min(from, kReach),
                                 [](const Piece& each, std::uint64_t wanted) { return each.start() < wanted; });
    for (; host != pieces_.end() && host->start() < from + kReach; ++host) {
      const std::uint64_t via = host->start() + (host->guests + 1) * kFlagJump;
      const auto distance = static_cast<std::int64_t>(via - from);
      const bool is_near =
          distance >= std::numeric_limits<std::int8_t>::min() && distance <= std::numeric_limits<std::int8_t>::max();
      const bool is_own = subject_.flow.function_of(host->start()) == subject_.flow.function_of(piece.start());
      const bool may_be_one = is_own && !is_call(*host) && host->before == 0;  // who copies a function has both
      if (!is_near || !may_be_one || !go_on_to(*host, (host->guests + 2) * kFlagJump)) continue;
      piece.via = via;
      ++host->guests;
      return true;
    }
    return false;
  }

  void find_hosts() {
    for (Piece& piece : short_)
      if (!find_host(piece)) piece.code.clear();
    std::erase_if(short_, [](const Piece& piece) { return piece.code.empty(); });
    pieces_.insert(pieces_.end(), short_.begin(), short_.end());
    std::sort(pieces_.begin(), pieces_.end(), [](const Piece& a, const Piece& b) { return a.probe < b.probe; });
  }

  // Until it displaces so many bytes. False: it can't, and is as it was.
  bool go_on_to(Piece& piece, std::size_t bytes) const {
    Piece longer = piece;
    while (longer.size() < bytes) {
      auto next = longer.code.back().kind == Kind::plain ? read(longer.end()) : std::nullopt;
      if (!next || next->next() > piece.limit || !next->can_be_finished || next->may_fault) return false;
      if (next->kind == Kind::other || next->kind == Kind::call) return false;
      longer.code.push_back(std::move(*next));
    }
    if (!is_free(longer)) return false;
    piece = std::move(longer);
    return true;
  }

  // Who is in a function that is called is behind the call.
  bool place_store(Piece& piece) const {
    piece.store = piece.before;
    if (!annex_.counts || piece.code.front().kind == Kind::call) return true;
    while (are_flags_in_use(subject_.flow, subject_.code, piece.code[piece.store].address))
      if (piece.store-- == 0) return false;
    return true;
  }

  void add_piece(std::uint32_t probe) {
    if (auto found = piece_of(probe)) pieces_.push_back(std::move(*found));
  }

  void add_stubs() {
    if (pieces_.empty()) return;
    annex_.at = place_of(image_);
    // What is written to lies in other pages than code: processors stop for a write close to what they run, for it may change that.
    annex_.bytes.resize((pieces_.size() * annex_.slot() + kPageBytes - 1) / kPageBytes * kPageBytes);
    for (const Piece& piece : pieces_) add_stub(piece);
    const auto is_homeless = [this](const ImageFlag& flag) {
      return flag.via != ImageAddress{} && host_of(annex_, flag) == nullptr;
    };
    if (std::any_of(annex_.flags.begin(), annex_.flags.end(), is_homeless)) annex_ = {};  // its host is too far away
  }

  // Behind the block's last probe, and behind what stands at it.
  std::uint64_t start_of(const ControlFlow::Block& block, std::uint32_t probe) const {
    if (probe == 0) return block.start;
    const std::uint64_t last = raw(image_.probes[probe - 1].address);
    if (last < block.start) return block.start;
    if (!pieces_.empty() && pieces_.back().probe + 1 == probe) return pieces_.back().end();
    const auto there = read(last);
    return there ? there->next() : block.end;
  }

  void go_on(std::uint64_t at, std::uint64_t end, Piece& piece) const {
    while (at < end && (piece.code.empty() || piece.size() < kFlagJump)) {
      auto next = read(at);
      if (!next || next->next() > end || next->kind == Kind::other) return;
      const bool is_first = piece.code.empty();
      if (next->kind == Kind::call ? !is_first : !is_first && !next->can_be_finished) return;
      if (annex_.counts && !is_first && next->may_fault) return;  // then the jump would have to leave
      at = next->next();
      piece.code.push_back(std::move(*next));
      if (piece.code.back().kind != Kind::plain) return;
    }
  }

  // What becomes the second instruction has to be one that can be finished.
  void go_back(std::uint64_t start, Piece& piece) const {
    const auto may_fault = [](const Displaced& at) { return at.may_fault; };
    if (std::any_of(piece.code.begin(), piece.code.end(), may_fault)) return;
    while (piece.size() < kFlagJump && piece.code.front().can_be_finished && !piece.code.front().may_fault) {
      const auto before = subject_.flow.before_in_block(piece.start());
      auto last = before && *before >= start ? read(*before) : std::nullopt;
      if (!last || last->kind != Kind::plain || last->next() != piece.start()) return;
      piece.code.insert(piece.code.begin(), std::move(*last));
      ++piece.before;
    }
  }

  bool is_free(const Piece& piece) const {
    for (std::uint64_t at = piece.start(); at < piece.end(); ++at)
      if (subject_.own.at(at)) return false;
    const auto watch =
        std::lower_bound(image_.watches.begin(), image_.watches.end(), ImageAddress{piece.start()},
                         [](const ImageWatch& each, ImageAddress wanted) { return each.watch.address < wanted; });
    return watch == image_.watches.end() || raw(watch->watch.address) >= piece.end();
  }

  std::uint64_t here() const { return raw(annex_.at) + annex_.bytes.size(); }
  void put(std::initializer_list<std::uint8_t> bytes) { annex_.bytes.insert(annex_.bytes.end(), bytes); }
  // The distance from behind it, and from `more` further bytes.
  bool put_distance(std::uint64_t to, std::size_t more = 0) {
    const auto distance = static_cast<std::int64_t>(to - (here() + 4 + more));
    for (int byte = 0; byte < 4; ++byte) annex_.bytes.push_back(static_cast<std::uint8_t>(distance >> (8 * byte)));
    return fits_in_32_bits(distance);
  }

  bool put_moved(const Displaced& at) {
    if (at.displacement == 0) {
      annex_.bytes.insert(annex_.bytes.end(), at.bytes.begin(), at.bytes.end());
      return true;
    }
    std::int32_t distance = 0;
    std::memcpy(&distance, &at.bytes[at.displacement], sizeof distance);
    const std::uint64_t named = at.next() + static_cast<std::uint64_t>(std::int64_t{distance});
    const std::size_t behind = at.displacement + sizeof distance;
    annex_.bytes.insert(annex_.bytes.end(), at.bytes.begin(),
                        at.bytes.begin() + static_cast<std::ptrdiff_t>(at.displacement));
    const bool fits = put_distance(named, at.bytes.size() - behind);
    annex_.bytes.insert(annex_.bytes.end(), at.bytes.begin() + static_cast<std::ptrdiff_t>(behind), at.bytes.end());
    return fits;
  }

  bool put_store() {
    const std::uint64_t slot = raw(annex_.at) + annex_.flags.size() * annex_.slot();
    if (annex_.counts) {
      put({kNoPrefix, 0x48, 0xff, 0x05});
      return put_distance(slot);
    }
    put({0xc6, 0x05});
    const bool fits = put_distance(slot, 1);
    put({1});
    return fits;
  }

  bool put_end(const Piece& piece) {
    const Displaced& last = piece.code.back();
    if (last.kind == Kind::end) return true;
    bool fits = true;
    if (last.kind == Kind::branch) {
      const std::uint8_t condition = last.bytes.size() == 2 ? last.bytes[0] & 0xf : last.bytes[1] & 0xf;
      put({0x0f, static_cast<std::uint8_t>(0x80 | condition)});
      fits = put_distance(last.target);
    }
    put({0xe9});
    return put_distance(last.kind == Kind::jump || last.kind == Kind::call ? last.target : piece.end()) && fits;
  }

  void add_stub(const Piece& piece) {
    const std::size_t start = annex_.bytes.size();
    bool fits = true;
    for (std::size_t i = 0; i < piece.code.size(); ++i) {
      if (i == piece.store) fits = put_store() && fits;
      const Kind kind = piece.code[i].kind;
      if (kind == Kind::plain || kind == Kind::end) fits = put_moved(piece.code[i]) && fits;
    }
    if (!put_end(piece) || !fits) return annex_.bytes.resize(start);
    ImageFlag flag{piece.probe, ImageAddress{piece.start()}, {}, 0, 0, is_call(piece), 0, 0, ImageAddress{piece.via}};
    for (std::size_t i = 0; i < piece.code.size(); ++i) {
      const Displaced& at = piece.code[i];
      flag.displaced.insert(flag.displaced.end(), at.bytes.begin(), at.bytes.end());
      if (i < piece.before) flag.before += static_cast<std::uint32_t>(at.bytes.size());
      if (i < piece.store) flag.store += static_cast<std::uint32_t>(at.bytes.size());
    }
    const Displaced& last = piece.code.back();
    if (last.kind == Kind::branch || last.kind == Kind::jump || last.kind == Kind::call)
      flag.last = static_cast<std::uint32_t>(last.bytes.size());
    flag.stub = static_cast<std::uint32_t>(start);
    // Where a probe is, who takes out int3 bytes would take it for one of ours.
    const bool is_within = flag.before != 0 && flag.before < kFlagJump;
    if (is_within && jump_to(annex_, flag, flag.from)[flag.before] == arch::kInt3) return annex_.bytes.resize(start);
    annex_.flags.push_back(std::move(flag));
  }

  const FlagSubject& subject_;
  Image& image_;
  ImageAnnex& annex_;
  std::vector<Piece> pieces_;
  std::vector<Piece> short_;  // those without room for a long jump
};

}  // namespace

void plan_flags(const FlagSubject& subject, Image& image) { FlagPlanner(subject, image).run(); }

void plan_counters(const FlagSubject& subject, Image& image) { FlagPlanner(subject, image).count(); }

std::optional<CounterPlace> place_of_counter(const FlagSubject& subject, const ControlFlow::Block& block,
                                             const std::set<std::uint64_t>& probes) {
  Image none;
  return FlagPlanner(subject, none).place_in(block, probes);
}

std::size_t done_at(const ImageAnnex& annex, const ImageFlag& flag, std::size_t offset_in_stub) {
  if (offset_in_stub < flag.store) return offset_in_stub;
  if (!has_stored(annex, flag, offset_in_stub)) return flag.store;
  const std::size_t done = offset_in_stub - store_bytes(annex);
  return done <= flag.displaced.size() - flag.last ? done : flag.displaced.size();
}

bool has_stored(const ImageAnnex& annex, const ImageFlag& flag, std::size_t offset_in_stub) {
  return offset_in_stub >= flag.store + store_bytes(annex);
}

std::size_t stub_offset_of(const ImageAnnex& annex, const ImageFlag& flag, std::size_t done) {
  return flag.stub + done + (done > flag.store ? store_bytes(annex) : 0);
}

std::size_t lock_of(const ImageFlag& counter) { return counter.stub + counter.store; }

ImageAddress call_target(const ImageFlag& call) {
  std::int32_t distance = 0;
  std::memcpy(&distance, &call.displaced[1], sizeof distance);
  return ImageAddress{raw(call.from) + call.displaced.size() + static_cast<std::uint64_t>(std::int64_t{distance})};
}

std::vector<std::vector<std::uint8_t>> jumps_of(const ImageAnnex& annex) {
  std::vector<std::vector<std::uint8_t>> jumps;
  const auto put = [&jumps](std::size_t number, std::size_t offset, const std::array<std::uint8_t, kFlagJump>& jump) {
    std::copy(jump.begin(), jump.end(), jumps[number].begin() + static_cast<std::ptrdiff_t>(offset));
  };
  for (const ImageFlag& flag : annex.flags) {
    jumps.push_back(flag.displaced);
    if (flag.via == ImageAddress{}) {
      put(jumps.size() - 1, 0, jump_to(annex, flag, flag.from));
    } else {
      jumps.back()[0] = 0xeb;
      jumps.back()[1] = static_cast<std::uint8_t>(raw(flag.via) - (raw(flag.from) + kShortJump));
    }
  }
  for (const ImageFlag& flag : annex.flags)
    if (const ImageFlag* const host = flag.via == ImageAddress{} ? nullptr : host_of(annex, flag))
      put(static_cast<std::size_t>(host - annex.flags.data()), raw(flag.via) - raw(host->from),
          jump_to(annex, flag, flag.via));
  return jumps;
}

const ImageFlag* host_of(const ImageAnnex& annex, const ImageFlag& guest) {
  const auto behind = std::upper_bound(annex.flags.begin(), annex.flags.end(), guest.via,
                                       [](ImageAddress wanted, const ImageFlag& each) { return wanted < each.from; });
  if (behind == annex.flags.begin()) return nullptr;
  const ImageFlag& host = *std::prev(behind);
  const std::uint64_t offset = raw(guest.via) - raw(host.from);
  const bool has_place =
      offset >= kFlagJump && host.displaced.size() >= kFlagJump && offset <= host.displaced.size() - kFlagJump;
  return has_place && host.via == ImageAddress{} && !host.is_call ? &host : nullptr;
}

}  // namespace recount

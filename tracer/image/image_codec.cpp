#include "tracer/image/image_codec.hpp"

#include <algorithm>

#include "tracer/base/packing.hpp"
#include "tracer/code/conditional_jump.hpp"
#include "tracer/code/displaced_instruction.hpp"
#include "tracer/image/flag_plan.hpp"

namespace recount {

// Each structure is taken apart once, for both ways; who adds a member is stopped by the compiler here.
template <typename Archive>
void each_member(Archive& archive, ImageSegment& segment) {
  auto& [offset, size, address] = segment;
  archive(offset, size, address);
}
template <typename Archive>
void each_member(Archive& archive, DynamicLinking& linking) {
  auto& [interpreter, search_path, loads, ptrace, leak_check, needed] = linking;
  archive(interpreter, search_path, loads, ptrace, leak_check, needed);
}
template <typename Archive>
void each_member(Archive& archive, ObjectOutline& outline) {
  auto& [linking, has_debug_info] = outline;
  archive(linking, has_debug_info);
}
template <typename Archive>
void each_member(Archive& archive, Watch& watch) {
  auto& [address, kind] = watch;
  archive(address, kind);
}
template <typename Archive>
void each_member(Archive& archive, ImageWatch& image_watch) {
  auto& [watch, instructions, detoured] = image_watch;
  archive(watch, instructions, detoured);
}
template <typename Archive>
void each_member(Archive& archive, ImageDetour& detour) {
  auto& [from, original, jump, to, code] = detour;
  archive(from, original, jump, to, code);
}
template <typename Archive>
void each_member(Archive& archive, ImageFunction& function) {
  auto& [name, linkage_name, file, line] = function;
  archive(name, linkage_name, file, line);
}
template <typename Archive>
void each_member(Archive& archive, ImageProbe& probe) {
  auto& [address, original, is_thrown_to] = probe;
  archive(address, original, is_thrown_to);
}
template <typename Archive>
void each_member(Archive& archive, ImageLine& image_line) {
  auto& [probe, file, line, function, address, site] = image_line;
  archive(probe, file, line, function, address, site);
}
template <typename Archive>
void each_member(Archive& archive, ImageCounter& counter) {
  auto& [probe, instruction] = counter;
  archive(probe, instruction);
}
template <typename Archive>
void each_member(Archive& archive, ImageFlag& flag) {
  auto& [probe, from, displaced, before, last, is_call, stub, store, via] = flag;
  archive(probe, from, displaced, before, last, is_call, stub, store, via);
}
template <typename Archive>
void each_member(Archive& archive, ImageAnnex& annex) {
  auto& [at, bytes, flags, counts] = annex;
  archive(at, bytes, flags, counts);
}
template <typename Archive>
void each_member(Archive& archive, ImageTerm& term) {
  auto& [file, line, probe, factor] = term;
  archive(file, line, probe, factor);
}
template <typename Archive>
void each_member(Archive& archive, ImageWay& image_way) {
  auto& [jump, way, file, line, number, condition, to_line, told] = image_way;
  archive(jump, way, file, line, number, condition, to_line, told);
}
template <typename Archive>
void each_member(Archive& archive, ImageWitness& witness) {
  auto& [probe, way, address, site] = witness;
  archive(probe, way, address, site);
}
template <typename Archive>
void each_member(Archive& archive, ImageBlock& block) {
  auto& [start, end, dominator] = block;
  archive(start, end, dominator);
}
template <typename Archive>
void each_member(Archive& archive, Image& image) {
  auto& [path, build_id, machine, entry, segments, linking, watches, detours, files, functions, probes, lines, ways,
         witnesses, counters, terms, annex, blocks, reason, remedy, gap, gap_remedy, is_alone] = image;
  archive(path, build_id, machine, entry, segments, linking, watches, detours, files, functions, probes, lines, ways,
          witnesses, counters, terms, annex, blocks, reason, remedy, gap, gap_remedy, is_alone);
}

namespace {

bool ascends(const std::vector<ImageProbe>& probes) {
  return std::is_sorted(probes.begin(), probes.end(),
                        [](const auto& a, const auto& b) { return a.address <= b.address; });
}

bool ascends(const std::vector<ImageWatch>& watches) {
  return std::is_sorted(watches.begin(), watches.end(),
                        [](const auto& a, const auto& b) { return a.watch.address <= b.watch.address; });
}

bool is_sound(const ImageWatch& watch) {
  const WatchKind kind = watch.watch.kind;
  return !watch.instructions.empty() && kind >= kWatchKindFirst && kind <= kWatchKindLast &&
         (!is_of_way(kind) || is_conditional_jump(watch.instructions));
}

bool is_sound(const ImageDetour& detour) { return detour.original.size() == detour.jump.size(); }

bool is_sound(const std::vector<ImageBlock>& blocks) {
  const auto is_known = [&blocks](const ImageBlock& b) {
    return b.dominator == ImageBlock::kNone || b.dominator < blocks.size();
  };
  return std::all_of(blocks.begin(), blocks.end(), is_known) &&
         std::is_sorted(blocks.begin(), blocks.end(), [](const auto& a, const auto& b) { return a.start < b.start; });
}

bool has_sound_ways(const Image& image) {
  const auto way_is_sound = [&image](const ImageWay& way) {
    return way.file < image.files.size() && way.way != Way::none &&
           (bits_of(way.way) < kFirstCase || way.told != ImageWay::Told::by_watch);
  };
  const auto witness_is_sound = [&image](const ImageWitness& witness) {
    return witness.probe < image.probes.size() && witness.site < image.probes.size() && witness.way < image.ways.size();
  };
  return std::all_of(image.ways.begin(), image.ways.end(), way_is_sound) &&
         std::all_of(image.witnesses.begin(), image.witnesses.end(), witness_is_sound);
}

bool has_sound_counters(const Image& image) {
  const auto counter_is_sound = [&image](const ImageCounter& counter) {
    return counter.probe < image.probes.size() && can_be_done(counter.instruction, arch::mode_of(image.elf_machine));
  };
  const auto term_is_sound = [&image](const ImageTerm& term) {
    return term.file < image.files.size() && (term.probe == ImageTerm::kNone || term.probe < image.probes.size());
  };
  return std::is_sorted(image.counters.begin(), image.counters.end(),
                        [](const auto& a, const auto& b) { return a.probe <= b.probe; }) &&
         std::all_of(image.counters.begin(), image.counters.end(), counter_is_sound) &&
         std::all_of(image.terms.begin(), image.terms.end(), term_is_sound);
}

bool is_sound(const Image& image, const ImageAnnex& annex) {
  const auto flag_is_sound = [&](const ImageFlag& flag) {
    const std::size_t size = flag.displaced.size();
    const bool is_whole_call = !flag.is_call || (flag.via == ImageAddress{} && size == kFlagJump);
    return flag.probe < image.probes.size() && std::uint64_t{flag.before} + flag.last <= size && flag.before < size &&
           is_whole_call && flag.displaced.size() >= (flag.via == ImageAddress{} ? kFlagJump : kShortJump) &&
           flag.stub < annex.bytes.size() && flag.store <= flag.before && annex.bytes.size() - flag.stub > flag.store;
  };
  const auto has_host = [&annex](const ImageFlag& flag) {
    return flag.via == ImageAddress{} || host_of(annex, flag) != nullptr;
  };
  const auto are_apart = [](const ImageFlag& a, const ImageFlag& b) {
    return raw(a.from) + a.displaced.size() <= raw(b.from) && raw(a.from) <= raw(b.from);
  };
  const auto overlaps = [&are_apart](const ImageFlag& a, const ImageFlag& b) { return !are_apart(a, b); };
  return annex.flags.size() <= annex.bytes.size() / annex.slot() &&
         std::all_of(annex.flags.begin(), annex.flags.end(), flag_is_sound) &&
         std::adjacent_find(annex.flags.begin(), annex.flags.end(), overlaps) == annex.flags.end() &&
         std::all_of(annex.flags.begin(), annex.flags.end(), has_host) &&
         std::is_sorted(annex.flags.begin(), annex.flags.end(),
                        [](const auto& a, const auto& b) { return a.probe <= b.probe || a.stub <= b.stub; });
}

bool is_sound(const Image& image) {
  const auto line_is_sound = [&image](const ImageLine& line) {
    const bool named = line.function == ImageLine::kNoFunction || line.function < image.functions.size();
    return named && line.probe < image.probes.size() && line.site < image.probes.size() &&
           line.file < image.files.size() && line.line != 0;
  };
  return ascends(image.probes) && has_sound_ways(image) && has_sound_counters(image) && is_sound(image.blocks) &&
         ascends(image.watches) && is_sound(image, image.annex) && image.probes.empty() == !image.reason.empty() &&
         std::all_of(image.lines.begin(), image.lines.end(), line_is_sound) &&
         std::all_of(image.functions.begin(), image.functions.end(),
                     [&image](const ImageFunction& function) { return function.file < image.files.size(); }) &&
         std::all_of(image.detours.begin(), image.detours.end(),
                     [](const ImageDetour& detour) { return is_sound(detour); }) &&
         std::all_of(image.watches.begin(), image.watches.end(),
                     [](const ImageWatch& watch) { return is_sound(watch); });
}

}  // namespace

std::string packed(Image image) { return pack(image); }
std::string packed(ObjectOutline outline) { return pack(outline); }

std::optional<Image> unpacked_image(std::span<const std::uint8_t> bytes) {
  auto image = unpacked<Image>(bytes);
  return image && is_sound(*image) ? std::move(image) : std::nullopt;
}

std::optional<ObjectOutline> unpacked_outline(std::span<const std::uint8_t> bytes) {
  return unpacked<ObjectOutline>(bytes);
}

}  // namespace recount

#include "tracer/stop/quiet_lines.hpp"

#include <algorithm>

namespace recount {
namespace {

class QuietLines {
 public:
  QuietLines(const StoredImage& stored, LoadBias bias, const AddressSpace& memory, ExecId exec, const Annexes& annexes)
      : stored_(stored), image_(stored.image), bias_(bias), memory_(memory), exec_(exec), annexes_(annexes) {}

  // Of the block around `pc` those that begin before `end`, and of its dominators all.
  std::vector<Reached> up_to(ImageAddress pc, ImageAddress end) {
    const auto after =
        std::upper_bound(image_.blocks.begin(), image_.blocks.end(), pc,
                         [](ImageAddress address, const ImageBlock& block) { return address < block.start; });
    if (after == image_.blocks.begin() || std::prev(after)->end <= pc) return {};
    const ImageBlock* block = &*std::prev(after);
    add(block->start, end);
    for (std::size_t steps = 0; block->dominator != ImageBlock::kNone && steps < image_.blocks.size(); ++steps) {
      block = &image_.blocks[block->dominator];
      add(block->start, block->end);
    }
    return std::move(reached_);
  }

 private:
  using Place = std::vector<QuietPlace>::const_iterator;

  void add(ImageAddress start, ImageAddress end) {
    const auto& quiet = stored_.quiet;
    const auto first =
        std::lower_bound(quiet.begin(), quiet.end(), start,
                         [](const QuietPlace& place, ImageAddress wanted) { return place.address < wanted; });
    for (auto at = first; at != quiet.end() && at->address < end; ++at) {
      const Reached reached{ProbeId{raw(stored_.table->first) + at->probe}, at->address, bias_, exec_};
      const bool is_new = reached_.empty() || reached_.back() != reached;  // a line and a way may begin there
      if (at->probe == at->site && is_new && !is_told(first, quiet.end(), *at)) reached_.push_back(reached);
    }
  }

  bool is_told(Place from, Place end, const QuietPlace& place) const {
    for (; from != end && from->address <= place.address; ++from)
      if (from->address == place.address && from->what == place.what && !is_planted(from->probe)) return true;
    return false;
  }
  bool is_planted(std::uint32_t probe) const {
    const auto at = memory_.find(image_.probes[probe].address + bias_);
    return at && (at->by_flag ? !annexes_.is_set(memory_, {stored_.id, bias_}, probe) : at->planted);
  }

  const StoredImage& stored_;
  const Image& image_;
  LoadBias bias_;
  const AddressSpace& memory_;
  ExecId exec_;
  const Annexes& annexes_;
  std::vector<Reached> reached_;
};

}  // namespace

std::vector<Reached> quiet_lines(const StoppedAt& stop, const AddressSpace& memory, const ImageStore& images,
                                 const Annexes& annexes) {
  std::vector<Reached> reached;
  for (const Placed image : memory.images()) {
    const ImageAddress pc = stop.pc - image.bias;
    const ImageAddress end{raw(pc) + (stop.has_begun ? 1 : 0)};
    const auto found = QuietLines(images.at(image.image), image.bias, memory, stop.exec, annexes).up_to(pc, end);
    reached.insert(reached.end(), found.begin(), found.end());
  }
  return reached;
}

}  // namespace recount

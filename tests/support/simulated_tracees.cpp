#include "tests/support/simulated_tracees.hpp"

#include <algorithm>

namespace recount::simulated {
namespace {

constexpr std::uint8_t kInt3 = 0xcc, kPush = 0x55;

std::shared_ptr<const StoredImage> stored(const Image& image) {
  auto out = std::make_shared<StoredImage>();
  out->id = image.table->image;
  out->table = image.table;
  out->image.path = "/bin/program-" + std::to_string(raw(out->id));
  for (const ImageAddress address : image.table->addresses) {
    const auto& own = image.table->own_int3;
    out->image.probes.push_back({address, std::binary_search(own.begin(), own.end(), address) ? kInt3 : kPush});
  }
  for (const Watch& watch : image.table->watches) out->image.watches.push_back({watch, {kPush}});
  out->image.files = {"/src/a.c"};
  for (const ImageAddress address : image.table->counted)
    out->image.terms.push_back({0, 1, probe_at(out->image, raw(address)), 1});
  if (out->image.probes.empty()) out->image.reason = "it has no debug information";
  return out;
}

}  // namespace

Observation SimulatedTracees::first() {
  for (const Image& image : run_.plan().images) images_.push_back(stored(image));
  return told(run_.kernel().first());
}

Observation SimulatedTracees::next() {
  hear_of_failure();
  run_.answered();
  before_next_();
  return told(run_.next());
}

void SimulatedTracees::hear_of_failure() {
  if (recorder_->outcome().events == run_.rows()) return;
  has_heard_ = true;
  told(run_.kernel().recording_failed(0));
}

Observation SimulatedTracees::told(const Observation& observation) {
  run_.happened(observation);
  return observation;
}

int SimulatedTracees::perform(const Action& action) {
  hear_of_failure();
  if (run_.agenda().empty() || !(run_.agenda().next() == action))
    throw Failure("the recorder does something that the machine did not decide");
  return run_.perform();
}

}  // namespace recount::simulated

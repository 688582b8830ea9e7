#include "tracer/image/image_flow.hpp"

#include "tracer/code/data_bytes.hpp"
#include "tracer/code/landing_pads.hpp"

namespace recount {

std::optional<ControlFlow> flow_of(const FlowSubject& subject, const CodeBytes& code) {
  const DataBytes data(subject.program);
  const UnwindPlaces unwind = unwind_places_of(subject.program);
  if (!data.is_known() || !unwind.is_whole) return std::nullopt;
  std::optional<ControlFlow> flow(code);
  for (const AddressRange& range : subject.ranges) flow->add_range(range.start, range.end);
  for (const std::uint64_t function : subject.functions) flow->add_function(function);
  for (const std::uint64_t function : unwind.functions) flow->add_function(function);
  const auto add_function = [&](std::uint64_t address) { flow->add_function(address); };
  each_code_symbol(subject.program, add_function);
  if (subject.debug != subject.program) each_code_symbol(subject.debug, add_function);
  for (const std::uint64_t pad : unwind.pads) flow->add_pad(pad);
  for (const std::uint64_t base : data.bases()) flow->add_base(base);
  data.each_address([&](std::uint64_t address) { flow->add_entry(address); });
  flow->decode();
  for (const std::uint64_t table : flow->tables(data.is_placed())) {
    const auto bytes = data.from(table);
    flow->add_table(table, bytes.empty() ? code.from(table) : bytes);
  }
  std::vector<std::uint64_t> led_to;
  data.each_distance([&](std::uint64_t place, std::uint64_t target) {
    if (flow->starts_at(target) && !flow->is_in_table(place)) led_to.push_back(target);
  });
  for (const std::uint64_t target : led_to) flow->add_entry(target);
  flow->build(data.is_placed());
  return flow;
}

}  // namespace recount

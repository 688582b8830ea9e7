#include "schema/vocabulary/observation.hpp"

#include "schema/vocabulary/kinds.hpp"

namespace recount {

std::optional<observed::Any> observation_of(EventKind kind) { return of_kind<observed::Any>(kind); }

const Birth* birth_in(const Observation& observation) noexcept {
  if (const auto* const fork = observation.as<observed::EventFork>()) return &fork->birth;
  if (const auto* const vfork = observation.as<observed::EventVfork>()) return &vfork->birth;
  if (const auto* const clone = observation.as<observed::EventClone>()) return &clone->birth;
  return nullptr;
}

bool is_thread(EventKind origin, const Birth& birth) noexcept {
  return birth.tgid == Tid{} ? origin == EventKind::event_clone : birth.tgid != birth.child;
}

bool is_in_same_memory(EventKind origin, const Birth& birth) noexcept {
  const bool by_name = origin == EventKind::event_vfork || is_thread(origin, birth);
  return birth.memory == MemorySharing::unknown ? by_name : birth.memory == MemorySharing::shared;
}

const Usage* usage_in(const Observation& observation) noexcept {
  if (const auto* const end = observation.as<observed::Exited>()) return &end->usage;
  if (const auto* const end = observation.as<observed::Signaled>()) return &end->usage;
  return nullptr;
}

const SigInfo* siginfo_in(const Observation& observation) noexcept {
  if (const auto* const stop = observation.as<observed::SignalDeliveryStop>()) return &stop->siginfo;
  if (const auto* const signal = observation.as<observed::RecorderSignal>()) return &signal->siginfo;
  return nullptr;
}

const ExecDetail* program_in(const Observation& observation) noexcept {
  if (const auto* const exec = observation.as<observed::EventExec>()) return &exec->program;
  if (const auto* const survey = observation.as<observed::Surveyed>()) return &survey->program;
  return nullptr;
}

std::span<const Placed> placed_in(const Observation& observation) noexcept {
  if (const auto* const stop = observation.as<observed::SignalDeliveryStop>()) return stop->placed;
  if (const auto* const exec = observation.as<observed::EventExec>()) return exec->placed;
  if (const auto* const survey = observation.as<observed::Surveyed>()) return survey->placed;
  return {};
}

}  // namespace recount

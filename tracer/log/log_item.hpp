// What the recorder hands to the log: the run as it starts, and then, one after the other, events, images, sources, diagnostics and crashes.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "schema/machine/machine.hpp"
#include "schema/shared/ctest_list.hpp"
#include "tracer/crash/crash.hpp"
#include "tracer/image/image_store.hpp"
#include "tracer/log/diagnostic.hpp"

namespace recount {

struct RunInfo {
  std::vector<std::string> argv;
  std::vector<std::string> source_roots;
  bool coverage = true;
  ProbesPer probes_per = ProbesPer::line;
  bool counts = false;  // executions of lines
  Rules rules;
  std::map<std::string, std::string> tags;
  std::vector<TestCommand> tests;  // that ctest has
};

struct RunEnd {
  std::string status;
  std::int64_t duration_ns = 0;
  Seq events = 0;
};

struct EventItem {
  TraceEvent event;
  std::vector<Fact> births;
  std::optional<std::int64_t> stopped_ns{};  // at the end of a process: how long it stood still for the recorder
};

// What the text of a source file was when lines of an image were taken from it.
struct SourceItem {
  std::string path;
  ImageId image{};
  bool newer = false;                          // than the image
  std::string hash;                            // empty: it is not kept
  std::string reason;                          // why not
  std::int64_t size = 0;                       // of the text
  std::shared_ptr<const std::string> content;  // as it is stored; null: another item brought the same text
};

struct CrashItem {
  Seq seq = 0;  // of the stop; where nothing stopped, of the snapshot
  std::shared_ptr<const Crash> crash;
};

// The bytes of a row of trace_output are not wanted any more.
struct DroppedOutput {
  Seq seq = 0;
};

using LogItem =
    std::variant<EventItem, std::shared_ptr<const StoredImage>, SourceItem, Diagnostic, CrashItem, DroppedOutput>;

}  // namespace recount

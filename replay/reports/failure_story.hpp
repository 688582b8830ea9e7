// A failure with all that is told of it: the signal that it died of, where its threads stood, what it said, and the lines before
// the end.
//
//   Stories stories(log, last, sources);             // after Recount(log).run(&last)
//   for (const Failure& failure : failures_of(last.history())) tell(stories.of(failure));
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "replay/log/dictionary.hpp"
#include "replay/log/source_text.hpp"
#include "replay/recount/crashes.hpp"
#include "replay/recount/failure_output.hpp"
#include "replay/recount/failures.hpp"
#include "replay/recount/last_lines.hpp"

namespace recount {

struct FatalSignal {
  const SignalRecord* record = nullptr;
  std::optional<std::int32_t> code;  // of its siginfo; SIGKILL has none
  std::uint64_t address = 0;         // if the code says that there is one
};

struct PlacedLine {
  ReachedLine reached;
  std::string file;
  std::uint32_t line = 0;
  std::string function;
  std::string text;  // of the source; "" if there is none
};

// One failure with all that is told of it.
struct Story {
  const Failure& failure;
  const FailureOutput& said;
  std::optional<FatalSignal> signal;
  std::optional<CrashRecord> crash;
  std::optional<FrameRecord> where;  // of a crash: the innermost of our sources, else of any
  std::string title;                 // what it called itself when it crashed; "" if that was its command line
  Tid thread{};                      // whose lines they are
  std::vector<PlacedLine> lines;
  std::string signature;  // the same for failures that are alike, in this run and in others
};

class Stories {
 public:
  Stories(const LogFile& log, const LastLines& last, const Sources& sources,
          SourceText texts = SourceText());  // the first three must stay
  Story of(const Failure& failure);
  const SourceText& texts() const noexcept { return texts_; }
  std::string text_of(const FrameRecord& frame) const;  // of its line; "" if nobody knows
  std::string text_of(const FailedCheck& check) const;  // likewise

 private:
  std::optional<FatalSignal> signal_of(const ProcessRecord& process);
  const ThreadRecord* thread_of(const Story& story) const;
  bool is_at(const SourceLine& line, const FailedCheck& check) const;
  PlacedLine placed(const ReachedLine& reached);
  std::string title_of(const CrashRecord& crash, const ProcessRecord& process) const;
  bool is_own(const FrameRecord& frame) const;
  std::optional<FrameRecord> frame_of(const CrashRecord& crash) const;
  std::string signature_of(const Story& story) const;

  const LogFile& log_;
  const LastLines& last_;
  const History& history_;
  const Sources& sources_;
  SourceText texts_;
  Statement siginfo_;
  Crashes crashes_;
  FailureOutputs outputs_;
  Names names_;
  std::unordered_set<std::string> files_;  // that the log has lines of
};

// What `failures --format json` says of it.
nlohmann::ordered_json failure_json(const LogFile& log, const History& history, const Names& names,
                                    const Stories& stories, const Story& story);

}  // namespace recount

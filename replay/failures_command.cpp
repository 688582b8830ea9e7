// failures: what failed, first cause first, and what each had just done.
#include <algorithm>
#include <optional>
#include <ostream>

#include "replay/command.hpp"
#include "replay/crash_record.hpp"
#include "replay/dictionary.hpp"
#include "replay/failures.hpp"
#include "replay/last_lines.hpp"
#include "replay/signal_words.hpp"
#include "replay/source_options.hpp"

namespace recount {
namespace {

constexpr std::size_t kShown = 20;

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
  std::optional<FatalSignal> signal;
  std::optional<CrashRecord> crash;
  Tid thread{};  // whose lines they are
  std::vector<PlacedLine> lines;
};

class Stories {
 public:
  Stories(const LogFile& log, const LastLines& last, const Sources& sources)
      : last_(last), history_(last.history()), sources_(sources), siginfo_(log.database(), kSiginfoSql), crashes_(log) {
    texts_.add(log);
    for (const SignalRecord& signal : history_.signals())
      if (signal.fatal) fatal_[raw(signal.upid)] = &signal;
  }

  Story of(const Failure& failure) {
    Story story{failure, signal_of(*failure.process), {}, {}, {}};
    if (story.signal) story.crash = crashes_.at(story.signal->record->seq, story.signal->record->tid);
    const ThreadRecord* const thread = thread_of(*failure.process, story.signal);
    if (!thread) return story;
    story.thread = thread->tid;
    for (const ReachedLine& reached : last_.of(*thread)) story.lines.push_back(placed(reached));
    return story;
  }
  const SourceText& texts() const noexcept { return texts_; }
  std::string text_of(const FrameRecord& frame) const { return frame.line == 0 ? "" : texts_.line(frame.file, frame.line); }

 private:
  static constexpr const char* kSiginfoSql = "SELECT code, coalesce(address, 0) FROM trace_siginfo WHERE seq = ?";

  std::optional<FatalSignal> signal_of(const ProcessRecord& process) {
    const auto found = fatal_.find(raw(process.upid));
    if (found == fatal_.end()) return std::nullopt;
    FatalSignal signal{found->second, std::nullopt, 0};
    siginfo_.bind(1, static_cast<std::int64_t>(signal.record->seq));
    if (siginfo_.step()) {
      signal.code = static_cast<std::int32_t>(siginfo_.integer(0));
      signal.address = static_cast<std::uint64_t>(siginfo_.integer(1));
    }
    siginfo_.reset();
    return signal;
  }

  // The one that the signal was for; of what ended by itself, the one that reached a line last.
  const ThreadRecord* thread_of(const ProcessRecord& process, const std::optional<FatalSignal>& signal) const {
    const ThreadRecord* found = nullptr;
    for (const std::size_t at : process.threads) {
      const ThreadRecord& thread = history_.threads()[at];
      if (signal && signal->code && thread.tid == signal->record->tid) return &thread;
      const auto& lines = last_.of(thread);
      if (!lines.empty() && (!found || last_.of(*found).back().seq < lines.back().seq)) found = &thread;
    }
    return found;
  }

  PlacedLine placed(const ReachedLine& reached) {
    const SourceLine& at = sources_.lines()[reached.line];
    const bool known = reached.function != Sources::kNoFunction;
    PlacedLine line{reached, sources_.files()[at.file], at.line, known ? sources_.functions()[reached.function].name : "", ""};
    line.text = texts_.line(line.file, at.line);
    return line;
  }

  const LastLines& last_;
  const History& history_;
  const Sources& sources_;
  SourceText texts_;
  Statement siginfo_;
  CrashRecords crashes_;
  std::unordered_map<std::uint32_t, const SignalRecord*> fatal_;
};

// --- text ------------------------------------------------------------------------------------------------------------

class FailuresText {
 public:
  FailuresText(const Request& request, const History& history, Stories& stories)
      : request_(request), out_(request.out()), history_(history), stories_(stories), names_(request.log) {}

  void write(const std::vector<Failure>& failures) {
    const std::size_t processes = history_.processes().size();
    if (failures.empty()) {
      out_ << "none of " << count_text(processes, "process") << " failed\n";
      return;
    }
    out_ << request_.paint().strong(std::to_string(failures.size()) + " of " + count_text(processes, "process") + " failed") << '\n';
    const std::size_t shown = request_.options.count("all") ? failures.size() : std::min(failures.size(), kShown);
    for (std::size_t i = 0; i < shown; ++i) {
      if (i == 0 || failures[i].reached_top != failures[i - 1].reached_top) write_group(failures[i]);
      write_failure(i + 1, stories_.of(failures[i]));
    }
    if (shown < failures.size()) out_ << "\nand " << failures.size() - shown << " more: --all shows them\n";
  }

 private:
  void say(const std::string& sentence) { out_ << "   " << sentence << '\n'; }
  static std::string pid_of(const ProcessRecord& process) { return "pid " + std::to_string(raw(process.pid)); }
  std::string ending(const ProcessRecord& process, const Paint& paint) const {
    return ending_text(paint, true, process.status, names_.signal(process.status.term_signal()));
  }
  std::string program(const ProcessRecord& process) const { return argv_text(argv_of(history_, process)); }

  void write_group(const Failure& failure) {
    if (!failure.reached_top) out_ << "\nAfter these the run went on:\n";
  }

  void write_failure(std::size_t number, const Story& story) {
    const ProcessRecord& process = *story.failure.process;
    out_ << '\n' << number << ". " << ending(process, request_.paint()) << ": " << program(process) << '\n';
    if (story.failure.passed_on) return write_passed_on(story);
    write_signal(story);
    const ExecRecord* const exec = history_.program_of(process);
    say(pid_of(process) + ", process " + std::to_string(raw(process.upid)) + ", after " +
        duration_text(*process.end_ns - process.start_ns) + ", " + duration_text(*process.end_ns) + " into the run" +
        (exec ? ", in " + visible(exec->cwd) : ""));
    write_chain(process);
    for (const ProcessRecord* const child : story.failure.before)
      say("before it, " + pid_of(*child) + " failed (" + ending(*child, Paint(false)) + "): " + program(*child));
    if (story.crash) write_crash(*story.crash);
    write_lines(story);
  }

  void write_crash(const CrashRecord& crash) {
    for (const BacktraceRecord& backtrace : crash.backtraces) {
      const bool is_first = &backtrace == crash.backtraces.data();
      say((is_first ? "thread " : "beside it, thread ") + std::to_string(backtrace.tid) + " was in:");
      for (const FrameRecord& frame : backtrace.frames) write_frame(frame);
    }
    if (!crash.reason.empty()) say("there is no more of it: " + visible(crash.reason));
  }

  void write_frame(const FrameRecord& frame) {
    const std::string place = frame.line == 0 ? visible(frame.image) : visible(frame.file) + ":" + std::to_string(frame.line);
    const std::string text = visible(stories_.text_of(frame));
    say("  " + request_.paint().strong(shortened(visible(frame.name()), kNameMax)) + (frame.inlined ? " (inlined)" : "") +
        (place.empty() ? "" : "  at " + place) + (text.empty() ? "" : "  " + request_.paint().faint(text)));
  }

  void write_passed_on(const Story& story) {
    const ProcessRecord& process = *story.failure.process;
    const ProcessRecord& child = *story.failure.passed_on;
    say(pid_of(process) + " only passes on what " + pid_of(child) + " ended with (" + ending(child, Paint(false)) +
        "): " + program(child));
  }

  void write_signal(const Story& story) {
    if (!story.signal || !story.signal->code) return;
    const FatalSignal& signal = *story.signal;
    const int number = signal.record->signal;
    std::string text = code_word(number, *signal.code);
    if (has_address(number, *signal.code)) text += " at address " + hex_text(signal.address);
    if (signal.record->sender != 0) text += ", sent by pid " + std::to_string(signal.record->sender);
    say(text + ", in thread " + std::to_string(raw(signal.record->tid)));
  }

  void write_chain(const ProcessRecord& process) {
    for (const ProcessRecord* const above : chain_of(history_, process))
      say("run by " + pid_of(*above) + ": " + program(*above));
  }

  void write_lines(const Story& story) {
    if (story.lines.empty()) return;
    say("the last lines that thread " + std::to_string(raw(story.thread)) + " reached for the first time:");
    std::size_t places = 0, functions = 0;
    for (const PlacedLine& line : story.lines) {
      places = std::max(places, width_of(place_of(line)));
      functions = std::max(functions, width_of(function_of(line)));
    }
    for (const PlacedLine& line : story.lines)
      say("  " + padded(place_of(line), places) + "  " + padded(function_of(line), functions) + "  " +
          request_.paint().faint(visible(line.text)));
  }

  static std::string place_of(const PlacedLine& line) { return visible(line.file) + ":" + std::to_string(line.line); }
  static std::string function_of(const PlacedLine& line) { return shortened(visible(line.function), kNameMax); }
  static std::string padded(const std::string& text, std::size_t width) {
    return text + std::string(width - width_of(text), ' ');
  }

  static constexpr std::size_t kNameMax = 60;
  const Request& request_;
  std::ostream& out_;
  const History& history_;
  Stories& stories_;
  Names names_;
};

// --- JSON ------------------------------------------------------------------------------------------------------------

Json process_json(const History& history, const ProcessRecord& process) {
  return {{"upid", raw(process.upid)}, {"pid", raw(process.pid)}, {"argv", argv_json(argv_of(history, process))}};
}

Json signal_json(const FatalSignal& signal, const Names& names) {
  const int number = signal.record->signal;
  const bool placed = signal.code && has_address(number, *signal.code);
  return {{"seq", signal.record->seq},
          {"time_ns", signal.record->time_ns},
          {"tid", raw(signal.record->tid)},
          {"signal", number},
          {"name", names.signal(number)},
          {"code", signal.code ? Json(*signal.code) : Json(nullptr)},
          {"code_name", signal.code ? Json(code_word(number, *signal.code)) : Json(nullptr)},
          {"address", placed ? Json(hex_text(signal.address)) : Json(nullptr)},
          {"sender_pid", signal.record->sender != 0 ? Json(signal.record->sender) : Json(nullptr)}};
}

Json lines_json(const Story& story) {
  Json lines = Json::array();
  for (const PlacedLine& line : story.lines)
    lines.push_back({{"seq", line.reached.seq},
                     {"time_ns", line.reached.time_ns},
                     {"file", line.file},
                     {"line", line.line},
                     {"function", line.function.empty() ? Json(nullptr) : Json(line.function)},
                     {"text", line.text}});
  return lines;
}

Json frames_json(const BacktraceRecord& backtrace, const Stories& stories) {
  const auto or_null = [](const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); };
  Json frames = Json::array();
  for (const FrameRecord& frame : backtrace.frames)
    frames.push_back({{"function", or_null(frame.function)},
                      {"inlined", frame.inlined},
                      {"file", or_null(frame.file)},
                      {"line", frame.line == 0 ? Json(nullptr) : Json(frame.line)},
                      {"text", stories.text_of(frame)},
                      {"address", hex_text(frame.address)},
                      {"image", or_null(frame.image)},
                      {"image_address", frame.image_address ? Json(hex_text(*frame.image_address)) : Json(nullptr)}});
  return frames;
}

Json crash_json(const CrashRecord& crash, const Stories& stories) {
  Json json{{"reason", crash.reason.empty() ? Json(nullptr) : Json(crash.reason)}, {"took_ns", crash.took_ns}};
  Json& backtraces = json["backtraces"] = Json::array();
  for (const BacktraceRecord& backtrace : crash.backtraces)
    backtraces.push_back({{"tid", backtrace.tid}, {"frames", frames_json(backtrace, stories)}});
  Json& registers = json["registers"] = Json::object();
  for (const auto& [name, value] : crash.registers) registers[name] = hex_text(value);
  Json& images = json["images"] = Json::array();
  for (const CrashImageRecord& image : crash.images)
    images.push_back({{"start", hex_text(image.start)},
                      {"end", hex_text(image.end)},
                      {"path", image.path},
                      {"build_id", image.build_id.empty() ? Json(nullptr) : Json(image.build_id)}});
  return json;
}

Json failure_json(const LogFile& log, const History& history, const Names& names, const Stories& stories, const Story& story) {
  const Failure& failure = story.failure;
  const ProcessRecord& process = *failure.process;
  const WaitStatus status = process.status;
  const ExecRecord* const exec = history.program_of(process);
  Json json = process_json(history, process);
  if (log.merged()) json["run_uuid"] = log.run_of(process.upid).uuid;
  json["part"] = word_of(failure.part);
  json["reached_top"] = failure.reached_top;
  json["passes_on_upid"] = failure.passed_on ? Json(raw(failure.passed_on->upid)) : Json(nullptr);
  json["exit_code"] = status.exited() ? Json(status.exit_code()) : Json(nullptr);
  json["term_signal"] = status.signaled() ? Json(status.term_signal()) : Json(nullptr);
  json["core_dumped"] = status.signaled() && status.core_dumped();
  json["cwd"] = exec ? Json(exec->cwd) : Json(nullptr);
  json["start_ns"] = process.start_ns;
  json["end_ns"] = *process.end_ns;
  json["duration_ns"] = *process.end_ns - process.start_ns;
  json["signal"] = story.signal ? signal_json(*story.signal, names) : Json(nullptr);
  json["crash"] = story.crash ? crash_json(*story.crash, stories) : Json(nullptr);
  Json& chain = json["run_by"] = Json::array();
  for (const ProcessRecord* const above : chain_of(history, process)) chain.push_back(process_json(history, *above));
  Json& before = json["failed_before"] = Json::array();
  for (const ProcessRecord* const child : failure.before) before.push_back(raw(child->upid));
  json["last_lines_tid"] = story.lines.empty() ? Json(nullptr) : Json(raw(story.thread));
  json["last_lines"] = lines_json(story);
  return json;
}

}  // namespace

void add_failures_options(cxxopts::Options& options) {
  options.add_options()("all", "as text, show all, not the first " + std::to_string(kShown));
}

int run_failures(const Request& request) {
  const Sources sources(request.log);
  LastLines last(request.log, sources);
  const Verdict verdict = Recount(request.log).run(&last);
  const std::vector<Failure> failures = failures_of(last.history());
  Stories stories(request.log, last, sources);
  if (request.json()) {
    const Names names(request.log);
    Json json;
    add_runs(json, request.log);
    json["processes"] = last.history().processes().size();
    Json& all = json["failures"] = Json::array();
    for (const Failure& failure : failures)
      all.push_back(failure_json(request.log, last.history(), names, stories, stories.of(failure)));
    write_json(request.out(), json);
  } else {
    FailuresText(request, last.history(), stories).write(failures);
  }
  warn_of_disk(stories.texts());
  warn_of_divergence(request, verdict);
  return kYes;
}

}  // namespace recount

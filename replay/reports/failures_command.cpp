// failures: what failed, first cause first, and what each had just done.
#include <algorithm>
#include <ostream>
#include <sstream>

#include "replay/command/command.hpp"
#include "replay/coverage/source_options.hpp"
#include "replay/log/dictionary.hpp"
#include "replay/reports/failure_story.hpp"
#include "replay/text/markdown_text.hpp"
#include "replay/text/signal_words.hpp"

namespace recount {
namespace {

constexpr std::size_t kShown = 20;

// --- text ------------------------------------------------------------------------------------------------------------

class FailuresText {
 public:
  FailuresText(const Request& request, std::ostream& out, Paint paint, const History& history, Stories& stories)
      : request_(request), out_(out), paint_(paint), history_(history), stories_(stories), names_(request.log) {}

  void write(const std::vector<Failure>& failures) {
    const std::size_t processes = history_.processes().size();
    if (failures.empty()) {
      out_ << "none of " << count_text(processes, "process") << " failed\n";
      return;
    }
    out_ << paint_.strong(std::to_string(failures.size()) + " of " + count_text(processes, "process") + " failed")
         << '\n';
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
    out_ << '\n' << number << ". " << ending(process, paint_) << ": " << program(process) << '\n';
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
    const std::string place =
        frame.line == 0 ? visible(frame.image) : visible(frame.file) + ":" + std::to_string(frame.line);
    const std::string text = visible(stories_.text_of(frame));
    say("  " + paint_.strong(shortened(visible(frame.name()), kNameMax)) + (frame.inlined ? " (inlined)" : "") +
        (place.empty() ? "" : "  at " + place) + (text.empty() ? "" : "  " + paint_.faint(text)));
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
          paint_.faint(visible(line.text)));
  }

  static std::string place_of(const PlacedLine& line) { return visible(line.file) + ":" + std::to_string(line.line); }
  static std::string function_of(const PlacedLine& line) { return shortened(visible(line.function), kNameMax); }
  static std::string padded(const std::string& text, std::size_t width) {
    return text + std::string(width - width_of(text), ' ');
  }

  static constexpr std::size_t kNameMax = 60;
  const Request& request_;
  std::ostream& out_;
  Paint paint_;
  const History& history_;
  Stories& stories_;
  Names names_;
};

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
  } else if (request.format == "markdown") {
    std::ostringstream text;
    FailuresText(request, text, Paint(false), last.history(), stories).write(failures);
    write_as_markdown(request.out(), text.str());
  } else {
    FailuresText(request, request.out(), request.paint(), last.history(), stories).write(failures);
  }
  warn_of_disk(stories.texts());
  warn_of_divergence(request, verdict);
  return kYes;
}

}  // namespace recount

// failures: what failed, first cause first, and what each had just done.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>

#include "replay/command/command.hpp"
#include "replay/coverage/source_options.hpp"
#include "replay/log/dictionary.hpp"
#include "replay/reports/failure_cards.hpp"
#include "replay/reports/failure_story.hpp"
#include "replay/reports/said_text.hpp"
#include "replay/text/markdown_text.hpp"
#include "replay/text/signal_words.hpp"

namespace recount {
namespace {

constexpr std::size_t kShown = 20;

// --- text ------------------------------------------------------------------------------------------------------------

class FailuresText {
 public:
  FailuresText(const Request& request, std::ostream& out, Paint paint, const History& history, Stories& stories)
      : log_(request.log),
        all_(request.options.count("all") != 0),
        out_(out),
        paint_(paint),
        history_(history),
        stories_(stories),
        said_(request, out, paint, history, stories, kIndent),
        names_(request.log) {}

  void write(const std::vector<Failure>& failures) {
    const std::size_t processes = history_.processes().size();
    if (failures.empty()) {
      out_ << (processes == 1 ? "the only process did not fail\n"
                              : "none of " + std::to_string(processes) + " processes failed\n");
      return;
    }
    out_ << paint_.strong(std::to_string(failures.size()) + " of " + count_text(processes, "process") + " failed")
         << '\n';
    const FailureCards cards(failures, stories_, all_);
    const std::size_t shown = all_ ? cards.told.size() : std::min(cards.told.size(), kShown);
    for (std::size_t i = 0; i < shown; ++i) {
      const Failure& first = cards.told[i].first();
      if (i == 0 || first.group != cards.told[i - 1].first().group) write_group(first);
      write_card(i + 1, cards.told[i]);
    }
    if (shown < cards.told.size()) out_ << "\nand " << cards.told.size() - shown << " more: --all shows them\n";
    write_unminded(cards.unminded);
  }

 private:
  void say(const std::string& sentence) { out_ << "   " << sentence << '\n'; }
  static std::string pid_of(const ProcessRecord& process) { return "pid " + std::to_string(raw(process.pid)); }
  std::string ending(const ProcessRecord& process, const Paint& paint) const {
    return ending_of(paint, log_, names_, process);
  }
  std::string ending(const ProcessRecord& process) const { return ending(process, Paint(false)); }
  std::string program(const ProcessRecord& process) const { return command_text(argv_of(history_, process), all_); }

  void write_group(const Failure& failure) {
    if (failure.group == Failure::Group::went_on) out_ << "\nAfter these the run went on:\n";
    if (failure.group == Failure::Group::nobody_minded) out_ << "\nNobody seems to have minded these:\n";
  }

  void write_unminded(const std::vector<const Failure*>& failures) {
    if (failures.empty()) return;
    out_ << "\nnobody seems to have minded " << failures.size() << ": "
         << commands_text(history_, failures, kCommandsShown) << "; --all shows each\n";
  }

  void write_card(std::size_t number, const FailureCard& card) {
    const Story story = stories_.of(card.first());
    const ProcessRecord& process = *story.failure.process;
    const std::size_t more = card.alike.size() - 1;
    out_ << '\n'
         << number << ". " << (more == 0 ? "" : std::to_string(card.alike.size()) + " times ")
         << ending(process, paint_) << ": " << program(process) << '\n';
    write_failure(story);
    if (more == 0) return;
    say("and " + std::to_string(more) +
        " like it: " + commands_text(history_, {card.alike.begin() + 1, card.alike.end()}, kCommandsShown));
  }

  void write_failure(const Story& story) {
    const ProcessRecord& process = *story.failure.process;
    if (story.failure.passed_on) return write_passed_on(story);
    write_signal(story);
    const ExecRecord* const exec = history_.program_of(process);
    say(pid_of(process) + ", after " + duration_text(*process.end_ns - process.start_ns) + held_text(process) + ", " +
        duration_text(*process.end_ns) + " into the run" + (exec ? ", in " + visible(exec->cwd) : ""));
    write_chain(process);
    write_before(story.failure);
    said_.words(story);
    said_.check(story);
    if (story.crash) write_crash(*story.crash);
    said_.last_lines(story);
    write_lines(story);
  }

  // A test that asserts on times may fail of a slow recorder.
  static std::string held_text(const ProcessRecord& process) {
    constexpr std::int64_t kShare = 10, kLeastNs = 1'000'000;
    const bool matters =
        process.stopped_ns >= kLeastNs && process.stopped_ns * kShare >= *process.end_ns - process.start_ns;
    if (!matters) return "";
    return " (the recorder held " + std::string(process.threads.size() > 1 ? "its threads" : "it") + " for " +
           duration_text(process.stopped_ns) + " of that)";
  }

  // The last of its children that failed; the same end may be chance.
  void write_before(const Failure& failure) {
    const auto& before = failure.before;
    const std::size_t skipped = all_ || before.size() <= kBeforeShown ? 0 : before.size() - kBeforeShown;
    if (skipped != 0) say("before it, " + std::to_string(skipped) + " of its children failed, and then:");
    for (std::size_t i = skipped; i < before.size(); ++i)
      say("before it, " + pid_of(*before[i]) + " failed (" + ending(*before[i]) + "): " + program(*before[i]));
    if (failure.same_end)
      say("it ended " +
          std::string(failure.process->status.signaled() ? "by the same signal as " : "with the same code as ") +
          pid_of(*failure.same_end) + ", and did something else in between");
  }

  // Threads that stand alike, a pool's, are told once.
  void write_crash(const CrashRecord& crash) {
    write_deadlock(crash.deadlock());
    std::map<std::string, std::vector<const BacktraceRecord*>> alike;
    std::vector<std::string> order;
    for (const BacktraceRecord& backtrace : crash.backtraces) {
      auto& threads = alike[key_of(backtrace)];
      if (threads.empty()) order.push_back(key_of(backtrace));
      threads.push_back(&backtrace);
    }
    for (const std::string& key : order) write_threads(alike[key], key == order.front());
    if (!crash.reason.empty()) say("there is no more of it: " + visible(crash.reason));
  }

  static std::string key_of(const BacktraceRecord& backtrace) {
    std::string key = backtrace.wait ? backtrace.wait->words() : "";
    for (const FrameRecord& frame : backtrace.frames)
      key += ' ' + std::to_string(frame.address) + (frame.inlined ? "i" : "");
    return key;
  }

  void write_deadlock(const std::vector<std::int64_t>& threads) {
    if (threads.empty()) return;
    std::string text = "deadlock: ";
    for (std::size_t i = 0; i < threads.size(); ++i)
      text += (i == 0 ? "thread " : ", and thread ") + std::to_string(threads[i]) +
              (i == 0 ? " waits for thread " : " for thread ") + std::to_string(threads[(i + 1) % threads.size()]);
    say(paint_.strong(text));
  }

  void write_threads(const std::vector<const BacktraceRecord*>& threads, bool are_first) {
    const BacktraceRecord& shown = *threads.front();
    const std::size_t more = threads.size() - 1;
    say(std::string(are_first ? "thread " : "beside it, thread ") + std::to_string(shown.tid) + named(shown) +
        (more == 0 ? "" : " and " + std::to_string(more) + " more like it") +
        (shown.wait ? ", waiting in " + visible(shown.wait->words()) + "," : "") +
        (more == 0 ? " was in:" : " were in:"));
    for (const FrameRecord& frame : shown.frames) write_frame(frame);
  }

  // Who has never named its threads finds the program's name with all of them.
  static std::string named(const BacktraceRecord& thread) {
    return thread.name.empty() ? "" : " (" + visible(thread.name) + ")";
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
    if (child.ended_by == EndedBy::timeout)
      return say(pid_of(process) + " was waiting for " + pid_of(child) + ": " + program(child));
    if (story.said.is_empty())
      return say(pid_of(process) + " only passes on what " + pid_of(child) + " ended with (" + ending(child) +
                 "): " + program(child));
    say(pid_of(process) + " ended as " + pid_of(child) + " had (" + ending(child) + "): " + program(child));
    said_.check(story);
    said_.last_lines(story);
  }

  void write_signal(const Story& story) {
    if (story.failure.process->ended_by == EndedBy::probe) return say("record it with --no-coverage, or as root");
    if (!story.signal || story.failure.process->ended_by != EndedBy::others) return;
    const SignalRecord& signal = *story.signal->record;
    if (!story.signal->code) return write_unknown_sender(*story.failure.process, signal, story.said.timeout);
    std::string text = code_word(signal.signal, *story.signal->code);
    if (has_address(signal.signal, *story.signal->code)) text += " at address " + hex_text(story.signal->address);
    if (signal.sender != 0) text += ", sent by " + sender_of(signal);
    say(text + ", in thread " + std::to_string(raw(signal.tid)));
  }

  std::string sender_of(const SignalRecord& signal) const {
    const ProcessRecord* const sender = history_.process(signal.sender_upid);
    if (!sender) return "no recorded process (pid " + std::to_string(signal.sender) + ")";
    if (sender->upid == signal.upid) return "itself";
    const ExecRecord* const program = history_.program_at(*sender, signal.time_ns);
    return pid_of(*sender) + " (" + command_text(program ? program->argv : "", all_) + ")";
  }

  // The kernel tells nobody who sent a SIGKILL, but a runner may say that it did.
  void write_unknown_sender(const ProcessRecord& process, const SignalRecord& signal,
                            const std::optional<OutputLine>& timeout) {
    if (timeout) {
      const ProcessRecord* const above = history_.process(timeout->record.upid);
      const std::string who = above ? pid_of(*above) + " (" + program(*above) + ")" : "a process above it";
      return say(who + " wrote then: " + paint_.strong(shortened(visible(timeout->text), kNameMax * 2)));
    }
    const std::string name = names_.signal(signal.signal);
    const ExecRecord* const starter = history_.born_with(process);
    const bool by_ctest = starter && starter->path.ends_with("/ctest");
    say("a log cannot tell who sends " + visible(name) +
        (by_ctest ? "; ctest, which ran it, does so to a test that takes longer than its TIMEOUT" : ""));
  }

  void write_chain(const ProcessRecord& process) {
    for (const Starter& above : chain_of(history_, process))
      say("run by " + pid_of(*above.process) + ": " + command_text(above.argv(), all_));
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

  static constexpr std::size_t kNameMax = 60, kCommandsShown = 5, kBeforeShown = 3, kIndent = 3;
  const LogFile& log_;
  bool all_;
  std::ostream& out_;
  Paint paint_;
  const History& history_;
  Stories& stories_;
  SaidText said_;
  Names names_;
};

}  // namespace

void add_failures_options(OptionTable& options) {
  options.add_options()("all", "as text, show each failure and all of its command, not the first " +
                                   std::to_string(kShown) + ", and those that are alike or expected as one");
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

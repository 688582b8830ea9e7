#include "replay/reports/failure_story.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "replay/command/command.hpp"
#include "replay/reports/said_text.hpp"
#include "replay/text/passing_names.hpp"
#include "replay/text/signal_words.hpp"
#include "replay/text/text.hpp"

namespace recount {
namespace {

constexpr const char* kSiginfoSql = "SELECT code, coalesce(address, 0) FROM trace_siginfo WHERE seq = ?";

std::string without_numbers(const std::string& text) {
  std::string folded;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit || !folded.ends_with('#')) folded += digit ? '#' : c;
  }
  return folded;
}

}  // namespace

Stories::Stories(const LogFile& log, const LastLines& last, const Sources& sources, SourceText texts)
    : log_(log),
      last_(last),
      history_(last.history()),
      sources_(sources),
      texts_(std::move(texts)),
      siginfo_(log.database(), kSiginfoSql),
      crashes_(log, history_),
      outputs_(log, history_, sources),
      names_(log),
      files_(sources.files().begin(), sources.files().end()) {
  texts_.add(log);
}

Story Stories::of(const Failure& failure) {
  Story story{failure, outputs_.of(failure), signal_of(*failure.process), {}, {}, {}, {}, {}, {}};
  story.crash = crashes_.of(*failure.process);
  if (story.crash) story.where = frame_of(*story.crash);
  if (story.crash) story.title = title_of(*story.crash, *failure.process);
  if (const ThreadRecord* const thread = thread_of(story)) {
    story.thread = thread->tid;
    for (const ReachedLine& reached : last_.of(*thread)) story.lines.push_back(placed(reached));
  }
  story.signature = signature_of(story);
  return story;
}

bool Stories::is_own(const FrameRecord& frame) const { return frame.line != 0 && files_.contains(frame.file); }

std::string Stories::title_of(const CrashRecord& crash, const ProcessRecord& process) const {
  std::string command;
  for (const std::string& word : words_of(argv_of(history_, process))) command += word + ' ';
  command.resize(command.find_last_not_of(' ') + 1);
  // Of a secret of the environment the title has a star for each letter; and its length has a limit.
  const auto is_same = [](char shown, char meant) { return shown == meant || shown == '*'; };
  const auto end = std::mismatch(crash.title.begin(), crash.title.end(), command.begin(), command.end(), is_same).first;
  return end == crash.title.end() ? "" : crash.title;
}

std::optional<FrameRecord> Stories::frame_of(const CrashRecord& crash) const {
  if (crash.backtraces.empty()) return std::nullopt;
  const auto& frames = crash.backtraces.front().frames;
  auto found = std::find_if(frames.begin(), frames.end(), [this](const FrameRecord& frame) { return is_own(frame); });
  if (found == frames.end())
    found = std::find_if(frames.begin(), frames.end(), [](const FrameRecord& frame) { return frame.line != 0; });
  return found == frames.end() ? std::nullopt : std::optional(*found);
}

// Of what did not crash, the command is part of it, but for its numbers: 101 arguments of one program may fail alike.
std::string Stories::signature_of(const Story& story) const {
  const ProcessRecord& process = *story.failure.process;
  const std::string end = ending_of(Paint(false), log_, names_, process);
  if (const auto& frame = story.where) return end + " in " + frame->name() + " (" + base_name(frame->file) + ")";
  std::string text = end + ": " + without_numbers(without_passing_names(argv_text(argv_of(history_, process))));
  if (const auto& check = story.said.check)
    text += ", check at " + base_name(check->file) + ":" + std::to_string(check->line);
  else if (!story.lines.empty())
    text += " at " + base_name(story.lines.back().file) + ", " + story.lines.back().function;
  return std::string(word_of(story.failure.part)) + ", " + text;
}

std::string Stories::text_of(const FrameRecord& frame) const {
  return frame.line == 0 ? "" : texts_.line(frame.file, frame.line);
}

std::string Stories::text_of(const FailedCheck& check) const { return texts_.line(check.file, check.line); }

std::optional<FatalSignal> Stories::signal_of(const ProcessRecord& process) {
  const SignalRecord* const record = crashes_.fatal_signal(process);
  if (!record) return std::nullopt;
  FatalSignal signal{record, std::nullopt, 0};
  siginfo_.bind(1, static_cast<std::int64_t>(signal.record->seq));
  if (siginfo_.step()) {
    signal.code = static_cast<std::int32_t>(siginfo_.integer(0));
    signal.address = static_cast<std::uint64_t>(siginfo_.integer(1));
  }
  siginfo_.reset();
  return signal;
}

// The one that the signal was for; of what ended by itself, the one that was the last to reach the line of the failed check, or
// else any line.
const ThreadRecord* Stories::thread_of(const Story& story) const {
  const ThreadRecord* found = nullptr;
  std::pair<bool, Seq> most;
  for (const std::size_t at : story.failure.process->threads) {
    const ThreadRecord& thread = history_.threads()[at];
    if (story.signal && story.signal->code && thread.tid == story.signal->record->tid) return &thread;
    const auto& lines = last_.of(thread);
    if (lines.empty()) continue;
    const auto check = std::find_if(lines.rbegin(), lines.rend(), [&](const ReachedLine& reached) {
      return story.said.check && is_at(sources_.lines()[reached.line], *story.said.check);
    });
    const bool has_checked = check != lines.rend();
    const std::pair rank(has_checked, has_checked ? check->seq : lines.back().seq);
    if (!found || most < rank) found = &thread, most = rank;
  }
  return found;
}

bool Stories::is_at(const SourceLine& line, const FailedCheck& check) const {
  return line.line == check.line && sources_.files()[line.file] == check.file;
}

PlacedLine Stories::placed(const ReachedLine& reached) {
  const SourceLine& at = sources_.lines()[reached.line];
  const bool known = reached.function != Sources::kNoFunction;
  PlacedLine line{reached, sources_.files()[at.file], at.line, known ? sources_.functions()[reached.function].name : "",
                  ""};
  line.text = texts_.line(line.file, at.line);
  return line;
}

// --- JSON ------------------------------------------------------------------------------------------------------------

namespace {

Json process_json(const ProcessRecord& process, const std::string& argv) {
  return {{"upid", raw(process.upid)}, {"pid", raw(process.pid)}, {"argv", argv_json(argv)}};
}

Json signal_json(const FatalSignal& signal, const Names& names) {
  const int number = signal.record->signal;
  const bool placed = signal.code && has_address(number, *signal.code);
  return {
      {"seq", signal.record->seq},
      {"time_ns", signal.record->time_ns},
      {"tid", raw(signal.record->tid)},
      {"signal", number},
      {"name", names.signal(number)},
      {"code", signal.code ? Json(*signal.code) : Json(nullptr)},
      {"code_name", signal.code ? Json(code_word(number, *signal.code)) : Json(nullptr)},
      {"address", placed ? Json(hex_text(signal.address)) : Json(nullptr)},
      {"sender_pid", signal.record->sender != 0 ? Json(signal.record->sender) : Json(nullptr)},
      {"sender_upid", signal.record->sender_upid != Upid{} ? Json(raw(signal.record->sender_upid)) : Json(nullptr)}};
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

Json wait_json(const WaitRecord& wait) {
  return {{"call", wait.call},
          {"object", wait.object.empty() ? Json(nullptr) : Json(wait.object)},
          {"holder_tid", wait.holder == 0 ? Json(nullptr) : Json(wait.holder)},
          {"words", wait.words()}};
}

Json crash_json(const CrashRecord& crash, const Stories& stories) {
  Json json{{"reason", crash.reason.empty() ? Json(nullptr) : Json(crash.reason)},
            {"took_ns", crash.took_ns},
            {"words", crash.words.empty() ? Json(nullptr) : Json(crash.words)}};
  Json& backtraces = json["backtraces"] = Json::array();
  for (const BacktraceRecord& backtrace : crash.backtraces)
    backtraces.push_back({{"tid", backtrace.tid},
                          {"name", backtrace.name.empty() ? Json(nullptr) : Json(backtrace.name)},
                          {"wait", backtrace.wait ? wait_json(*backtrace.wait) : Json(nullptr)},
                          {"frames", frames_json(backtrace, stories)}});
  json["deadlock"] = crash.deadlock();
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

}  // namespace

Json failure_json(const LogFile& log, const History& history, const Names& names, const Stories& stories,
                  const Story& story) {
  const Failure& failure = story.failure;
  const ProcessRecord& process = *failure.process;
  const WaitStatus status = process.status;
  const ExecRecord* const exec = history.program_of(process);
  Json json = process_json(process, argv_of(history, process));
  if (log.merged()) json["run_uuid"] = log.run_of(process.upid).uuid;
  json["part"] = word_of(failure.part);
  json["group"] = word_of(failure.group);
  json["reached_top"] = failure.reached_top;
  json["passes_on_upid"] = failure.passed_on ? Json(raw(failure.passed_on->upid)) : Json(nullptr);
  json["same_end_as_upid"] = failure.same_end ? Json(raw(failure.same_end->upid)) : Json(nullptr);
  json["signature"] = story.signature;
  json["ended_by"] = ended_by_json(process);
  json["exit_code"] = status.exited() ? Json(status.exit_code()) : Json(nullptr);
  json["term_signal"] = status.signaled() ? Json(status.term_signal()) : Json(nullptr);
  json["core_dumped"] = status.signaled() && status.core_dumped();
  json["cwd"] = exec ? Json(exec->cwd) : Json(nullptr);
  json["start_ns"] = process.start_ns;
  json["end_ns"] = *process.end_ns;
  json["duration_ns"] = *process.end_ns - process.start_ns;
  json["stopped_ns"] = process.stopped_ns;
  json["signal"] = story.signal ? signal_json(*story.signal, names) : Json(nullptr);
  json["title"] = story.title.empty() ? Json(nullptr) : Json(story.title);
  json["crash"] = story.crash ? crash_json(*story.crash, stories) : Json(nullptr);
  Json& chain = json["run_by"] = Json::array();
  for (const Starter& above : chain_of(history, process)) chain.push_back(process_json(*above.process, above.argv()));
  Json& before = json["failed_before"] = Json::array();
  for (const ProcessRecord* const child : failure.before) before.push_back(raw(child->upid));
  const auto seen = history.output_seen(process);
  json["output_seen"] = seen ? Json(*seen) : Json(nullptr);
  json["output"] = said_json(history, stories, story.said);
  json["last_lines_tid"] = story.lines.empty() ? Json(nullptr) : Json(raw(story.thread));
  json["last_lines"] = lines_json(story);
  return json;
}

}  // namespace recount

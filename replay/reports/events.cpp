// events: the log row by row, or those rows that somebody asks for.
#include <fnmatch.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <set>

#include "replay/command/command.hpp"
#include "replay/log/event_text.hpp"
#include "replay/log/progress.hpp"
#include "replay/log/sources.hpp"
#include "replay/reports/line_walk.hpp"
#include "replay/text/json_text.hpp"
#include "schema/vocabulary/operands.hpp"

namespace recount {
namespace {

bool path_matches(const std::string& path, const std::string& pattern) {
  const std::string end_of_path = std::string("*/").append(pattern);
  return fnmatch(pattern.c_str(), path.c_str(), 0) == 0 || fnmatch(end_of_path.c_str(), path.c_str(), 0) == 0;
}

// By --file and --line: indices into sources.lines().
std::set<std::uint32_t> lines_asked_for(const ParsedOptions& options, const Sources& sources) {
  const std::string pattern = options.count("file") ? options.text("file") : "*";
  const std::uint32_t line = options.count("line") ? id_option(options, "line") : 0;
  std::set<std::uint32_t> lines;
  for (std::uint32_t i = 0; i < sources.lines().size(); ++i) {
    const SourceLine& at = sources.lines()[i];
    if ((line == 0 || at.line == line) && path_matches(sources.files()[at.file], pattern)) lines.insert(i);
  }
  return lines;
}

// Which rows are asked for. A row must match each filter that is set.
class Filter {
 public:
  Filter(const Request& request, const EventText& text) : text_(text) {
    const auto& options = request.options;
    if (options.count("process")) process_ = id_option(options, "process");
    if (options.count("thread")) thread_ = id_option(options, "thread");
    if (options.count("kind")) read_kinds(options.words("kind"));
    if (options.count("signal")) read_signal(options.text("signal"));
    read_place(request);
  }

  bool wants(const TraceEvent& event) const {
    return (!process_ || text_.process_of(event) == *process_) && (!thread_ || raw(event.utid) == *thread_) &&
           (kinds_.empty() || kinds_.contains(event.kind())) && (!signal_ || text_.signal_of(event) == *signal_) &&
           (!probes_ || is_there(event));
  }

 private:
  void read_kinds(const std::vector<std::string>& words) {
    for (const std::string& word : words) {
      const auto* found =
          std::find_if(kEventKinds.begin(), kEventKinds.end(), [&](const auto& kind) { return kind.name == word; });
      if (found == kEventKinds.end()) throw UsageError("there is no kind of event called " + word);
      kinds_.insert(found->kind);
    }
  }

  void read_signal(const std::string& word) {
    signal_ = text_.names().signal_number(word);
    if (!signal_) throw UsageError("there is no signal called " + word);
  }

  void read_place(const Request& request) {
    if (!request.options.count("file") && !request.options.count("line")) return;
    const Sources sources(request.log);
    const std::set<std::uint32_t> lines = lines_asked_for(request.options, sources);
    probes_.emplace();
    for (const ProbeLine& probe : sources.probe_lines())
      if (lines.contains(probe.line)) probes_->insert(probe.probe);
  }

  bool is_there(const TraceEvent& event) const {
    const auto probe = event.action() ? id_of<ProbeId>(*event.action()) : std::nullopt;
    return probe && probes_->contains(raw(*probe));
  }

  const EventText& text_;
  std::optional<std::uint32_t> process_, thread_;
  std::set<EventKind> kinds_;
  std::optional<int> signal_;
  std::optional<std::set<std::uint32_t>> probes_;
};

int run_line_walk(const Request& request) {
  const ParsedOptions& options = request.options;
  for (const char* const other : {"kind", "signal"})
    if (options.count(other)) throw UsageError("--lines shows lines, and --" + std::string(other) + " chooses events");
  const Sources sources(request.log);
  const std::set<std::uint32_t> lines = lines_asked_for(options, sources);
  const auto asked_for = [&options](const char* name, std::uint32_t id) {
    return !options.count(name) || id_option(options, name) == id;
  };
  write_line_walk(request, sources, [&](const LineStep& step) {
    return asked_for("process", step.upid) && asked_for("thread", step.utid) && lines.contains(step.line->line);
  });
  return kYes;
}

}  // namespace

void add_events_options(OptionTable& options) {
  options.add_options()("process", "only those of this process", text_value(), "UPID")(
      "thread", "only those of this thread", text_value(), "UTID")(
      "kind", "only these kinds, separated by commas: exited, signal_delivery_stop, event_exec, lift, ...",
      words_value(), "WORD,...")("signal", "only those with this signal, by name or number", text_value(), "SIGNAL")(
      "file", "only stops at probes of this file: the end of its path, or a pattern", text_value(), "FILE")(
      "line", "only stops at probes of this line", text_value(), "N")(
      "lines",
      "the walk through the source instead: each line that was come to, in order; takes --process, --thread, "
      "--file and --line");
}

int run_events(const Request& request) {
  warn_of_compaction(request.log);
  if (request.options.count("lines")) return run_line_walk(request);
  EventText text(request.log);
  const Filter filter(request, text);
  write_events(request, text, [&filter](const TraceEvent& event) { return filter.wants(event); });
  return kYes;
}

void write_events(const Request& request, EventText& text, const std::function<bool(const TraceEvent&)>& wants) {
  EventReader reader(request.log.database());
  const bool json = request.json();
  const char* before = "[\n";
  Progress progress = reading(request.log);
  TraceEvent event;
  while (reader.next(event)) {
    progress.at(event.seq);
    if (!wants(event)) continue;
    if (json)
      request.out() << before << json_document(text.json(event));
    else
      request.out() << text.line(event) << '\n';
    before = ",\n";
  }
  if (json) request.out() << (*before == '[' ? "[]\n" : "\n]\n");
}

}  // namespace recount

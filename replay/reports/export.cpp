// export: the command, its row formats, and what the others share.
#include "replay/reports/export.hpp"

#include <iostream>
#include <nlohmann/json.hpp>

#include "replay/command/command.hpp"
#include "replay/log/event_text.hpp"
#include "replay/log/merge.hpp"
#include "replay/log/progress.hpp"
#include "replay/query/query_session.hpp"
#include "replay/query/table_files.hpp"
#include "replay/recount/output_text.hpp"
#include "replay/text/json_text.hpp"
#include "replay/text/text.hpp"

namespace recount {
namespace {

// What the view `event` has, in its order.
void write_jsonl(const Request& request, EventText& text) {
  EventReader reader(request.log.database());
  Progress progress = reading(request.log);
  TraceEvent event;
  while (reader.next(event)) {
    progress.at(event.seq);
    Json row{{"run_uuid", request.log.run_at(event.seq).uuid}};
    row.update(text.json(event));
    request.out() << json_document(row) << '\n';
  }
}

// RFC 4180, but for the line's end, which is a newline alone.
std::string csv_field(const Json& value) {
  if (value.is_null()) return {};
  std::string text = value.is_string() ? visible_in_lines(value.get_ref<const std::string&>()) : value.dump();
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  for (std::size_t at = 0; (at = text.find('"', at)) != std::string::npos; at += 2) text.insert(at, 1, '"');
  return "\"" + text + "\"";
}

void write_csv(const Request& request, EventText& text) {
  EventReader reader(request.log.database());
  Progress progress = reading(request.log);
  TraceEvent event;
  request.out() << "run_uuid,seq,time_ns,kind,tid,utid,upid,status,signal,address,result,error,cause_seq,detail\n";
  while (reader.next(event)) {
    progress.at(event.seq);
    request.out() << csv_field(request.log.run_at(event.seq).uuid);
    for (const Json& value : text.json(event)) request.out() << ',' << csv_field(value);
    request.out() << '\n';
  }
}

struct SpanFormat {
  const char* begin;
  void (*write)(std::ostream&, const ExportedRun&, bool);
  const char* end;
};
SpanFormat span_format(std::string_view name) {
  if (name == "chrome") return {"{\"traceEvents\":[", write_chrome, "\n],\"displayTimeUnit\":\"ms\",\"otherData\":"};
  if (name == "otlp-logs") return {"{\"resourceLogs\":[", write_otlp_logs, "]}\n"};
  return {"{\"resourceSpans\":[", write_otlp, "]}\n"};
}
bool has_spans(std::string_view format) { return format == "chrome" || format.starts_with("otlp-"); }

// A run after the other, each with processes and a clock of its own.
class Spans {
 public:
  explicit Spans(const LogsRequest& request)
      : request_(request), output_(request.output), format_(span_format(request.format)) {}

  void write() {
    for (const std::string& path : request_.paths) starts_.push_back(LogFile(path).run().start_unix_ns);
    output_.stream() << format_.begin;
    for (std::size_t i = 0; i < request_.paths.size(); ++i) {
      const LogFile log(request_.paths[i]);
      try {
        write(log, starts_[i] - *std::min_element(starts_.begin(), starts_.end()));
      } catch (const SqliteError& error) {
        throw FileError(log.path(), explain(error));
      }
    }
    output_.stream() << format_.end;
    if (request_.format == "chrome")
      output_.stream() << json_document(runs_.size() == 1 ? runs_.front() : Json{{"runs", runs_}}) << "}\n";
    output_.commit();
  }

 private:
  void write(const LogFile& log, std::int64_t begins_ns) {
    if (log.merged())
      throw FileError(log.path(),
                      "is a merged log, and a timeline shows its runs one by one; export the logs that it was made of");
    History history(log);
    const Verdict verdict = Recount(log).run(&history);
    format_.write(output_.stream(),
                  {log, log.run(), history, log.run().duration_ns.value_or(verdict.last_time_ns), tests_of(log),
                   begins_ns, processes_, threads_},
                  runs_.empty());
    runs_.push_back(run_json(log.run()));
    processes_ += static_cast<std::uint32_t>(history.processes().size());
    threads_ += static_cast<std::uint32_t>(history.threads().size());
    if (request_.format == "otlp-logs")
      if (const auto why = why_no_output(log))
        std::cerr << "recount-replay: " << visible(log.path() + ": there is no output in it: " + *why) << '\n';
    warn_of_divergence({log, output_, request_.format, request_.options}, verdict);
  }

  const LogsRequest& request_;
  Output output_;
  SpanFormat format_;
  std::vector<std::int64_t> starts_;
  std::vector<Json> runs_;
  std::uint32_t processes_ = 0, threads_ = 0;
};

void export_events(const Request& request) {
  EventText text(request.log);
  if (request.format == "jsonl")
    write_jsonl(request, text);
  else if (request.format == "csv")
    write_csv(request, text);
  else
    write_events(request, text, [](const TraceEvent&) { return true; });
}

// One log after the other: each has its own files.
int export_tables(const LogsRequest& request) {
  if (request.output.empty()) throw UsageError("--tables writes many files; name their folder with -o DIR");
  if (request.format != "text" && request.format != "jsonl") throw UsageError("--tables writes jsonl");
  const auto views = views_named(request.options.text("tables"));
  for (const std::string& path : request.paths) {
    const LogFile log(path);
    try {
      write_table_files(log, views, request.output, request.options.count("gzip") != 0);
    } catch (const SqliteError& error) {
      throw FileError(log.path(), explain(error));
    }
  }
  return kYes;
}

}  // namespace

std::map<Upid, std::string> tests_of(const LogFile& log) {
  std::map<Upid, std::string> tests;
  QuerySession session(log);
  for (Rows rows = session.select("SELECT upid, test FROM test_process"); rows.next();)
    tests[Upid{static_cast<std::uint32_t>(rows.integer(0))}] = std::string(rows.bytes(1));
  return tests;
}

std::vector<Stretch> stretches_of(const ExportedRun& run, const ProcessRecord& process) {
  std::vector<Stretch> stretches;
  const std::int64_t end_ns = process.end_ns.value_or(std::max(run.end_ns, process.start_ns));
  stretches.push_back({&process, nullptr, process.start_ns, end_ns, false});
  for (const std::size_t at : process.execs) {
    const ExecRecord& exec = run.history.execs()[at];
    stretches.back().end_ns = exec.time_ns;
    stretches.push_back({&process, &exec, exec.time_ns, end_ns, false});
  }
  stretches.back().is_last = true;
  return stretches;
}

std::string name_of(const ExportedRun& run, const Stretch& stretch) {
  if (stretch.exec) return as_utf8(base_name(stretch.exec->path));
  for (const ProcessRecord* at = stretch.process; at; at = run.history.process(at->parent))
    if (at->parent_exec) return as_utf8(base_name(run.history.execs()[*at->parent_exec].path)) + " (fork)";
  return "(start)";
}

FormatNames export_formats() {
  return {{"text", "the events, for people"},
          {"json", "the events, one array"},
          {"jsonl", "the events, one JSON object a line"},
          {"csv", "the events, one a line, after a line of names"},
          {"chrome",
           "processes, programs, signals and output over time, for Perfetto (ui.perfetto.dev) and chrome://tracing"},
          {"otlp-json", "a span for each program that ran, for OpenTelemetry collectors"},
          {"otlp-logs", "a log record for each line that programs wrote, with the span that wrote it"}};
}

void add_export_options(OptionTable& options) {
  options.add_options()(
      "tables",
      "write the views (run, process, signal, ...: NAMES with commas, or all of them) below the folder of "
      "-o, a file with JSON lines for each view and run: for ClickHouse, DuckDB and their like",
      text_value_or("all"), "NAMES")("gzip", "with --tables: pack the files, which are then called *.jsonl.gz");
}

int run_export(const LogsRequest& request) {
  if (request.options.count("tables")) return export_tables(request);
  if (request.options.count("gzip")) throw UsageError("--gzip belongs to --tables");
  if (has_spans(request.format)) {
    Spans(request).write();
    return kYes;
  }
  const LogFile log = request.paths.size() == 1 ? LogFile(request.paths[0]) : merged(request.paths);
  warn_of_compaction(log);
  try {
    Output output(request.output);
    export_events({log, output, request.format, request.options});
    output.commit();
  } catch (const SqliteError& error) {
    throw FileError(log.path(), explain(error));
  }
  return kYes;
}

}  // namespace recount

// OTLP/JSON. The trace's id is that of the tag traceparent, whose span is then the parent of the run's first, or the run's UUID; a span's id is a hash, so that spans of several runs never meet. The span of
// an exec is a child of the span that ran in its process before; that of a process, of the one that its parent ran then. A span ends with its
// process, so that it lies within its parent's unless the process outlives the parent: a critical path goes only through such spans. A record of a
// log has the ids of the span in which its line was written.
#include <nettle/sha2.h>

#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "replay/command/command.hpp"
#include "replay/log/dictionary.hpp"
#include "replay/recount/output_lines.hpp"
#include "replay/reports/export.hpp"
#include "replay/text/json_text.hpp"
#include "replay/text/terminal_text.hpp"
#include "replay/text/text.hpp"

namespace recount {
namespace {

constexpr int kSpanKindInternal = 1;
constexpr int kStatusError = 2;

std::string hex_of(const std::uint8_t* bytes, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += "0123456789abcdef"[bytes[i] >> 4];
    text += "0123456789abcdef"[bytes[i] & 15];
  }
  return text;
}

// The first bytes of SHA-256, at most 32.
std::string hash_of(const std::string& text, std::size_t bytes) {
  sha256_ctx hash;
  std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest{};
  sha256_init(&hash);
  sha256_update(&hash, text.size(), reinterpret_cast<const std::uint8_t*>(text.data()));
  sha256_digest(&hash, digest.size(), digest.data());
  return hex_of(digest.data(), bytes);
}

// The UUID, or a hash of what stands there instead.
std::string trace_id(const std::string& uuid) {
  std::string digits;
  for (const char c : uuid)
    if (c != '-') digits += c;
  const bool is_uuid = digits.size() == 32 && digits.find_first_not_of("0123456789abcdef") == std::string::npos;
  return is_uuid ? digits : hash_of(uuid, 16);
}

// W3C Trace Context: version-traceid-spanid-flags, lower case; ids of zeros are invalid, and so is version ff.
struct TraceParent {
  std::string trace, span;
};
bool is_hex(std::string_view text) { return text.find_first_not_of("0123456789abcdef") == std::string_view::npos; }
bool is_id(std::string_view text) { return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos; }
bool has_line_end(std::string_view text) { return text.find_first_of("\r\n") != std::string_view::npos; }

std::optional<TraceParent> trace_parent(const RunRecord& run) {
  const auto tag = run.tags.find("traceparent");
  if (tag == run.tags.end()) return std::nullopt;
  const std::string_view text = tag->second;
  if (text.size() < 55 || text.size() > 200 || (text.size() > 55 && text[55] != '-')) return std::nullopt;
  if (text[2] != '-' || text[35] != '-' || text[52] != '-' || has_line_end(text)) return std::nullopt;
  const std::string_view version = text.substr(0, 2), trace = text.substr(3, 32), span = text.substr(36, 16);
  const bool is_valid = is_hex(version) && version != "ff" && is_id(trace) && is_id(span) && is_hex(text.substr(53, 2));
  if (!is_valid) return std::nullopt;
  return TraceParent{std::string(trace), std::string(span)};
}

Json attribute(const std::string& key, Json value) { return {{"key", key}, {"value", std::move(value)}}; }
Json string_attribute(const std::string& key, const std::string& text) {
  return attribute(as_utf8(key), {{"stringValue", as_utf8(text)}});
}
Json number_attribute(const char* key, std::int64_t number) {
  return attribute(key, {{"intValue", std::to_string(number)}});
}
Json words_attribute(const char* key, const std::string& argv) {
  Json values = Json::array();
  for (const std::string& word : words_of(argv)) values.push_back({{"stringValue", as_utf8(word)}});
  return attribute(key, {{"arrayValue", {{"values", values}}}});
}

class OtlpTrace {
 public:
  OtlpTrace(std::ostream& out, const ExportedRun& run)
      : out_(out),
        run_(run),
        names_(run.log),
        above_(trace_parent(run.run)),
        trace_id_(above_ ? above_->trace : trace_id(run.run.uuid)) {
    if (const ProcessRecord* const root = run.history.root_of(run.run)) root_ = root->upid;
    for (const SignalRecord& signal : run.history.signals()) signals_[raw(signal.upid)].push_back(&signal);
  }

  void write(bool is_first) {
    out_ << (is_first ? "" : ",") << "{\"resource\":{\"attributes\":" << text(resource())
         << "},\"scopeSpans\":[{\"scope\":{\"name\":\"recount\",\"version\":" << json_text(RECOUNT_VERSION)
         << "},\"spans\":[";
    for (const ProcessRecord& process : run_.history.processes()) write_process(process);
    out_ << "\n]}]}";
  }

  void write_logs(bool is_first) {
    out_ << (is_first ? "" : ",") << "{\"resource\":{\"attributes\":" << text(resource())
         << "},\"scopeLogs\":[{\"scope\":{\"name\":\"recount\",\"version\":" << json_text(RECOUNT_VERSION)
         << "},\"logRecords\":[";
    OutputText texts(run_.log);
    OutputLines lines(run_.history, [this](const OutputLine& line) { write_line(line); });
    for (const OutputRecord& record : run_.history.outputs()) lines.add(record, texts.of(record));
    lines.finish();
    out_ << "\n]}]}";
  }

 private:
  static std::string text(const Json& json) { return json_document(json); }

  // A key stands there once: what the run's user said by --tag goes before what is told here.
  Json resource() const {
    const auto words = words_of(run_.run.argv);
    std::map<std::string, std::string> all = run_.run.tags;
    all.erase("traceparent");
    all.insert({{"service.name", words.empty() ? "recount" : words.front()},
                {"host.name", run_.run.hostname},
                {"host.arch", run_.run.arch == "x86_64" ? "amd64" : run_.run.arch},
                {"os.type", "linux"},
                {"os.version", run_.run.kernel}});
    Json attributes = Json::array();
    for (const auto& [key, value] : all) attributes.push_back(string_attribute(key, value));
    return attributes;
  }

  std::string span_id(Upid upid, std::size_t stretch) const {
    return hash_of(run_.run.uuid + " " + std::to_string(raw(upid)) + " " + std::to_string(stretch), 8);
  }

  // Of what the process ran at that time.
  std::string span_at(const ProcessRecord& process, std::int64_t time_ns) const {
    std::size_t stretch = 0;
    for (const std::size_t at : process.execs)
      if (run_.history.execs()[at].time_ns <= time_ns) ++stretch;
    return span_id(process.upid, stretch);
  }

  // What the parent ran when the process began.
  std::string parent_span(const ProcessRecord& process) const {
    const ProcessRecord* const parent = run_.history.process(process.parent);
    return parent ? span_at(*parent, process.start_ns) : above_ ? above_->span : "";
  }

  // A stream is no severity, so there is none. Names of the semantic conventions, where they have one.
  void write_line(const OutputLine& line) {
    const ProcessRecord* const process = run_.history.process(line.record.upid);
    if (!process) return;
    const std::string body = line.left_out != 0 ? left_out_text(line.left_out) : as_utf8(shown_line(line.text));
    const Json record{
        {"timeUnixNano", unix_time(line.record.time_ns)},
        {"observedTimeUnixNano", unix_time(line.record.time_ns)},
        {"body", {{"stringValue", body}}},
        {"attributes",
         {string_attribute("log.iostream", line.record.fd == kStandardError ? "stderr" : "stdout"),
          number_attribute("process.pid", raw(process->pid)), number_attribute("recount.upid", raw(process->upid)),
          number_attribute("recount.seq", static_cast<std::int64_t>(line.record.seq))}},
        {"traceId", trace_id_},
        {"spanId", span_at(*process, line.record.time_ns)}};
    out_ << separator_ << text(record);
    separator_ = ",\n";
  }

  void write_process(const ProcessRecord& process) {
    const std::vector<Stretch> stretches = stretches_of(run_, process);
    for (std::size_t i = 0; i < stretches.size(); ++i)
      write_span(stretches[i], span_id(process.upid, i), i == 0 ? parent_span(process) : span_id(process.upid, i - 1));
  }

  void write_span(const Stretch& stretch, const std::string& id, const std::string& parent) {
    Json span;
    span["traceId"] = trace_id_;
    span["spanId"] = id;
    if (!parent.empty()) span["parentSpanId"] = parent;
    span["name"] = name_of(run_, stretch);
    span["kind"] = kSpanKindInternal;
    span["startTimeUnixNano"] = unix_time(stretch.start_ns);
    span["endTimeUnixNano"] = unix_time(stretch.process->end_ns.value_or(std::max(run_.end_ns, stretch.start_ns)));
    span["attributes"] = attributes_of(stretch);
    span["events"] = events_of(stretch);
    if (stretch.is_last && stretch.process->failed())
      span["status"] = {{"code", kStatusError}, {"message", end_of(*stretch.process)}};
    out_ << separator_ << text(span);
    separator_ = ",\n";
  }

  std::string unix_time(std::int64_t ns) const { return std::to_string(run_.run.start_unix_ns + ns); }

  std::string end_of(const ProcessRecord& process) const { return ending_of(Paint(false), run_.log, names_, process); }

  // Names of OpenTelemetry's semantic conventions for processes; those of recount have no name there.
  Json attributes_of(const Stretch& stretch) const {
    const ProcessRecord& process = *stretch.process;
    Json attributes = Json::array();
    attributes.push_back(number_attribute("process.pid", raw(process.pid)));
    if (const ProcessRecord* const parent = run_.history.process(process.parent))
      attributes.push_back(number_attribute("process.parent_pid", raw(parent->pid)));
    attributes.push_back(number_attribute("recount.upid", raw(process.upid)));
    if (stretch.exec) {
      attributes.push_back(string_attribute("process.executable.name", base_name(stretch.exec->path)));
      attributes.push_back(string_attribute("process.executable.path", stretch.exec->path));
      attributes.push_back(words_attribute("process.command_args", stretch.exec->argv));
      attributes.push_back(string_attribute("process.working_directory", stretch.exec->cwd));
    }
    if (const auto test = run_.tests.find(process.upid); test != run_.tests.end())
      attributes.push_back(string_attribute("test.case.name", test->second));
    if (process.upid == root_ && !stretch.exec)
      attributes.push_back(string_attribute("cicd.pipeline.result", result_of(process)));
    if (!stretch.is_last || !process.end_ns) return attributes;
    if (process.failed()) attributes.push_back(string_attribute("error.type", error_type(process)));
    if (process.status.exited())
      attributes.push_back(number_attribute("process.exit.code", process.status.exit_code()));
    if (process.status.signaled())
      attributes.push_back(string_attribute("recount.term_signal", names_.signal(process.status.term_signal())));
    return attributes;
  }

  // Words of the conventions; a run that was not seen to end is an error of the pipeline, not of what it ran.
  static const char* result_of(const ProcessRecord& root) {
    if (!root.end_ns) return "error";
    if (root.ended_by == EndedBy::timeout) return "timeout";
    if (root.ended_by == EndedBy::request) return "cancellation";
    return root.ended_well() ? "success" : "failure";
  }

  // Few values, so that a backend can group by them.
  std::string error_type(const ProcessRecord& process) const {
    if (process.ended_by == EndedBy::timeout) return "timeout";
    if (process.status.signaled()) return names_.signal(process.status.term_signal());
    return "exit code " + std::to_string(process.status.exit_code());
  }

  Json events_of(const Stretch& stretch) const {
    Json events = Json::array();
    const auto found = signals_.find(raw(stretch.process->upid));
    if (found == signals_.end()) return events;
    for (const SignalRecord* const signal : found->second)
      if (signal->time_ns >= stretch.start_ns && (stretch.is_last || signal->time_ns < stretch.end_ns))
        events.push_back({{"timeUnixNano", unix_time(signal->time_ns)}, {"name", names_.signal(signal->signal)}});
    return events;
  }

  std::ostream& out_;
  const ExportedRun& run_;
  Names names_;
  std::optional<TraceParent> above_;
  std::string trace_id_;
  Upid root_{};
  std::unordered_map<std::uint32_t, std::vector<const SignalRecord*>> signals_;
  const char* separator_ = "\n";
};

}  // namespace

void write_otlp(std::ostream& out, const ExportedRun& run, bool is_first) { OtlpTrace(out, run).write(is_first); }
void write_otlp_logs(std::ostream& out, const ExportedRun& run, bool is_first) {
  OtlpTrace(out, run).write_logs(is_first);
}

}  // namespace recount

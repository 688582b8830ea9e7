// verify: is each decision in the log the machine's?
#include <nlohmann/json.hpp>
#include <ostream>

#include "replay/command/command.hpp"
#include "replay/log/event_text.hpp"

namespace recount {
namespace {

constexpr Seq kNeighbours = 5;

// The rows around the one that differs, which may itself be missing.
std::vector<TraceEvent> neighbourhood(const LogFile& log, Seq seq) {
  std::vector<TraceEvent> rows;
  EventReader reader(log.database(), seq > kNeighbours ? seq - kNeighbours : 1);
  TraceEvent event;
  while (reader.next(event) && event.seq <= seq + kNeighbours) rows.push_back(event);
  return rows;
}

void write_divergence(const Request& request, const Divergence& divergence) {
  std::ostream& out = request.out();
  const Paint paint = request.paint();
  if (!divergence.log.empty()) out << "  the log says      " << visible(divergence.log) << '\n';
  if (!divergence.machine.empty()) out << "  the machine says  " << visible(divergence.machine) << '\n';
  out << '\n';
  EventText text(request.log);
  bool marked = false;
  for (const TraceEvent& row : neighbourhood(request.log, divergence.seq)) {
    if (row.seq > divergence.seq && !marked)
      out << "> " << paint.bad("   (event " + std::to_string(divergence.seq) + " is not there)") << '\n';
    const bool here = row.seq == divergence.seq;
    marked = marked || row.seq >= divergence.seq;
    out << (here ? "> " + paint.bad(text.line(row)) : "  " + text.line(row)) << '\n';
  }
}

// Why a log that nobody touched may differ: it was decided by other rules.
std::string other_machine(const RunRecord& run) {
  if (run.machine_version == kMachineVersion) return {};
  return "recorded by version " + std::to_string(run.machine_version) + " of the machine, this is version " +
         std::to_string(kMachineVersion) + ": the difference may come from a change between them";
}

void write_text(const Request& request, const Verdict& verdict) {
  std::ostream& out = request.out();
  const Paint paint = request.paint();
  const auto& runs = request.log.runs();
  for (std::size_t i = 0; i < verdict.runs.size(); ++i) {
    const RunVerdict& run = verdict.runs[i];
    out << visible(request.log.path()) << ": ";
    if (request.log.merged())
      out << "run " << i + 1 << " of " << runs.size() << ", " << shell_quoted(words_of(runs[i].argv)) << ": ";
    out << (run.agrees() ? paint.good(visible(trust_text(run))) : paint.bad(visible(run.divergence->what))) << '\n';
    if (run.agrees()) continue;
    if (const std::string why = other_machine(runs[i]); !why.empty()) out << "  " << why << '\n';
    write_divergence(request, *run.divergence);
  }
}

Json divergence_json(const Request& request, const Divergence& divergence) {
  Json where = Json::object();
  where["seq"] = divergence.seq;
  where["cause_seq"] = divergence.cause ? Json(divergence.cause) : Json(nullptr);
  where["what"] = divergence.what;
  where["log"] = divergence.log;
  where["machine"] = divergence.machine;
  where["neighbourhood"] = Json::array();
  EventText text(request.log);
  for (const TraceEvent& row : neighbourhood(request.log, divergence.seq))
    where["neighbourhood"].push_back(text.json(row));
  return where;
}

void add_verdict(Json& json, const Request& request, const RunRecord& run, const RunVerdict& verdict) {
  json["agrees"] = verdict.agrees();
  json["complete"] = verdict.sealed;
  json["events"] = verdict.events;
  if (verdict.dropped != 0) json["events_left_out"] = verdict.dropped;  // by compact, of `events`
  json["last_seq"] = verdict.last_seq;
  json["recorded_by_machine"] = run.machine_version;
  json["machine"] = kMachineVersion;
  json["divergence"] = verdict.agrees() ? Json(nullptr) : divergence_json(request, *verdict.divergence);
}

Json verdict_json(const Request& request, const Verdict& verdict) {
  Json json;
  json["log"] = request.log.path();
  add_verdict(json, request, request.log.run(), verdict);
  if (!request.log.merged()) return json;
  Json& runs = json["runs"] = Json::array();
  for (std::size_t i = 0; i < verdict.runs.size(); ++i) {
    Json& run = runs.emplace_back();
    run["run_uuid"] = request.log.runs()[i].uuid;
    add_verdict(run, request, request.log.runs()[i], verdict.runs[i]);
  }
  return json;
}

// Each log by itself, under its own name: one that can't be read, or that differs, keeps no other from being looked at.
class Verifier {
 public:
  explicit Verifier(const LogsRequest& request) : request_(request), output_(request.output) {}

  int run() {
    for (const std::string& path : request_.paths) request_.paths.size() == 1 ? verify(path) : try_to_verify(path);
    if (request_.format == "json") write_json(output_.stream(), request_.paths.size() == 1 ? all_.front() : several());
    if (request_.format != "json" && request_.paths.size() > 1) write_sum();
    output_.commit();
    return broken_ != 0 ? kTrouble : differ_ != 0 ? kNo : kYes;
  }

 private:
  void verify(const std::string& path) {
    const LogFile log(path);
    try {
      const Request request{log, output_, request_.format, request_.options};
      const Verdict verdict = Recount(log).run(nullptr);
      differ_ += verdict.agrees() ? 0 : 1;
      request.json() ? all_.push_back(verdict_json(request, verdict)) : write_text(request, verdict);
    } catch (const SqliteError& error) {
      throw FileError(path, explain(error));
    }
  }

  void try_to_verify(const std::string& path) {
    try {
      verify(path);
    } catch (const FileError& error) {
      ++broken_;
      if (request_.format == "json")
        return all_.push_back({{"log", path}, {"agrees", nullptr}, {"error", error.what()}});
      const Paint paint(output_.coloured());
      output_.stream() << paint.bad(visible(error.what())) << '\n';
    }
  }

  Json several() const {
    Json json;
    json["agrees"] = differ_ == 0 && broken_ == 0;
    json["logs"] = all_;
    return json;
  }

  void write_sum() {
    std::ostream& out = output_.stream();
    const std::size_t agree = request_.paths.size() - differ_ - broken_;
    out << count_text(request_.paths.size(), "log") << ": " << agree << " agree with the machine";
    if (differ_ != 0) out << ", " << differ_ << (differ_ == 1 ? " differs" : " differ");
    if (broken_ != 0) out << ", " << broken_ << " cannot be read";
    out << '\n';
  }

  const LogsRequest& request_;
  Output output_;
  std::vector<Json> all_;
  std::size_t differ_ = 0, broken_ = 0;
};

}  // namespace

int run_verify(const LogsRequest& request) { return Verifier(request).run(); }

}  // namespace recount

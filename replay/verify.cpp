// verify: is each decision in the log the machine's?
#include <ostream>

#include "replay/command.hpp"
#include "replay/event_text.hpp"

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

void write_text(const Request& request, const Verdict& verdict) {
  std::ostream& out = request.out();
  const Paint paint = request.paint();
  const std::string path = visible(request.log.path());
  if (verdict.agrees()) {
    out << path << ": " << paint.good(trust_text(verdict)) << '\n';
    return;
  }
  const Divergence& divergence = *verdict.divergence;
  out << path << ": " << paint.bad(visible(divergence.what)) << '\n';
  if (!divergence.log.empty()) out << "  the log says      " << visible(divergence.log) << '\n';
  if (!divergence.machine.empty())
    out << "  the machine says  " << visible(divergence.machine) << '\n';
  out << '\n';
  EventText text(request.log);
  bool marked = false;
  for (const TraceEvent& row : neighbourhood(request.log, divergence.seq)) {
    if (row.seq > divergence.seq && !marked)
      out << "> " << paint.bad("   (event " + std::to_string(divergence.seq) + " is not there)")
          << '\n';
    const bool here = row.seq == divergence.seq;
    marked = marked || row.seq >= divergence.seq;
    out << (here ? "> " + paint.bad(text.line(row)) : "  " + text.line(row)) << '\n';
  }
}

Json verdict_json(const Request& request, const Verdict& verdict) {
  Json json;
  json["log"] = request.log.path();
  json["agrees"] = verdict.agrees();
  json["complete"] = verdict.sealed;
  json["events"] = verdict.events;
  json["last_seq"] = verdict.last_seq;
  json["divergence"] = nullptr;
  if (verdict.agrees()) return json;
  const Divergence& divergence = *verdict.divergence;
  Json& where = json["divergence"] = Json::object();
  where["seq"] = divergence.seq;
  where["cause_seq"] = divergence.cause ? Json(divergence.cause) : Json(nullptr);
  where["what"] = divergence.what;
  where["log"] = divergence.log;
  where["machine"] = divergence.machine;
  where["neighbourhood"] = Json::array();
  EventText text(request.log);
  for (const TraceEvent& row : neighbourhood(request.log, divergence.seq))
    where["neighbourhood"].push_back(text.json(row));
  return json;
}

}  // namespace

int run_verify(const Request& request) {
  const Verdict verdict = Recount(request.log).run(nullptr);
  if (request.json())
    write_json(request.out(), verdict_json(request, verdict));
  else
    write_text(request, verdict);
  return verdict.agrees() ? kYes : kNo;
}

}  // namespace recount

#include "replay/reports/line_walk.hpp"

#include <array>
#include <cstdio>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "replay/command/command.hpp"
#include "replay/log/source_text.hpp"
#include "replay/text/json_text.hpp"

namespace recount {
namespace {

class Walk : public Visitor {
 public:
  Walk(const Request& request, const Sources& sources, const std::function<bool(const LineStep&)>& wants)
      : request_(request), sources_(sources), wants_(wants), history_(request.log) {
    texts_.add(request.log);
    if (request.json()) request.out() << '[';
  }

  void row(const TraceEvent& event, const std::vector<Fact>& facts) override {
    history_.row(event, facts);
    for (const Hit& hit : history_.hits_of_row()) {
      if (hit.is_late)
        ++without_order_;
      else
        come_to(hit);
    }
    if (history_.again_of_row()) come_to(*history_.again_of_row());
  }
  void run_ended() override { history_.run_ended(); }

  void end() {
    if (request_.json()) request_.out() << (is_first_ ? "]\n" : "\n]\n");
    if (without_order_ == 0) return;
    std::cerr
        << "recount-replay: " << visible(request_.log.path()) << ": flags or counters tell of "
        << count_text(without_order_, "hit")
        << ", which have no order and are left out; recount-record --hits=counts,ordered has each line in order\n";
  }

 private:
  void come_to(const Hit& hit) {
    for (const ProbeLine* const line : lines_of(sources_, hit)) {
      const ProbeLine* const last = std::exchange(last_[hit.utid], line);
      const bool goes_on =
          last && last->line == line->line && last->image == line->image && last->address < line->address;
      const LineStep step{hit.seq, hit.time_ns, raw(hit.upid), raw(hit.utid), line};
      if (!goes_on && wants_(step)) write(step);
    }
  }

  void write(const LineStep& step) {
    const SourceLine& at = sources_.lines()[step.line->line];
    const std::string& file = sources_.files()[at.file];
    const std::string text = texts_.line(file, at.line);
    const bool has_function = step.line->function != Sources::kNoFunction;
    const std::string function = has_function ? sources_.functions()[step.line->function].name : "";
    if (request_.json()) return write_json(step, file, at.line, function, text);
    std::array<char, 80> head{};
    std::snprintf(head.data(), head.size(), "%8llu %14.9f %5s %5s  ", static_cast<unsigned long long>(step.seq),
                  static_cast<double>(step.time_ns) / 1e9, ("p" + std::to_string(step.upid)).c_str(),
                  ("t" + std::to_string(step.utid)).c_str());
    request_.out() << head.data() << visible(file) << ':' << at.line;
    if (has_function) request_.out() << "  " << visible(function);
    if (!text.empty()) request_.out() << "  " << visible(text);
    request_.out() << '\n';
  }

  void write_json(const LineStep& step, const std::string& file, std::uint32_t line, const std::string& function,
                  const std::string& text) {
    Json json;
    json["seq"] = step.seq;
    json["time_ns"] = step.time_ns;
    json["upid"] = step.upid;
    json["utid"] = step.utid;
    json["file"] = file;
    json["line"] = line;
    json["function"] = function.empty() ? Json(nullptr) : Json(function);
    json["text"] = text.empty() ? Json(nullptr) : Json(text);
    request_.out() << (std::exchange(is_first_, false) ? "\n" : ",\n") << json_document(json);
  }

  const Request& request_;
  const Sources& sources_;
  const std::function<bool(const LineStep&)>& wants_;
  History history_;
  std::map<Utid, const ProbeLine*> last_;  // where a thread was: a line may have several places, one behind the other
  SourceText texts_{SourceSelection(), SourceText::From::log};
  std::uint64_t without_order_ = 0;
  bool is_first_ = true;
};

}  // namespace

void write_line_walk(const Request& request, const Sources& sources,
                     const std::function<bool(const LineStep&)>& wants) {
  Walk walk(request, sources, wants);
  const Verdict verdict = Recount(request.log).run(&walk);
  walk.end();
  warn_of_divergence(request, verdict);
}

}  // namespace recount

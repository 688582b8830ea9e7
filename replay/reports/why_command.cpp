// why: the command.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "replay/command/command.hpp"
#include "replay/log/merge.hpp"
#include "replay/reports/why.hpp"

namespace recount {
namespace {

std::string at(const LineStory& story, std::uint32_t line) {
  return visible(story.place.file) + ":" + std::to_string(line);
}

std::string executions_text(const LineCoverage& line) {
  if (!line.executions) return "";
  return std::string(", executed ") + (line.at_least ? "at least " : "") + count_text(*line.executions, "time");
}

class StoryText {
 public:
  StoryText(std::ostream& out, Paint paint, const LineStory& story) : out_(out), paint_(paint), story_(story) {}

  void write() {
    const std::string place = at(story_, story_.place.line);
    if (!story_.is_known_file) return write_unknown(place);
    if (!story_.is_code) return write_no_code(place);
    if (story_.first)
      write_ran(place);
    else
      write_did_not_run(place);
    if (story_.first) write_branches();
    for (const ImageUse& image : story_.images)
      say("in " + visible(image.path) + ", started " + times(image.started) +
          (image.loaded ? ", loaded as a library " + times(image.loaded) : ""));
    if (story_.is_excluded) say("the source takes it out of the reports by a mark (LCOV_EXCL or its like)");
  }

 private:
  static std::string times(std::uint64_t n) { return count_text(n, "time"); }
  void say(const std::string& sentence) { out_ << "  " << sentence << '\n'; }

  void write_function() {
    if (story_.function.empty()) return;
    const std::string function = visible(story_.function) + " (line " + std::to_string(story_.function_line) + ")";
    say("in function " + function + (story_.function_ran ? "" : ", which was never entered"));
  }

  void write_ran(const std::string& place) {
    const FirstHit& first = *story_.first;
    out_ << place << ' ' << paint_.good("ran") << ": " << count_text(story_.line.hits, "hit") << " in "
         << count_text(story_.line.processes, "process") << executions_text(story_.line) << '\n';
    say("first after " + duration_text(first.time_ns) + ", event " + std::to_string(first.seq) + ", by pid " +
        std::to_string(raw(first.pid)) + (first.tid == first.pid ? "" : ", thread " + std::to_string(raw(first.tid))) +
        (first.argv.empty() ? "" : ": " + shell_quoted(words_of(first.argv))));
    say(!first.after_is_known ? "which line of the thread came before it is not known: the log was compacted"
        : first.after.empty() ? "it was the first line of its thread"
                              : "the thread's line before it was " + visible(first.after));
    write_function();
  }

  void write_branches() {
    for (const BranchCoverage& branch : story_.branches) {
      const std::string to = branch.to_line == 0 ? "" : ", to line " + std::to_string(branch.to_line);
      say("branch " + std::to_string(branch.number) + to + ", " + ways_word(branch));
    }
  }

  void write_did_not_run(const std::string& place) {
    out_ << place << ' ' << paint_.bad("did not run") << '\n';
    write_function();
    if (story_.line.is_exceptional)
      say("only an exception that is thrown leads there: to a handler, or to what is done for it alone");
    if (story_.ran_above) say("the nearest line above it that ran is " + at(story_, *story_.ran_above));
    const bool used = std::any_of(story_.images.begin(), story_.images.end(),
                                  [](const ImageUse& image) { return image.started + image.loaded > 0; });
    if (!used) say("no process of the run ran a program or library that has it");
  }

  void write_no_code(const std::string& place) {
    out_ << place << ' ' << paint_.warn("is no line of code")
         << ": no statement begins there in any image of the run\n";
    if (story_.code_above) say("the nearest line of code above is " + at(story_, *story_.code_above));
    if (story_.code_below) say("the nearest below is " + at(story_, *story_.code_below));
  }

  void write_unknown(const std::string& place) {
    out_ << place << ' ' << paint_.warn("is not in the log") << ": no image of the run has probes in that file\n";
    for (const auto& [image, reason] : story_.without_probes)
      say(visible(image) + ": " + (reason.empty() ? "no probes" : visible(reason)));
  }

  std::ostream& out_;
  Paint paint_;
  const LineStory& story_;
};

Json known_json(std::optional<bool> known) { return known ? Json(*known) : Json(nullptr); }

Json branch_json(const BranchCoverage& branch) {
  return {{"branch", branch.number},
          {"condition", branch.condition},
          {"to_line", branch.to_line == 0 ? Json(nullptr) : Json(branch.to_line)},
          {"reached", known_json(branch.reached)},
          {"taken", known_json(branch.taken)}};
}

Json first_json(const FirstHit& first) {
  return {{"seq", first.seq},
          {"time_ns", first.time_ns},
          {"upid", raw(first.upid)},
          {"pid", raw(first.pid)},
          {"tid", raw(first.tid)},
          {"argv", first.argv.empty() ? Json(nullptr) : argv_json(first.argv)},
          {"after", first.after.empty() ? Json(nullptr) : Json(first.after)}};
}

Json story_json(const LineStory& story) {
  const auto line_or_null = [](const std::optional<std::uint32_t>& line) { return line ? Json(*line) : Json(nullptr); };
  Json json{{"file", story.place.file},          {"line", story.place.line},
            {"known_file", story.is_known_file}, {"code", story.is_code},
            {"ran", story.first.has_value()},    {"excluded", story.is_excluded},
            {"hits", story.line.hits},           {"processes", story.line.processes},
            {"probes", story.line.probes},       {"probes_hit", story.line.probes_hit}};
  json["executions"] = story.line.executions ? Json(*story.line.executions) : Json(nullptr);
  json["first"] = story.first ? first_json(*story.first) : Json(nullptr);
  json["function"] = nullptr;
  if (!story.function.empty())
    json["function"] = {{"name", story.function}, {"line", story.function_line}, {"ran", story.function_ran}};
  json["ran_above"] = line_or_null(story.ran_above);
  json["code_above"] = line_or_null(story.code_above);
  json["code_below"] = line_or_null(story.code_below);
  if (!story.branches.empty()) json["branches"] = Json::array();
  for (const BranchCoverage& branch : story.branches) json["branches"].push_back(branch_json(branch));
  json["images"] = Json::array();
  for (const ImageUse& image : story.images)
    json["images"].push_back({{"path", image.path}, {"started", image.started}, {"loaded", image.loaded}});
  json["without_probes"] = Json::array();
  for (const auto& [path, reason] : story.without_probes)
    json["without_probes"].push_back({{"path", path}, {"reason", reason}});
  return json;
}

}  // namespace

int run_why(const LogsRequest& request) {
  if (request.paths.size() < 2) throw UsageError("why needs a log and a place, FILE:LINE");
  const Place place = place_of(request.paths.back());
  const std::vector<std::string> paths(request.paths.begin(), request.paths.end() - 1);
  const LogFile log = paths.size() == 1 ? LogFile(paths[0]) : merged(paths);
  try {
    Verdict verdict;
    const LineStory story = story_of(log, place, verdict);
    Output output(request.output);
    const Request report{log, output, request.format, request.options};
    if (report.json())
      write_json(output.stream(), story_json(story));
    else
      StoryText(output.stream(), report.paint(), story).write();
    output.commit();
    warn_of_divergence(report, verdict);
    return story.first ? kYes : kNo;
  } catch (const SqliteError& error) {
    throw FileError(log.path(), explain(error));
  }
}

}  // namespace recount

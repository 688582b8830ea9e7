// summary: the run at a glance. What failed comes first, and how it came to be run.
#include <algorithm>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>

#include "replay/command/command.hpp"
#include "replay/coverage/source_options.hpp"
#include "replay/log/dictionary.hpp"
#include "replay/recount/failures.hpp"
#include "replay/recount/history.hpp"
#include "replay/reports/failure_cards.hpp"
#include "replay/reports/said_text.hpp"
#include "replay/text/markdown_text.hpp"

namespace recount {
namespace {

constexpr std::size_t kRunsShown = 4;  // of more, only those that did not end well, and of these as many
constexpr std::size_t kFailuresShown = 10, kStartersShown = 2, kCommandsShown = 3, kOutlivedShown = 3;
constexpr std::size_t kFilesShown = 10, kNoticesShown = 10;

struct Overview {
  const Request& request;
  std::ostream& out;
  Paint paint;
  const History& history;
  Stories& stories;
  const Verdict& verdict;
  std::vector<FileCoverage> files;
  std::vector<DiagnosticRecord> diagnostics;
  Names names;
};

// For a command to type; the names of many logs would fill the screen.
std::string log_words(const Overview& all) {
  return all.request.log.runs().size() > kRunsShown ? "LOG..." : visible(all.request.log.path());
}

std::int64_t duration_of(const Overview& all, std::size_t run) {
  return all.request.log.runs()[run].duration_ns.value_or(all.verdict.runs[run].last_time_ns);
}

void write_tags(std::ostream& out, const std::map<std::string, std::string>& tags) {
  std::size_t width = 0;
  for (const auto& [key, value] : tags) width = std::max(width, visible(key).size());
  for (const auto& [key, value] : tags) {
    const std::string name = visible(key);
    out << "  " << name << std::string(width + 2 - name.size(), ' ') << visible(value) << '\n';
  }
}

// A run takes as long as its root; what outlived that is recorded on.
std::string root_ending(const Overview& all, const ProcessRecord* root, std::size_t run) {
  if (!root) return all.paint.warn("not seen to begin");
  const std::string ending = ending_of(all.paint, all.request.log, all.names, *root);
  if (root->ended_by == EndedBy::timeout) return ending;
  return ending + " after " + duration_text(root->end_ns ? *root->end_ns - root->start_ns : duration_of(all, run));
}

std::vector<const ProcessRecord*> outlived(const Overview& all, const ProcessRecord& root) {
  std::vector<const ProcessRecord*> found;
  const RunRecord& run = all.request.log.run_of(root.upid);
  for (const ProcessRecord& process : all.history.processes()) {
    const bool later = !process.end_ns || *process.end_ns > *root.end_ns;
    if (&process != &root && later && !process.not_followed && process.ended_by == EndedBy::others &&
        &all.request.log.run_of(process.upid) == &run)
      found.push_back(&process);
  }
  return found;
}

void write_outlived(const Overview& all, const ProcessRecord* root, std::size_t run) {
  if (!root || !root->end_ns) return;
  const auto processes = outlived(all, *root);
  if (processes.empty()) return;
  all.out << "  " << count_text(processes.size(), "process") << " outlived it, recorded up to "
          << duration_text(duration_of(all, run)) << ": ";
  for (std::size_t i = 0; i < std::min(processes.size(), kOutlivedShown); ++i)
    all.out << (i == 0 ? "pid " : ", pid ") << raw(processes[i]->pid) << ' '
            << command_text(argv_of(all.history, *processes[i]));
  all.out << (processes.size() > kOutlivedShown ? ", ..." : "") << '\n';
}

void write_run(const Overview& all, std::size_t at) {
  std::ostream& out = all.out;
  const Paint paint = all.paint;
  const RunRecord& run = all.request.log.runs()[at];
  const ProcessRecord* const root = all.history.root_of(run);
  out << paint.strong(command_text(run.argv)) << '\n' << "  " << root_ending(all, root, at) << '\n';
  write_outlived(all, root, at);
  out << "  in " << visible(run.cwd) << " on " << visible(run.hostname) << " (" << visible(run.kernel) << ", "
      << visible(run.arch) << "), " << clock_text(run.start_unix_ns) << '\n';
  write_tags(out, run.tags);
}

bool ended_well(const Overview& all, std::size_t run) {
  const ProcessRecord* const root = all.history.root_of(all.request.log.runs()[run]);
  return root && root->ended_well();
}

// Of many runs, those that did not end well: one line each.
void write_bad_runs(const Overview& all) {
  const auto& runs = all.request.log.runs();
  std::vector<std::size_t> bad;
  for (std::size_t run = 0; run < runs.size(); ++run)
    if (!ended_well(all, run)) bad.push_back(run);
  const std::string sum = count_text(runs.size(), "run") + ", " +
                          (bad.empty() ? "all of them ended well" : std::to_string(bad.size()) + " did not end well");
  all.out << all.paint.strong(sum) << '\n';
  for (std::size_t i = 0; i < std::min(bad.size(), kRunsShown); ++i) {
    const RunRecord& run = runs[bad[i]];
    all.out << "  " << root_ending(all, all.history.root_of(run), bad[i]) << ", " << clock_text(run.start_unix_ns)
            << ": " << command_text(run.argv) << '\n';
  }
  if (bad.size() > kRunsShown)
    all.out << "  and " << bad.size() - kRunsShown << " more: SELECT * FROM run WHERE exit_code IS NOT 0\n";
}

void write_head(const Overview& all) {
  std::ostream& out = all.out;
  const std::size_t runs = all.request.log.runs().size();
  if (runs > kRunsShown)
    write_bad_runs(all);
  else
    for (std::size_t run = 0; run < runs; ++run) write_run(all, run);
  out << "  " << (runs > 1 ? "together " : "") << count_text(all.history.processes().size(), "process") << ", "
      << count_text(all.history.threads().size(), "thread") << ", " << count_text(all.history.execs().size(), "exec")
      << ", " << count_text(all.history.signals().size(), "signal") << ", " << count_text(all.verdict.events, "event")
      << '\n';
}

constexpr std::size_t kSaidIndent = 6;

// Whether something of it is left out.
bool write_said(const Overview& all, const FailureCard& card) {
  const SaidText said(all.request, all.out, all.paint, all.history, all.stories, kSaidIndent);
  return said.in_short(all.stories.of(card.first()));
}

bool is_cut(const std::string& argv) { return command_text(argv) != command_text(argv, true); }

// Whether something of it is left out.
bool write_card(const Overview& all, const FailureCard& card) {
  const Failure& failure = card.first();
  const ProcessRecord& process = *failure.process;
  all.out << "  " << (card.alike.size() == 1 ? "" : std::to_string(card.alike.size()) + " times ")
          << ending_of(all.paint, all.request.log, all.names, process) << ", pid " << raw(process.pid) << ", "
          << duration_text(*process.end_ns - process.start_ns) << ": " << command_text(argv_of(all.history, process))
          << '\n';
  if (failure.passed_on) {
    const bool waited = failure.passed_on->ended_by == EndedBy::timeout;
    all.out << "      " << (waited ? "was waiting for pid " : "passes on what pid ") << raw(failure.passed_on->pid)
            << (waited ? "" : " ended with") << '\n';
    return is_cut(argv_of(all.history, process)) || card.alike.size() > 1;
  }
  const std::vector<Starter> chain = chain_of(all.history, process);
  for (std::size_t i = 0; i < std::min(chain.size(), kStartersShown); ++i)
    all.out << "      run by " << command_text(chain[i].argv()) << '\n';
  if (chain.size() > kStartersShown) all.out << "      and " << chain.size() - kStartersShown << " more above\n";
  return is_cut(argv_of(all.history, process)) || card.alike.size() > 1 || chain.size() > kStartersShown ||
         std::any_of(chain.begin(), chain.end(), [](const Starter& above) { return is_cut(above.argv()); });
}

bool passed(const Overview& all) {
  for (std::size_t run = 0; run < all.request.log.runs().size(); ++run)
    if (!ended_well(all, run)) return false;
  return true;
}

// A crash is worth to be looked at, although the run went on.
bool is_crash(const Failure& failure) {
  return failure.group != Failure::Group::nobody_minded && failure.process->status.signaled();
}

void write_failures(const Overview& all) {
  std::ostream& out = all.out;
  const std::vector<Failure> failures = failures_of(all.history);
  if (failures.empty()) return;
  if (passed(all) && std::none_of(failures.begin(), failures.end(), is_crash)) {
    out << "\npassed: nobody minded " << count_text(failures.size(), "failed process")
        << "; see recount-replay failures " << log_words(all) << '\n';
    return;
  }
  out << "\n" << all.paint.strong(count_text(failures.size(), "failed process")) << '\n';
  const FailureCards cards(failures, all.stories);
  bool more = cards.told.size() > kFailuresShown || !cards.unminded.empty();
  for (std::size_t i = 0; i < std::min(cards.told.size(), kFailuresShown); ++i) {
    more = write_card(all, cards.told[i]) || more;
    if (i == 0) more = write_said(all, cards.told[i]) || more;
  }
  if (!cards.unminded.empty())
    out << "  nobody seems to have minded " << cards.unminded.size() << ": "
        << commands_text(all.history, cards.unminded, kCommandsShown) << '\n';
  if (cards.told.size() > kFailuresShown) out << "  and " << cards.told.size() - kFailuresShown << " more\n";
  if (more) out << "  all of it: recount-replay failures --all " << log_words(all) << '\n';
}

std::vector<FileCoverage> worst_first(std::vector<FileCoverage> files) {
  std::stable_sort(files.begin(), files.end(), [](const FileCoverage& a, const FileCoverage& b) {
    return a.lines_hit * b.lines.size() < b.lines_hit * a.lines.size();
  });
  return files;
}

void write_coverage(const Overview& all) {
  std::ostream& out = all.out;
  const CoverageTotals totals = totals_of(all.files);
  const auto& runs = all.request.log.runs();
  if (std::none_of(runs.begin(), runs.end(), [](const RunRecord& r) { return r.coverage; })) {
    out << "\nrecorded without coverage\n";
    return;
  }
  out << '\n'
      << all.paint.strong("coverage " + percent_text(totals.lines_hit, totals.lines) + " %") << " of "
      << count_text(totals.lines, "line") << " in " << count_text(all.files.size(), "file") << '\n';
  const auto files = worst_first(all.files);
  for (std::size_t i = 0; i < std::min(files.size(), kFilesShown); ++i)
    out << std::setw(8) << percent_text(files[i].lines_hit, files[i].lines.size()) << " %  " << std::setw(11)
        << std::to_string(files[i].lines_hit) + "/" + std::to_string(files[i].lines.size()) << "  "
        << visible(files[i].file) << '\n';
  if (files.size() > kFilesShown)
    out << "  and " << count_text(files.size() - kFilesShown, "better file") << ": recount-replay coverage "
        << log_words(all) << '\n';
}

void write_diagnostics(const Overview& all) {
  std::ostream& out = all.out;
  std::vector<DiagnosticRecord> notices = all.diagnostics;
  std::erase_if(notices, [](const DiagnosticRecord& d) { return d.severity == "info"; });
  if (notices.empty()) return;
  out << "\nfrom the recorder\n";
  for (std::size_t i = 0; i < std::min(notices.size(), kNoticesShown); ++i) {
    const DiagnosticRecord& d = notices[i];
    out << "  " << visible(d.severity) << ": " << visible(d.message)
        << (d.remedy.empty() ? "" : "; " + visible(d.remedy)) << '\n';
  }
  if (notices.size() > kNoticesShown)
    out << "  and " << notices.size() - kNoticesShown << " more, in the view diagnostic\n";
}

void write_trust(const Overview& all) {
  const Paint paint = all.paint;
  for (const RunVerdict& verdict : all.verdict.runs) {
    const std::string trust = visible(trust_text(verdict));
    all.out << (all.request.log.merged() ? "its log: " : "the log: ")
            << (verdict.agrees() ? verdict.sealed ? paint.good(trust) : paint.warn(trust) : paint.bad(trust)) << '\n';
  }
}

void write_trust_of_many(const Overview& all) {
  const auto& runs = all.verdict.runs;
  const auto complete = std::count_if(runs.begin(), runs.end(), [](const auto& r) { return r.agrees() && r.sealed; });
  const auto differ = std::count_if(runs.begin(), runs.end(), [](const auto& r) { return !r.agrees(); });
  const auto cut = static_cast<std::ptrdiff_t>(runs.size()) - complete - differ;
  all.out << "the logs: " << all.paint.good(std::to_string(complete) + " agree with the machine and are complete");
  if (cut != 0)
    all.out << ", " << all.paint.warn(std::to_string(cut) + (cut == 1 ? " was cut short" : " were cut short"));
  if (differ != 0)
    all.out << ", " << all.paint.bad(std::to_string(differ) + " not to be trusted: verify says from where on");
  all.out << '\n';
}

void write_text(const Overview& all) {
  write_head(all);
  write_failures(all);
  write_coverage(all);
  write_diagnostics(all);
  all.out << '\n';
  all.verdict.runs.size() > kRunsShown ? write_trust_of_many(all) : write_trust(all);
}

Json failure_json(const Overview& all, const ProcessRecord& process) {
  const WaitStatus status = process.status;
  Json json{{"upid", raw(process.upid)},
            {"pid", raw(process.pid)},
            {"argv", argv_json(argv_of(all.history, process))},
            {"ended_by", ended_by_json(process)},
            {"exit_code", status.exited() ? Json(status.exit_code()) : Json(nullptr)},
            {"term_signal", status.signaled() ? Json(status.term_signal()) : Json(nullptr)},
            {"duration_ns", *process.end_ns - process.start_ns}};
  Json& chain = json["run_by"] = Json::array();
  for (const Starter& above : chain_of(all.history, process)) chain.push_back(argv_json(above.argv()));
  return json;
}

Json overview_json(const Overview& all) {
  const CoverageTotals totals = totals_of(all.files);
  Json json;
  add_runs(json, all.request.log);
  if (!all.request.log.merged()) json["duration_ns"] = duration_of(all, 0);
  json["counts"] = {{"processes", all.history.processes().size()},
                    {"threads", all.history.threads().size()},
                    {"execs", all.history.execs().size()},
                    {"signals", all.history.signals().size()},
                    {"events", all.verdict.events},
                    {"hits", all.history.hits()}};
  Json& failures = json["failures"] = Json::array();
  const std::vector<Failure> failed = failures_of(all.history);
  for (const Failure& failure : failed) failures.push_back(failure_json(all, *failure.process));
  json["first_failure_output"] =
      failed.empty() ? Json(nullptr) : said_json(all.history, all.stories, all.stories.of(failed.front()).said);
  Json& files = json["coverage"] = {{"lines", totals.lines}, {"lines_hit", totals.lines_hit}, {"files", Json::array()}};
  for (const FileCoverage& file : worst_first(all.files))
    files["files"].push_back({{"file", file.file}, {"lines", file.lines.size()}, {"lines_hit", file.lines_hit}});
  Json& notices = json["diagnostics"] = Json::array();
  for (const DiagnosticRecord& d : all.diagnostics)
    notices.push_back({{"time_ns", d.time_ns},
                       {"severity", d.severity},
                       {"key", d.key},
                       {"message", d.message},
                       {"remedy", d.remedy.empty() ? Json(nullptr) : Json(d.remedy)}});
  json["log"] = {{"agrees", all.verdict.agrees()},
                 {"complete", all.verdict.sealed},
                 {"last_seq", all.verdict.last_seq},
                 {"trust", trust_text(all.verdict)}};
  return json;
}

}  // namespace

int run_summary(const Request& request) {
  Coverage coverage(request.log);
  LastLines last(request.log, coverage.sources(), &coverage);
  const Verdict verdict = Recount(request.log).run(&last);
  Stories stories(request.log, last, coverage.sources());
  SourceText sources;
  sources.add(request.log);
  CoverageReport report({request.log.run()}, coverage.files(), sources);
  drop_excluded_lines(report, request.options);
  std::ostringstream text;
  const bool markdown = request.format == "markdown";
  std::ostream& out = markdown ? text : request.out();
  const Overview all{request,
                     out,
                     markdown ? Paint(false) : request.paint(),
                     last.history(),
                     stories,
                     verdict,
                     report.files(),
                     diagnostics_of(request.log),
                     Names(request.log)};
  if (request.json())
    write_json(request.out(), overview_json(all));
  else
    write_text(all);
  if (markdown) write_as_markdown(request.out(), text.str());
  return kYes;
}

}  // namespace recount

#include "replay/reports/why.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "replay/log/exclusions.hpp"
#include "replay/log/source_text.hpp"
#include "replay/text/text.hpp"

namespace recount {
namespace {

namespace fs = std::filesystem;

bool ends_so(const std::string& path, const std::string& end) {
  return path == end || (path.ends_with(end) && path[path.size() - end.size() - 1] == '/');
}

// Whole paths that the text may mean below a folder: as it is written, and with links followed.
std::vector<std::string> whole_paths(const fs::path& folder, const std::string& text) {
  std::error_code ignored;
  const fs::path path = folder / text;
  return {path.lexically_normal().string(), fs::weakly_canonical(path, ignored).string()};
}

// Where a path may begin. A bare name of several files is that of the current folder, but none of the roots'.
std::vector<fs::path> folders_for(const LogFile& log, const std::string& text) {
  std::error_code ignored;
  std::vector<fs::path> folders{fs::current_path(ignored)};
  if (text.find('/') == std::string::npos) return folders;
  for (const RunRecord& run : log.runs())
    for (const std::string& root : words_of(run.source_roots)) folders.emplace_back(root);
  return folders;
}

std::vector<std::string> that_end_so(const std::vector<FileCoverage>& files, const std::string& end) {
  std::vector<std::string> found;
  for (const FileCoverage& file : files)
    if (ends_so(file.file, end)) found.push_back(file.file);
  return found;
}

std::optional<std::string> whole_path(const LogFile& log, const std::vector<FileCoverage>& files,
                                      const std::string& text) {
  const auto has = [&files](const std::string& path) {
    return std::any_of(files.begin(), files.end(), [&](const FileCoverage& file) { return file.file == path; });
  };
  if (has(text)) return text;
  for (const fs::path& folder : folders_for(log, text))
    for (const std::string& path : whole_paths(folder, text))
      if (has(path)) return path;
  const std::vector<std::string> found = that_end_so(files, fs::path(text).lexically_normal().string());
  if (found.size() > 1) throw UsageError(text + " may be " + found[0] + " or " + found[1] + "; name more of its path");
  return found.empty() ? std::nullopt : std::optional(found.front());
}

// The history, and of one line who reached it first.
class FirstReach : public Visitor {
 public:
  FirstReach(const LogFile& log, Coverage& coverage, const Place& place)
      : history_(log, &coverage), sources_(coverage.sources()), is_compacted_(log.compacted()) {
    for (const ProbeLine& probe : sources_.probe_lines()) {
      const SourceLine& at = sources_.lines()[probe.line];
      if (at.line != place.line || !ends_so(sources_.files()[at.file], place.file)) continue;
      probes_.insert(probe.probe);
      lines_.insert(probe.line);
    }
  }

  void row(const TraceEvent& event, const std::vector<Fact>& facts) override {
    history_.row(event, facts);
    for (const Hit& hit : history_.hits_of_row()) reached(hit);
    const Observation* const seen = event.observation();
    const bool is_of_orphan =
        event.kind() == EventKind::surveyed && event.exec == ExecId{};  // its program is among them
    if (seen && !is_of_orphan)
      for (const Placed& placed : placed_in(*seen)) loaded(event.utid, placed.image);
  }
  void run_ended() override { history_.run_ended(); }

  const History& history() const noexcept { return history_; }
  const std::unordered_set<std::uint32_t>& probes() const noexcept { return probes_; }
  // By how many programs it was loaded.
  std::uint64_t loads_of(std::int64_t image) const {
    const auto found = loads_.find(image);
    return found == loads_.end() ? 0 : found->second.size();
  }

  std::optional<FirstHit> first() const {
    if (!first_) return std::nullopt;
    FirstHit hit = *first_;
    for (const ThreadRecord& thread : history_.threads())
      if (thread.utid == utid_) hit.upid = thread.upid;
    const ProcessRecord* const process = history_.process(hit.upid);
    if (process) hit.pid = process->pid;
    if (const auto* const program = process ? history_.program_at(*process, hit.time_ns) : nullptr)
      hit.argv = program->argv;
    return hit;
  }

 private:
  void reached(const Hit& hit) {
    for (const ProbeLine* const line : lines_of(sources_, hit)) {
      if (!first_ && lines_.contains(line->line)) begin(hit);
      last_[raw(hit.utid)] = line->line;
    }
  }

  // A program stands among the images of its own memory, and is no library for that.
  void loaded(Utid utid, ImageId image) {
    const ThreadRecord* const thread = history_.thread(utid);
    const ProcessRecord* const process = thread ? history_.process(thread->upid) : nullptr;
    const ExecRecord* const program = process ? history_.program_of(*process) : nullptr;
    if (!program || program->image != image)
      loads_[raw(image)].emplace(process ? raw(process->upid) : 0, program ? program->seq : 0);
  }

  void begin(const Hit& hit) {
    utid_ = hit.utid;
    first_ = {hit.seq, hit.time_ns, {}, {}, hit.tid, "", ""};
    const auto last = last_.find(raw(hit.utid));
    first_->after_is_known = !is_compacted_;
    if (last != last_.end() && !is_compacted_) first_->after = sources_.text_of(last->second);
  }

  History history_;
  const Sources& sources_;
  std::unordered_set<std::uint32_t> probes_, lines_;  // that tell of the line; those of Sources::lines() that are it
  std::unordered_map<std::uint32_t, std::uint32_t> last_;                  // the line that a thread began last
  std::map<std::int64_t, std::set<std::pair<std::uint32_t, Seq>>> loads_;  // by image: process and exec
  Utid utid_{};
  std::optional<FirstHit> first_;
  bool is_compacted_;  // the hit before it may have been left out
};

void tell_neighbours(LineStory& story, const FileCoverage& file) {
  for (const LineCoverage& line : file.lines) {
    if (line.line < story.place.line) story.code_above = line.line;
    if (line.line < story.place.line && line.hits != 0) story.ran_above = line.line;
    if (line.line > story.place.line && !story.code_below) story.code_below = line.line;
    if (line.line != story.place.line) continue;
    story.is_code = true;
    story.line = line;
  }
}

// The function that has the line among its own; of several (a lambda in a function) the one that is declared last.
void tell_function(LineStory& story, const FileCoverage& file) {
  for (const FunctionCoverage& function : file.functions) {
    const bool has_line = std::any_of(function.lines.begin(), function.lines.end(),
                                      [&](const FunctionLine& line) { return line.line == story.place.line; });
    if (!has_line || (!story.function.empty() && function.line < story.function_line)) continue;
    story.function = function.name;
    story.function_line = function.line;
    story.function_ran = function.hits != 0;
  }
}

std::uint64_t count(const LogFile& log, const char* sql, std::int64_t image) {
  Statement statement(log.database(), sql);
  statement.bind(1, image);
  return statement.step() ? static_cast<std::uint64_t>(statement.integer(0)) : 0;
}

void tell_images(LineStory& story, const LogFile& log, const FirstReach& reach) {
  Statement image_of(log.database(),
                     "SELECT i.image_id, i.path FROM trace_probe p JOIN trace_image i ON "
                     "i.image_id = p.image_id WHERE p.probe_id = ?");
  std::map<std::int64_t, std::string> images;
  for (const std::uint32_t probe : reach.probes()) {
    image_of.bind(1, std::int64_t{probe});
    if (image_of.step()) images.emplace(image_of.integer(0), image_of.text(1));
    image_of.reset();
  }
  for (const auto& [image, path] : images)
    story.images.push_back(
        {path, count(log, "SELECT count(*) FROM trace_exec WHERE image_id = ?", image), reach.loads_of(image)});
}

void tell_images_without_probes(LineStory& story, const LogFile& log) {
  Statement image(log.database(),
                  "SELECT path, coalesce(reason, '') FROM trace_image WHERE instrumented = 0 ORDER BY path");
  while (image.step()) story.without_probes.emplace_back(image.text(0), image.text(1));
}

}  // namespace

Place place_of(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  Place place{text.substr(0, colon), 0};
  if (colon != std::string::npos && colon > 0) {
    const char* const end = text.data() + text.size();
    const auto [last, error] = std::from_chars(text.data() + colon + 1, end, place.line);
    if (error == std::errc{} && last == end && place.line != 0) return place;
  }
  throw UsageError("a place is FILE:LINE, not " + text);
}

LineStory story_of(const LogFile& log, const Place& place, Verdict& verdict) {
  Coverage coverage(log);
  LineStory story;
  story.place = place;
  const auto path = whole_path(log, coverage.files(), place.file);
  story.is_known_file = path.has_value();
  if (path) story.place.file = *path;
  FirstReach reach(log, coverage, story.place);
  verdict = Recount(log).run(&reach);
  if (!path) {
    tell_images_without_probes(story, log);
    return story;
  }
  const std::vector<FileCoverage> files = coverage.files();
  const auto file = std::find_if(files.begin(), files.end(), [&](const FileCoverage& f) { return f.file == *path; });
  tell_neighbours(story, *file);
  const auto branches = file->branches_of(story.place.line);
  story.branches.assign(branches.begin(), branches.end());
  tell_function(story, *file);
  tell_images(story, log, reach);
  story.first = reach.first();
  SourceText sources;
  sources.add(log);
  if (const auto text = sources.text(*path)) story.is_excluded = Exclusions(*text).has(place.line);
  return story;
}

}  // namespace recount

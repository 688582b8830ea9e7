// The source side of the dictionary: which lines and functions the probes stand for.
//
// Lines are numbered 0, 1, 2, ... in order of file and line, so that whoever counts per line can
// use a vector.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "replay/log/log_file.hpp"
#include "replay/log/source_selection.hpp"
#include "schema/shared/source_filter.hpp"
#include "schema/vocabulary/ids.hpp"
#include "schema/vocabulary/observation.hpp"

namespace recount {

struct SourceLine {
  std::uint32_t file = 0;  // index into files()
  std::uint32_t line = 0;
  friend auto operator<=>(const SourceLine&, const SourceLine&) = default;
};

struct SourceFunction {
  std::string name;          // demangled
  std::string linkage_name;  // the symbol's; equal to name where there is no other
  std::uint32_t file = 0;
  std::uint32_t line = 0;
};

struct ProbeLine {
  std::uint32_t probe = 0;
  std::uint32_t image = 0;     // the probes of an image follow each other
  std::uint32_t line = 0;      // index into lines()
  std::uint32_t function = 0;  // index into functions(); kNoFunction
  std::uint32_t site =
      0;  // index of the first probe_lines() of the place where the line begins: a few probes may share one
  std::uint64_t address = 0;    // of that place, in the image
  bool is_exceptional = false;  // only an exception leads to the probe
};

// A way that a conditional jump may lead. Those of one line with one number are one: of instances of a template, of images.
struct SourceWay {
  std::uint32_t line = 0;  // index into lines()
  std::uint32_t number = 0;
  std::uint32_t condition = 0;  // number of the jump among those of the line
  Way way{};
  std::uint32_t to_line = 0;  // of the same file; 0: nobody knows
  std::uint32_t image = 0;
  std::uint64_t jump = 0;  // its address in the image
  enum class Told : std::uint8_t { by_nothing, by_probes, by_watch } told{};
  std::uint32_t watch = 0;  // 0: there is none
};

struct ProbeWay {  // that a probe tells of
  std::uint32_t probe = 0;
  std::uint32_t way = 0;      // index into ways()
  std::uint64_t address = 0;  // where it leads, in the image
};

// How often a line was executed in an image: the sum over these of the factor times how often the probe was come to.
struct LineTerm {
  std::uint32_t line = 0;   // index into lines()
  std::uint32_t probe = 0;  // 0: the line can't be counted there
  std::uint32_t image = 0;
  std::int64_t factor = 0;
};

class Sources {
 public:
  static constexpr std::uint32_t kNoFunction = 0xffffffff;

  enum class Texts : std::uint8_t { all, newest };  // of a file that has several: text_choice.hpp
  explicit Sources(const LogFile& log, const SourceSelection& selection = {}, Texts texts = Texts::all);
  const std::vector<std::string>& files() const noexcept { return files_; }
  const std::vector<SourceLine>& lines() const noexcept { return lines_; }
  const std::vector<SourceFunction>& functions() const noexcept { return functions_; }
  const std::vector<ProbeLine>& probe_lines() const noexcept { return probe_lines_; }  // by probe
  std::span<const ProbeLine> lines_of(ProbeId probe) const;
  const std::vector<SourceWay>& ways() const noexcept { return ways_; }  // by line and number
  std::span<const ProbeWay> ways_of(ProbeId probe) const;
  const std::vector<LineTerm>& terms() const noexcept { return terms_; }  // none where no executions were counted
  std::string text_of(std::uint32_t line) const;                          // file:line

 private:
  struct Row;
  using Index = std::unordered_map<std::int64_t, std::uint32_t>;  // an id of the log to a place in a vector
  static std::vector<Row> read_rows(const LogFile& log, const Index& files, const Index& functions, const PathMap* map);
  void place_functions();
  void read_ways(const LogFile& log, const Index& files, const PathMap* map);
  void read_probe_ways(const LogFile& log);
  void read_terms(const LogFile& log, const Index& files, const PathMap* map);
  std::optional<std::uint32_t> index_of(SourceLine at) const;
  void find_sites(const std::vector<std::uint32_t>& first_probes);

  std::vector<std::string> files_;
  std::vector<SourceLine> lines_;
  std::vector<SourceFunction> functions_;
  std::vector<ProbeLine> probe_lines_;
  std::vector<SourceWay> ways_;
  std::vector<ProbeWay> probe_ways_;
  std::vector<LineTerm> terms_;
};

// What the selection's globs take, below the source roots of the log.
SourceFilter filter_of(const LogFile& log, const SourceSelection& selection);

// Options whose glob fits no file of the log: "--exclude vendor".
std::vector<std::string> idle_globs(const LogFile& log, const SourceSelection& selection);

}  // namespace recount

#include "replay/coverage/coverage_formats.hpp"

#include <array>

namespace recount {

std::span<const CoverageFormat> all_coverage_formats() {
  static constexpr std::array kFormats{
      CoverageFormat{"text", "each file with the ranges that did not run", write_coverage_text},
      CoverageFormat{"annotate", "the sources with the hits beside each line", write_coverage_annotate},
      CoverageFormat{"lcov", "a tracefile, for lcov, genhtml, editors and most services", write_coverage_lcov},
      CoverageFormat{"html", "one page with the sources, for a browser and without a network", write_coverage_html},
      CoverageFormat{"cobertura", "XML, for Jenkins, GitLab, Azure DevOps, diff-cover", write_coverage_cobertura},
      CoverageFormat{"json", "all that is known; schema/coverage.schema.json describes it", write_coverage_json},
      CoverageFormat{"gcovr", "JSON that gcovr 5 merges with --add-tracefile", write_coverage_gcovr},
      CoverageFormat{"gcovr7", "the same for gcovr 7", write_coverage_gcovr7},
      CoverageFormat{"sonarqube", "XML, for sonar.coverageReportPaths", write_coverage_sonarqube},
      CoverageFormat{"coveralls", "JSON, for the Coveralls API", write_coverage_coveralls},
      CoverageFormat{"codecov", "JSON, Codecov's custom format", write_coverage_codecov},
      CoverageFormat{"markdown", "a table, for the summary of a CI job", write_coverage_markdown},
      CoverageFormat{"badge", "the share of lines, JSON for an endpoint badge of shields.io", write_coverage_badge},
      CoverageFormat{"github", "annotations of GitHub Actions, ten at most", write_coverage_github},
  };
  return kFormats;
}

}  // namespace recount

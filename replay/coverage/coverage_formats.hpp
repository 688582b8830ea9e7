// The writers of coverage reports, one in each format_NAME.cpp. Who wants a format by its name asks
// find_coverage_format().
#pragma once

#include "replay/coverage/coverage_report.hpp"

namespace recount {

void write_coverage_text(const Sheet& sheet, const CoverageReport& report);
void write_coverage_annotate(const Sheet& sheet, const CoverageReport& report);
void write_coverage_lcov(const Sheet& sheet, const CoverageReport& report);
void write_coverage_cobertura(const Sheet& sheet, const CoverageReport& report);
void write_coverage_json(const Sheet& sheet, const CoverageReport& report);
void write_coverage_html(const Sheet& sheet, const CoverageReport& report);
void write_coverage_gcovr(const Sheet& sheet, const CoverageReport& report);
void write_coverage_gcovr7(const Sheet& sheet, const CoverageReport& report);
void write_coverage_badge(const Sheet& sheet, const CoverageReport& report);
void write_coverage_sonarqube(const Sheet& sheet, const CoverageReport& report);
void write_coverage_coveralls(const Sheet& sheet, const CoverageReport& report);
void write_coverage_codecov(const Sheet& sheet, const CoverageReport& report);
void write_coverage_markdown(const Sheet& sheet, const CoverageReport& report);
void write_coverage_github(const Sheet& sheet, const CoverageReport& report);

// The data of the HTML page: JSON without a '<'.
void write_coverage_data(std::ostream& out, const CoverageReport& report);

}  // namespace recount

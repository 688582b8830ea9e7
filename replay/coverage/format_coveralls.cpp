// Coverage as the Coveralls API takes it (POST /api/v1/jobs): for each file an element for each
// line of its source, null where there is no code, and the source's MD5.
//
// Who sends it adds the token and the commit: secrets do not belong into a report. A file whose
// source is not available has no digest, and an element for each line up to the last with code.
#include <nettle/base16.h>
#include <nettle/md5.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <ostream>

#include "replay/coverage/coverage_formats.hpp"
#include "replay/text/json_text.hpp"

namespace recount {
namespace {

std::string md5_of(const std::string& text) {
  md5_ctx context;
  ::md5_init(&context);
  ::md5_update(&context, text.size(), reinterpret_cast<const std::uint8_t*>(text.data()));
  std::array<std::uint8_t, MD5_DIGEST_SIZE> digest{};
  ::md5_digest(&context, digest.size(), digest.data());
  std::string hex(BASE16_ENCODE_LENGTH(digest.size()), '\0');
  ::base16_encode_update(hex.data(), digest.size(), digest.data());
  return hex;
}

std::uint32_t count_lines(const std::string& text) {
  const auto ends = std::count(text.begin(), text.end(), '\n');
  const bool open = !text.empty() && text.back() != '\n';
  return static_cast<std::uint32_t>(ends) + (open ? 1 : 0);
}

// A log may say of a line that it is the four thousand millionth: no array is as long as that.
std::uint32_t last_line(const FileCoverage& file, const std::optional<std::string>& source) {
  constexpr std::uint32_t kLineMax = 1'000'000;
  return source ? count_lines(*source) : std::min(kLineMax, file.lines.back().line);
}

void write_elements(std::ostream& out, const FileCoverage& file, std::uint32_t last) {
  auto line = file.lines.begin();
  for (std::uint32_t number = 1; number <= last; ++number) {
    while (line != file.lines.end() && line->line < number) ++line;
    out << (number == 1 ? "" : ",");
    if (line != file.lines.end() && line->line == number)
      out << line->count();
    else
      out << "null";
  }
}

// Four numbers for each: line, block, branch, hits. What nobody knows is left out.
void write_branches(std::ostream& out, const FileCoverage& file) {
  if (file.branches.empty()) return;
  out << ",\"branches\":[";
  const char* separator = "";
  for (const BranchCoverage& branch : file.branches) {
    if (!branch.taken) continue;
    out << separator << branch.line << ',' << branch.condition << ',' << branch.number << ',' << *branch.taken;
    separator = ",";
  }
  out << ']';
}

}  // namespace

void write_coverage_coveralls(const Sheet& sheet, const CoverageReport& report) {
  const std::string run_at = clock_text(report.runs().front().start_unix_ns);
  sheet.out << "{\"run_at\":" << json_text(run_at) << ",\"source_files\":";
  write_json_array(sheet.out, report.files(), [&](std::ostream& out, const FileCoverage& file) {
    const std::optional<std::string> source = report.source(file.file);
    out << "{\"name\":" << json_text(report.relative(file.file));
    if (source) out << ",\"source_digest\":\"" << md5_of(*source) << '"';
    out << ",\"coverage\":[";
    write_elements(out, file, last_line(file, source));
    out << ']';
    write_branches(out, file);
    out << '}';
  });
  sheet.out << "}\n";
}

}  // namespace recount

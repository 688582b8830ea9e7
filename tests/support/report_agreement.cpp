// What the reports say of each line of a log, held against each other. One report that works out by itself what a hit is will
// sooner or later say something else than the others.
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "tests/support/query.hpp"
#include "tests/support/recording.hpp"

namespace recount::test {
namespace {

using Json = nlohmann::json;
using Places = std::set<std::string>;  // file:line

Places places(const std::string& log, const std::string& sql) {
  Places all;
  for (const Row& row : query(log, sql)) all.insert(row[0] + ":" + row[1]);
  return all;
}

// "DA:5,1" is line 5, executed once.
Places of_lcov(const std::string& log) {
  Places all;
  std::string file;
  std::istringstream text(replay({"coverage", "--format", "lcov", log}).output);
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("SF:")) file = line.substr(3);
    if (!line.starts_with("DA:")) continue;
    const std::size_t comma = line.find(',');
    if (line.substr(comma + 1) != "0") all.insert(file + ":" + line.substr(3, comma - 3));
  }
  return all;
}

void complain_of_difference(Complaints& complaints, const std::string& one, const Places& of, const std::string& other,
                            const Places& over) {
  for (const std::string& place : of)
    if (!over.contains(place)) complaints.push_back(place + " ran by " + one + ", not by " + other);
  for (const std::string& place : over)
    if (!of.contains(place)) complaints.push_back(place + " ran by " + other + ", not by " + one);
}

// All of a small log; of a large one those that a stop told of, and a few of each kind.
Places worth_asking(const std::string& log, const Places& code, const Places& ran) {
  constexpr std::size_t kFew = 2, kSmall = 4;
  if (code.size() <= kSmall) return code;
  Places asked = places(log, "SELECT DISTINCT h.file, h.line FROM hit h JOIN trace_reached r ON r.seq = h.seq");
  std::size_t of_those = 0, of_others = 0;
  for (const std::string& place : code)
    if ((ran.contains(place) ? of_those : of_others)++ < kFew) asked.insert(place);
  return asked;
}

bool ran_by_why(const std::string& log, const std::string& place) {
  const Ending ending = replay({"why", log, place, "--format", "json"});
  if (ending.status() > 1) throw std::runtime_error("why " + place + ": " + ending.errors);
  return Json::parse(ending.output).at("ran") == true;
}

// The last lines of failed threads are lines that ran.
void complain_of_last_lines(Complaints& complaints, const std::string& log, const Places& ran) {
  const Json failures = Json::parse(replay({"failures", "--format", "json", log}).output);
  for (const Json& failure : failures.at("failures"))
    for (const Json& line : failure.at("last_lines")) {
      const std::string place = line.at("file").get<std::string>() + ":" + line.at("line").dump();
      if (!ran.contains(place)) complaints.push_back(place + " is a last line by failures, and did not run");
    }
}

std::string bytes_from(const std::string& hex) {
  std::string bytes;
  for (std::size_t at = 0; at + 1 < hex.size(); at += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(at, 2), nullptr, 16));
  return bytes;
}

// Where all of it was kept: the command prints the bytes of the view.
void complain_of_output(Complaints& complaints, const std::string& log) {
  if (value(log, "SELECT count(*) FROM output WHERE bytes <> length(CAST(text AS BLOB))") != "0") return;
  std::string written;
  for (const Row& row : query(log, "SELECT hex(text) FROM output WHERE text IS NOT NULL ORDER BY seq"))
    written += bytes_from(row[0]);
  if (replay({"output", log}).output != written)
    complaints.push_back("output prints other bytes than the view output has");
}

}  // namespace

Complaints check_reports_agree(const std::string& log) {
  const Places code = places(log, "SELECT file, line FROM line_coverage");
  const Places ran = places(log, "SELECT file, line FROM line_coverage WHERE hits > 0");
  Complaints complaints;
  complain_of_difference(complaints, "line_coverage", ran, "coverage", of_lcov(log));
  complain_of_difference(complaints, "line_coverage", ran, "the view hit",
                         places(log, "SELECT DISTINCT file, line FROM hit WHERE file IS NOT NULL"));
  for (const std::string& place : worth_asking(log, code, ran))
    if (ran_by_why(log, place) != ran.contains(place)) complaints.push_back(place + ": why says otherwise");
  complain_of_last_lines(complaints, log, ran);
  complain_of_output(complaints, log);
  return complaints;
}

}  // namespace recount::test

// The grammars of the reports in XML. We write them down here as far as we promise them, so that every clone checks them.
// Where the DTD of Cobertura and the XSD of SonarQube lie beside the repository, xmllint checks the same reports against these.
#include "tests/support/catch.hpp"

#include "tests/support/consumer.hpp"
#include "tests/support/coverage_report_sample.hpp"
#include "tests/support/xml_grammar.hpp"

namespace recount::test {
namespace {

using Complaints = std::vector<std::string>;

const std::string kRate = "0\\.[0-9]+|1\\.0+", kNone = "0", kCount = "0|[1-9][0-9]*", kPositive = "[1-9][0-9]*";
const std::string kAny, kNotEmpty = "[^]+";

// A folder is a package, a file is a class. Branches and complexity are not measured: they are 0.
const XmlGrammar kCobertura{
    {"coverage",
     {.attributes = {{"line-rate", kRate},
                     {"branch-rate", kNone},
                     {"lines-covered", kCount},
                     {"lines-valid", kCount},
                     {"branches-covered", kNone},
                     {"branches-valid", kNone},
                     {"complexity", kNone},
                     {"version", kNotEmpty},
                     {"timestamp", kPositive}},
      .children = {{"sources", 0, 1}, {"packages"}}}},
    {"sources", {.children = {{"source", 0, kAnyNumber}}}},
    {"source", {.has_text = true}},
    {"packages", {.children = {{"package", 0, kAnyNumber}}}},
    {"package",
     {.attributes = {{"name", kNotEmpty}, {"line-rate", kRate}, {"branch-rate", kNone}, {"complexity", kNone}},
      .children = {{"classes"}}}},
    {"classes", {.children = {{"class", 0, kAnyNumber}}}},
    {"class",
     {.attributes = {{"name", kNotEmpty},
                     {"filename", kNotEmpty},
                     {"line-rate", kRate},
                     {"branch-rate", kNone},
                     {"complexity", kNone}},
      .children = {{"methods"}, {"lines"}}}},
    {"methods", {.children = {{"method", 0, kAnyNumber}}}},
    {"method",
     {.attributes = {{"name", kNotEmpty},
                     {"signature", kAny},
                     {"line-rate", kRate},
                     {"branch-rate", kNone},
                     {"complexity", kNone}},
      .children = {{"lines"}}}},
    {"lines", {.children = {{"line", 0, kAnyNumber}}}},
    {"line", {.attributes = {{"number", kPositive}, {"hits", kCount}}}}};

const XmlGrammar kSonarQube{
    {"coverage", {.attributes = {{"version", "1"}}, .children = {{"file", 0, kAnyNumber}}}},
    {"file", {.attributes = {{"path", kNotEmpty}}, .children = {{"lineToCover", 0, kAnyNumber}}}},
    {"lineToCover", {.attributes = {{"lineNumber", kPositive}, {"covered", "true|false"}}}}};

std::string report_of(const std::string& log, const std::string& format) { return replayed({log, "--format", format}); }

TEST_CASE("the Cobertura and SonarQube reports obey the grammars that we promise") {
  const Sample sample;
  const AwkwardSample awkward;
  for (const std::string& log : {sample.log, awkward.log}) {
    CHECK(complaints_about(report_of(log, "cobertura"), "coverage", kCobertura) == Complaints{});
    CHECK(complaints_about(report_of(log, "sonarqube"), "coverage", kSonarQube) == Complaints{});
  }
}

TEST_CASE("the reports of a log without coverage obey the grammars, too") {
  const TemporaryFolder folder;
  write_coverage_log(folder.file("log"), folder.file("root"), {});
  CHECK(complaints_about(report_of(folder.file("log"), "cobertura"), "coverage", kCobertura) == Complaints{});
  CHECK(complaints_about(report_of(folder.file("log"), "sonarqube"), "coverage", kSonarQube) == Complaints{});
}

// The complaints about a report after a change of its first `from`.
Complaints after_change(std::string report, const XmlGrammar& grammar, const std::string& from, const std::string& to) {
  const std::size_t at = report.find(from);
  REQUIRE(at != std::string::npos);
  return complaints_about(report.replace(at, from.size(), to), "coverage", grammar);
}

TEST_CASE("a report that breaks a grammar in any way is refused") {
  const Sample sample;
  const std::string cobertura = report_of(sample.log, "cobertura"), sonar = report_of(sample.log, "sonarqube");
  const auto of_cobertura = [&](const char* from, const char* to) {
    return after_change(cobertura, kCobertura, from, to);
  };
  const std::string line = "/coverage/packages/package/classes/class/methods/method/lines/line";
  CHECK(of_cobertura(" branches-valid=\"0\"", "") == Complaints{"/coverage has no branches-valid"});
  CHECK(of_cobertura("hits=\"1\"", "hits=\"-1\"") == Complaints{line + " has hits=\"-1\""});
  CHECK(of_cobertura("number=\"1\"", "number=\"0\"") == Complaints{line + " has number=\"0\""});
  CHECK(of_cobertura("<line number", "<line branch=\"false\" number") == Complaints{line + " may have no branch"});
  CHECK(of_cobertura("<packages>", "text<packages>") == Complaints{"/coverage may have no text"});
  CHECK(of_cobertura("<packages>", "<package2/><packages>") ==
        Complaints{"/coverage/package2 is not part of the format", "/coverage has 0 packages there",
                   "/coverage has a package2 out of its place"});
  CHECK(of_cobertura("<methods>", "<lines/><methods>") ==
        Complaints{"/coverage/packages/package/classes/class has 0 methods there",
                   "/coverage/packages/package/classes/class has a methods out of its place"});
  CHECK(of_cobertura("<?xml", "<xml") == Complaints{"it is no XML: not well-formed (invalid token)"});
  CHECK(after_change(sonar, kSonarQube, "covered=\"true\"", "covered=\"yes\"") ==
        Complaints{"/coverage/file/lineToCover has covered=\"yes\""});
  CHECK(after_change(sonar, kSonarQube, "version=\"1\"", "version=\"2\"") == Complaints{"/coverage has version=\"2\""});
  CHECK(complaints_about("<report/>", "coverage", kSonarQube) ==
        Complaints{"/report is not the root, which is coverage", "/report is not part of the format"});
}

TEST_CASE("the Cobertura and SonarQube reports obey the grammars of their owners", "[xmllint]") {
  const std::string files = std::string(RECOUNT_SOURCES) + "/../shared/formats/";
  const std::string dtd = files + "coverage-04.dtd", xsd = files + "sonar.xsd";
  if (!have("xmllint") || !have_file(dtd) || !have_file(xsd)) return;
  const Sample sample;
  const AwkwardSample awkward;
  const TemporaryFolder folder;
  for (const std::string& log : {sample.log, awkward.log}) {
    const std::string file = folder.file("report");
    write_file(file, report_of(log, "cobertura"));
    consume({"xmllint", "--noout", "--nonet", "--dtdvalid", dtd, file});
    write_file(file, report_of(log, "sonarqube"));
    consume({"xmllint", "--noout", "--nonet", "--schema", xsd, file});
  }
}

}  // namespace
}  // namespace recount::test

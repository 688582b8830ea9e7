// output: what programs wrote, as it was, and what of it somebody asks for.
#include <nlohmann/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/log_builder.hpp"
#include "tests/support/pty.hpp"
#include "tests/support/query.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temporary_folder.hpp"

namespace recount::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::json;
using Words = std::vector<std::string>;

// ctest runs parser, which says something on both, in pieces; ctest says that it failed.
void write_parser_log(const std::string& path) {
  LogBuilder log(path);
  const ImageId program = log.image("/bin/any", {}, LogBuilder::Output::seen);
  log.spawned(100);
  log.exec(100, R"(["ctest"])", program);
  log.wrote(100, 1, "Start 1: parser\n");
  log.fork(100, 101);
  log.stop(101);
  log.exec(101, R"(["./parser","--all"])", program);
  log.wrote(101, 1, "Grü");
  log.wrote(101, 2, "parser.c:7: \x1b[31merror\x1b[0m\x1b]0;x\x07\n");
  log.wrote(101, 1, "\xc3");
  log.wrote(101, 1, "\xa4n\nno end");
  log.exited(101, 1);
  log.wrote(100, 1, "1/1 Test #1: parser ***Failed\n");
  log.exited(100, 8);
  log.echild();
  log.finish();
}

struct Log {
  explicit Log(void (*write)(const std::string&) = write_parser_log) { write(path); }
  Ending ending(const Words& options = {}) const {
    Words words{"output", path};
    words.insert(words.end(), options.begin(), options.end());
    return replay(words);
  }
  std::string text(const Words& options = {}) const {
    const Ending at = ending(options);
    CHECK(at.status() == 0);
    return at.output;
  }
  Json json(const Words& options = {}) const {
    Words words{"--format", "json"};
    words.insert(words.end(), options.begin(), options.end());
    return Json::parse(ending(words).output);
  }
  TemporaryFolder folder;
  std::string path = folder.file("run.db");
};

TEST_CASE("output is printed byte for byte, in the order of the writes", "[output]") {
  CHECK(Log().text() ==
        "Start 1: parser\nGrüparser.c:7: \x1b[31merror\x1b[0m\x1b]0;x\x07\n\xc3\xa4n\nno end1/1 Test #1: parser "
        "***Failed\n");
}

TEST_CASE("a process, a number, a stream, a test or a part of the tree can be chosen", "[output]") {
  const Log log;
  const std::string out = "Grüän\nno end", err = "parser.c:7: \x1b[31merror\x1b[0m\x1b]0;x\x07\n";
  CHECK(log.text({"--stderr"}) == err);
  CHECK(log.text({"--process", "2", "--stdout"}) == out);
  CHECK(log.text({"--pid", "101", "--stdout"}) == out);
  CHECK(log.text({"--under", "parser --all", "--stdout"}) == out);
  CHECK(log.text({"--test", "parser", "--stdout"}) == out);
  CHECK(log.text({"--pid", "101", "--stdout", "--stderr"}) == "Grü" + err + "\xc3\xa4n\nno end");
  CHECK(log.text({"--process", "1"}) == "Start 1: parser\n1/1 Test #1: parser ***Failed\n");
  CHECK(log.text({"--until", value(log.path, "SELECT max(seq) FROM output WHERE fd = 2"), "--stdout"}) ==
        "Start 1: parser\nGrü");
}

TEST_CASE("a process or test that is not there is refused by name", "[output]") {
  const Log log;
  for (const Words& options : {Words{"--process", "9"}, Words{"--pid", "9"}, Words{"--test", "lexer"}}) {
    const Ending ending = log.ending(options);
    CHECK(ending.status() == 2);
    CHECK_THAT(ending.errors, ContainsSubstring(options[1]));
  }
}

TEST_CASE("grep finds whole lines, whatever writes and colours they are made of", "[output]") {
  const Log log;
  CHECK(log.text({"--grep", "^Grüän$"}) == "Grüän\n");
  CHECK(log.text({"--grep", ": error$"}) == "parser.c:7: \x1b[31merror\x1b[0m\x1b]0;x\x07\n");
  CHECK(log.text({"--grep", "#1|no end"}) == "no end\n1/1 Test #1: parser ***Failed\n");
  const Ending none = log.ending({"--grep", "nothing"});
  CHECK(none.status() == 1);
  CHECK(none.output.empty());
  const Ending broken = log.ending({"--grep", "(a"});
  CHECK(broken.status() == 2);
  CHECK_THAT(broken.errors, ContainsSubstring("--grep (a"));
}

TEST_CASE("timestamps say when, who and where to before each line", "[output]") {
  const std::string text = Log().text({"--timestamps"});
  CHECK_THAT(text, ContainsSubstring("  pid 101     stderr  parser.c:7: \x1b[31merror") &&
                       ContainsSubstring("  pid 101     stdout  Grüän\n") &&
                       ContainsSubstring("  pid 101     stdout  no end\n"));
  CHECK(text.starts_with("    0.00000"));
  CHECK(text.find("no end") < text.find("***Failed"));  // its process had ended
}

TEST_CASE("JSON has the text with whole characters, and U+FFFD for what is none", "[output]") {
  const Json pieces = Log().json({"--pid", "101"});
  REQUIRE(pieces.size() == 4);
  CHECK(pieces[0].at("text") == "Grü");
  CHECK(pieces[1].at("fd") == 2);
  CHECK(pieces[2].at("text") == "");
  CHECK(pieces[3].at("text") == "än\nno end");
  CHECK(pieces[3].at("pid") == 101);
  CHECK(pieces[3].at("left_out") == 0);
  CHECK(pieces[0].at("seq") < pieces[1].at("seq"));
  const Json cut = Log([](const std::string& path) {
                     LogBuilder log(path);
                     log.spawned(100);
                     log.exec(100, R"(["a"])", log.image("/bin/a", {}, LogBuilder::Output::seen));
                     log.wrote(100, 1, "a\xff\xc3");
                     log.exited(100, 0);
                     log.finish();
                   }).json();
  CHECK(cut[0].at("text") == "a\xef\xbf\xbd");
  CHECK(cut[1].at("text") == "\xef\xbf\xbd");
}

TEST_CASE("on a terminal nothing that programs wrote moves the cursor", "[output]") {
  const Log log;
  Terminal terminal({.arguments = {RECOUNT_REPLAY, "output", "--no-pager", log.path}, .environment = {"TERM=xterm"}});
  CHECK(terminal.wait() == 0);
  CHECK_THAT(terminal.screen(), ContainsSubstring("parser.c:7: error\\x1b]0;x\\x07\r\n\xc3\xa4n\r\nno end1/1"));
}

// 4 of the first 10 bytes are gone, then a whole write; the other stream goes on meanwhile.
void write_cut_log(const std::string& path) {
  LogBuilder log(path);
  log.spawned(100);
  log.exec(100, R"(["a"])", log.image("/bin/a", {}, LogBuilder::Output::seen));
  log.wrote(100, 1, "abcxyz", 4, 3);
  log.wrote(100, 1, "", 20);
  log.wrote(100, 2, "warning\n");
  log.wrote(100, 1, "", 30);
  log.wrote(100, 1, "end\n");
  log.wrote(100, 2, "", 7);
  log.exited(100, 0);
  log.finish();
}

TEST_CASE("what was left out is counted where it is missing", "[output]") {
  const Log log(write_cut_log);
  CHECK(log.text() ==
        "abc\n... 4 bytes left out ...\nxyzwarning\n... 50 bytes left out ...\nend\n... 7 bytes left out ...\n");
  const Json pieces = log.json({"--stdout"});
  CHECK(pieces[0].at("text") == "abc");
  CHECK(pieces[1].at("text") == "xyz");
  CHECK(pieces[1].at("left_out") == 4);
  CHECK(pieces[2].at("left_out") == 20);
  CHECK_THAT(log.text({"--timestamps", "--stdout"}), ContainsSubstring("stdout  abc\n") &&
                                                         ContainsSubstring("stdout  xyz\n") &&
                                                         ContainsSubstring("stdout  ... 50 bytes left out ...\n"));
  CHECK(log.text({"--grep", "left|xyz"}) == "xyz\n");
}

TEST_CASE("of a merged log each run has a heading", "[output]") {
  const Log a, b;
  tamper(b.path, "UPDATE trace_run SET run_uuid = '11111111-other', start_unix_ns = start_unix_ns + 1");
  const std::string text = a.text({"--stderr", b.path});
  CHECK_THAT(text, ContainsSubstring("==> prog --flag, 0b5f5c0e-run <==\nparser.c:7") &&
                       ContainsSubstring("\n==> prog --flag, 11111111-other <==\nparser.c:7"));
  CHECK(a.json({b.path}).back().at("run_uuid") == "11111111-other");
}

TEST_CASE("a log that lies about its output is read to its end, and its sums are numbers", "[output]") {
  for (const char* const lie :
       {"bytes = 9223372036854775807, head = -5", "bytes = -1, head = 99", "fd = 9", "data = 17", "data = NULL"}) {
    const Log log;
    tamper(log.path, std::string("UPDATE trace_output SET ") + lie +
                         "; INSERT INTO trace_output VALUES (99999, 1, 5, 5, 'lost')");
    INFO(lie);
    for (const Words& words : {Words{"output"}, Words{"output", "--timestamps"}, Words{"output", "--format", "json"},
                               Words{"failures"}, Words{"summary"}, Words{"tests", "--format", "junit"},
                               Words{"export", "--format", "chrome"}, Words{"report"}}) {
      Words all = words;
      all.push_back(log.path);
      const Ending ending = replay(all);
      CHECK(ending.status() == 0);
      if (words[0] == "output") CHECK_THAT(ending.output, !ContainsSubstring("lost") && !ContainsSubstring("... -"));
    }
  }
}

// Who, what, and the next step, and nothing that looks like an answer.
void check_none(const Log& log, const std::string& reason) {
  const Ending ending = log.ending();
  CHECK(ending.status() == 1);
  CHECK(ending.output.empty());
  CHECK_THAT(ending.errors, ContainsSubstring("run.db: there is no output in it") && ContainsSubstring(reason));
  CHECK(log.json() == Json::array());
}

void write_unwatched_log(const std::string& path) {
  LogBuilder log(path);
  log.spawned(100);
  log.exec(100, R"(["a"])", log.image("/bin/a", {}));
  log.exited(100, 0);
  log.finish();
}

TEST_CASE("a log without output says why, and what to do", "[output]") {
  check_none(Log(write_unwatched_log), "without --output all");
  const Log old(write_unwatched_log);
  tamper(old.path, "DROP VIEW output; DROP TABLE trace_output; UPDATE trace_run SET schema_minor = 9");
  check_none(old, "older recount-record");
}

TEST_CASE("programs that were silent are told from programs that were not watched", "[output]") {
  const Log silent([](const std::string& path) {
    LogBuilder log(path);
    log.spawned(100);
    log.exec(100, R"(["a"])", log.image("/bin/a", {}, LogBuilder::Output::seen));
    log.exited(100, 0);
    log.finish();
  });
  const Ending ending = silent.ending();
  CHECK(ending.status() == 0);
  CHECK_THAT(ending.errors, ContainsSubstring("nothing was written"));
}

}  // namespace
}  // namespace recount::test
